"""What reading and writing changed or left out is said, and metadata never costs a result."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image

from restorer.imaging.read import read_pages, read_picture


def test_notes_are_printed_and_in_the_json_and_odd_exif_does_not_cost_the_result(
    restorer, noisy, tmp_path
):
    with Image.open(noisy) as image:
        exif = Image.Exif()
        exif[315] = "Jürgen Müller".encode()
        others = [Image.new("RGB", image.size, colour) for colour in ("black", "white")]
        image.save(
            tmp_path / "moving.webp", save_all=True, append_images=others, exif=exif, quality=90
        )
    done = restorer("restore", "moving.webp", "-o", "out.tif", "--steps", 1, "--json")
    assert done.returncode == 0, done.stderr
    note = "Only the first of 3 frames was opened."
    assert f"restorer: {note}" in done.stderr.splitlines()
    assert json.loads(done.stdout)["notes"] == [note]
    written = read_picture(tmp_path / "out.tif")
    assert written.size == read_picture(noisy).size
    assert b"J\xc3\xbcrgen M\xc3\xbcller" in written.exif

    done = restorer("estimate", "moving.webp", "--json")
    assert json.loads(done.stdout)["notes"] == [note]
    assert done.stderr.strip() == f"restorer: {note}"


def test_a_picture_too_large_for_its_format_is_refused_before_the_work(restorer, tmp_path):
    Image.new("RGB", (9000, 64), "grey").save(tmp_path / "in.png")
    wanted = ("restore", "in.png", "-o", "out.webp", "--task", "upscale", "--scale", 2)
    done = restorer(*wanted)
    assert (done.returncode, "Enlarg" in done.stderr) == (2, False)
    assert "would be too large for WebP, which ends at 16383 pixels a side" in done.stderr


def test_a_letter_that_the_terminal_has_not_fails_no_run(noisy):
    code = (
        "import sys; from restorer.cli import main; import restorer.cli.estimate as e;"
        "e.run = lambda arguments: print('σ = 1') or 0;"
        f"sys.exit(main(['estimate', {str(noisy)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "? = 1\n"), done.stderr


def test_notes_of_the_forward_process_are_printed(restorer, tmp_path):
    values = np.linspace(-680, 1502, 64 * 48).reshape(48, 64).astype(np.int16)
    tifffile.imwrite(tmp_path / "ct.tif", values)
    done = restorer("noise", "ct.tif", "-o", "out.jpg", "--noise", 5)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "restorer: Values from -680 to 1502 are taken as black to white.",
        "restorer: JPEG holds 8 bits; the picture has 16.",
        "restorer: JPEG does not keep the file's own range: -680 to 1502 became 0 to 255.",
    ]
    assert restorer("noise", "ct.tif", "-o", "out.tif", "--noise", 5).returncode == 0
    back = tifffile.imread(tmp_path / "out.tif")
    assert back.dtype == np.int16
    assert np.abs(back - values[..., None]).mean() < 2182 * 5 / 255


def test_a_picture_that_is_left_alone_is_copied_unless_told_how_to_save_it(restorer, tmp_path):
    y, x = np.mgrid[:96, :128]
    smooth = np.stack([x + y, 200 - x, 2 * y], axis=2).astype(np.uint8)
    for name, options in (("clean.jpg", {"quality": 85}), ("clean.webp", {"lossless": True})):
        Image.fromarray(smooth).save(tmp_path / name, **options)
        came, out = tmp_path / name, tmp_path / f"out{name[5:]}"
        if name == "clean.jpg":  # what stands behind the picture is in the copy
            came.write_bytes(came.read_bytes() + b"\0\0\0\x18ftypmp42" + bytes(16))
        done = restorer("restore", name, "-o", out.name)
        assert done.returncode == 0 and "left as it is" in done.stdout, done.stderr
        assert out.read_bytes() == came.read_bytes()
        assert "restorer:" not in done.stderr
    done = restorer("restore", "clean.jpg", "-o", "other.png")
    assert "restorer: The video beside the picture was left out." in done.stderr
    done = restorer("restore", "clean.jpg", "-o", "small.jpg", "--quality", 60)
    assert done.returncode == 0, done.stderr
    assert read_picture(tmp_path / "small.jpg").quality == 60


@pytest.mark.parametrize("options", [(), ("--task", "auto"), ("--noise", 0)])
def test_stripes_are_taken_off_unless_somebody_says_what_to_do(restorer, tmp_path, options):
    y, x = np.mgrid[:96, :128]
    smooth = np.stack([40 + x, 200 - x, 40 + 2 * y], axis=2).astype(float)
    stripes = 6 * np.random.default_rng(0).standard_normal((96, 1, 1))
    Image.fromarray((smooth + stripes).clip(0, 255).astype(np.uint8)).save(tmp_path / "in.png")
    done = restorer("restore", "in.png", "-o", "out.png", *options)
    error = np.asarray(Image.open(tmp_path / "out.png")) - smooth
    if options == ("--noise", 0):
        assert "left as it is. Found besides: stripes of" in done.stdout, done.stderr
        assert error.std() > 5
        return
    assert done.stderr.startswith("Stripes of 5/255 in rows or columns")
    assert ": take off stripes." in done.stderr
    assert done.stdout.startswith("Stripes taken off in "), done.stdout
    assert "Striped again, the result is the input" in done.stdout
    assert error.std() < 3
    said = restorer("record", "out.png").stdout
    assert said.startswith("1. Stripes taken off from t ") and "model" not in said.splitlines()[0]
    again = restorer("replay", "out.png", "--input", "in.png")
    assert again.stdout == "Done again: every pixel is the same.\n", again.stderr


def test_of_a_picture_without_damage_nothing_is_said_to_be_found(restorer, tmp_path):
    y, x = np.mgrid[:96, :128]
    smooth = np.stack([40 + x, 200 - x, 40 + 2 * y], axis=2).astype(np.uint8)
    Image.fromarray(smooth).save(tmp_path / "in.png")
    done = restorer("restore", "in.png", "-o", "out.png")
    assert "left as it is" in done.stdout, done.stderr
    assert "Found besides" not in done.stdout


def test_depth_is_chosen_and_what_cannot_be_is_refused_before_the_work(restorer, noisy, tmp_path):
    for bits, name in ((16, "out.png"), (12, "out.avif")):
        done = restorer("restore", noisy, "-o", name, "--steps", 1, "--bits", bits)
        assert done.returncode == 0, done.stderr
        assert read_picture(tmp_path / name).bits == bits
    for options in (["out.jpg", "--bits", 16], ["new.png", "--quality", 80]):
        done = restorer("restore", noisy, "-o", *options)
        assert done.returncode == 2 and "Restoring" not in done.stderr, done.stderr


def test_every_page_is_restored_into_one_file(restorer, noisy, tmp_path):
    page = np.asarray(Image.open(noisy))
    with tifffile.TiffWriter(tmp_path / "in.tif") as tif:
        for part in (page, page[:80], np.full_like(page, 128)):
            tif.write(part, photometric="rgb")
    done = restorer("restore", "in.tif", "-o", "out.tif", "--pages", "--steps", 1)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line[:7] for line in lines] == ["Page 1:", "Page 2:", "Page 3:"]
    first, second, third = read_pages(tmp_path / "out.tif")
    assert (first.size, second.size) == ((128, 96), (128, 80))
    assert first.pixels.std() < page.std() / 255
    assert (third.pixels == np.float32(128 / 255)).all()
    with tifffile.TiffWriter(tmp_path / "clean.tif") as tif:
        for part in (np.full_like(page, 128), np.full_like(page, 99)):
            tif.write(part, photometric="rgb", compression="lzw", extrasamples=())
    for options, said in ((("--pages",), ""), ((), "restorer: Only the first frame or page was")):
        done = restorer("restore", "clean.tif", "-o", "same.tif", "--force", *options)
        assert (tmp_path / "same.tif").read_bytes() == (tmp_path / "clean.tif").read_bytes()
        assert done.stderr.strip().startswith(said) and bool(done.stderr) == bool(said)
    assert restorer("restore", "in.tif", "-o", "out.png", "--pages").returncode == 2
    done = restorer("restore", "in.tif", "-o", "b.tif", "--pages", "--sheet", "s.png")
    assert done.returncode == 2 and "leave --pages out" in done.stderr
