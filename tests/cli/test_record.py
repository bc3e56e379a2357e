"""What was done stands in the file, and can be done again to the same pixels."""

import json
import re

import numpy as np
import pytest
import tifffile
from PIL import Image

from restorer.cli.restore import restore
from restorer.engine import library
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.task import RestorationTask
from restorer.imaging.provenance import read_record, with_record
from restorer.imaging.read import read_pages, read_picture
from restorer.imaging.write import write_pages, write_picture

SOURCES = re.compile(rb"digitalsourcetype/(\w+)")


@pytest.fixture
def hit(noisy, tmp_path):
    """A noisy picture of which one pixel in forty was hit: two steps, and a mask that was found."""
    pixels = np.array(Image.open(noisy))
    rng = np.random.default_rng(1)
    where = rng.random(pixels.shape[:2]) < 0.025
    pixels[where] = rng.choice([0, 255], where.sum())[:, None]
    Image.fromarray(pixels).save(tmp_path / "hit.png")
    return tmp_path / "hit.png"


def test_both_steps_stand_in_the_file_and_are_done_again_to_the_same_pixels(
    restorer, hit, noisy, tmp_path
):
    done = restorer(
        *("restore", hit, "-o", "out.png", "--steps", 2, "--json"),
        *("--frames", "frames", "--sheet", "sheet.png", "--residual", "rest.png"),
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [step["task"]["damage"]["kind"] for step in told["steps"]] == ["inpaint", "denoise"]
    assert told["notes"] == ["--residual is of the last step, cleaning."]
    names = sorted(path.name for path in (tmp_path / "frames").iterdir())
    assert len(names) == 8 and [name[:10] for name in names[3:5]] == ["1-inpaint_", "2-denoise_"]
    width = read_picture(tmp_path / "sheet.png").size[0]
    assert width > 3 * 128  # both steps as they came, a state of each, and both results

    said = restorer("record", "out.png").stdout
    assert said.splitlines()[0].startswith("1. Filled from t ")
    assert "2. Restored from t " in said and f"SHA-256 {read_picture(hit).digest}" in said
    steps = json.loads(restorer("record", "out.png", "--json").stdout)["steps"]
    assert [sorted(step["weights"]) for step in steps] == [["builtin"], ["builtin"]]

    again = restorer("replay", "out.png", "--input", hit, "-o", "again.png")
    assert (again.returncode, again.stdout) == (0, "Done again: every pixel is the same.\n")
    one, two = read_picture(tmp_path / "out.png"), read_picture(tmp_path / "again.png")
    np.testing.assert_array_equal(one.pixels, two.pixels)
    other = restorer("replay", "out.png", "--input", noisy)
    assert other.returncode == 2 and "is not the picture" in other.stderr


def test_a_map_that_lay_beside_the_picture_is_asked_for(restorer, noisy, tmp_path):
    mask = np.zeros((96, 128), np.uint8)
    mask[20:30, 20:60], mask[40:44, 20:60] = 255, 128
    Image.fromarray(mask).save(tmp_path / "mask.png")
    asked = ("restore", noisy, "-o", "out.jpg", "--task", "inpaint", "--mask", "mask.png")
    assert restorer(*asked, "--steps", 1).returncode == 0
    without = restorer("replay", "out.jpg", "--input", noisy)
    assert without.returncode == 2 and "--mask" in without.stderr
    again = restorer("replay", "out.jpg", "--input", noisy, "--mask", "mask.png", "--json")
    assert json.loads(again.stdout)["same"], again.stderr


def test_a_map_that_led_nothing_is_refused(restorer, noisy):
    assert restorer("restore", noisy, "-o", "out.png", "--steps", 1).returncode == 0
    for name in ("mask", "strength", "control"):
        again = restorer("replay", "out.png", "--input", noisy, f"--{name}", noisy)
        assert again.returncode == 2 and f"made without --{name}" in again.stderr


def test_a_quality_that_the_file_does_not_tell_can_be_said(restorer, noisy):
    asked = ("restore", noisy, "-o", "out.webp", "--steps", 1, "--quality", 60)
    assert restorer(*asked).returncode == 0
    replay = ("replay", "out.webp", "--input", noisy)
    again = restorer(*replay)
    assert again.returncode == 2
    assert "do not say with which quality they were saved" in again.stdout
    again = restorer(*replay, "--quality", 60)
    assert again.stdout == "Done again: every pixel is the same.\n", again.stderr


def test_what_was_changed_since_is_found_out(restorer, noisy, tmp_path):
    assert restorer("restore", noisy, "-o", "out.png", "--steps", 1).returncode == 0
    made = read_picture(tmp_path / "out.png")
    pixels = np.round(made.pixels * 255).astype(np.uint8)
    pixels[5, 5] ^= 8
    changed = made.with_pixels(pixels / np.float32(255))
    write_picture(changed, tmp_path / "changed.tif")
    again = restorer("replay", "changed.tif", "--input", noisy)
    assert again.returncode == 2
    assert again.stdout == "Done again: 0.01% of the pixels differ, by up to 8.0 of 255.\n"


def test_without_a_record_it_is_only_said_that_a_model_was_used(restorer, noisy, tmp_path):
    assert restorer("restore", noisy, "-o", "a.png", "--steps", 1).returncode == 0
    done = restorer("restore", "a.png", "-o", "b.png", "--noise", 9, "--steps", 1, "--no-record")
    assert done.returncode == 0, done.stderr
    out = read_picture(tmp_path / "b.png")
    assert read_record(out) is None and b"AISystemUsed>Restorer (Built-in prior)<" in out.xmp
    none = restorer("record", "b.png")
    assert none.returncode == 2 and "b.png has no record" in none.stderr
    assert restorer("replay", "b.png", "--input", noisy).returncode == 2


@pytest.mark.parametrize(
    ("options", "source"),
    [
        ([], "algorithmicallyEnhanced"),
        (["--faithfulness", 0.5], "compositeWithTrainedAlgorithmicMedia"),
        (["--task", "upscale"], "compositeWithTrainedAlgorithmicMedia"),
        (["--task", "dejpeg", "--quality", 30], "algorithmicallyEnhanced"),
        (["--start", 999], "trainedAlgorithmicMedia"),
    ],
)
def test_a_file_says_how_much_of_it_is_made_up(restorer, noisy, tmp_path, options, source):
    done = restorer("restore", noisy, "-o", "out.png", "--steps", 1, *options)
    assert done.returncode == 0, done.stderr
    assert SOURCES.findall((tmp_path / "out.png").read_bytes()) == [source.encode()]


def test_what_is_made_up_stays_so_when_it_is_cleaned_afterwards(restorer, noisy, tmp_path):
    larger = ("restore", noisy, "-o", "big.png", "--task", "upscale", "--steps", 1)
    assert restorer(*larger).returncode == 0
    done = restorer("restore", "big.png", "-o", "out.png", "--noise", 5, "--steps", 1)
    assert done.returncode == 0, done.stderr
    found = SOURCES.findall((tmp_path / "out.png").read_bytes())
    assert found == [b"compositeWithTrainedAlgorithmicMedia"]


def test_a_page_is_done_again_and_so_is_a_run_that_was_stopped(restorer, noisy, tmp_path):
    page = np.asarray(Image.open(noisy))
    with tifffile.TiffWriter(tmp_path / "in.tif") as tif:
        for part in (page, page[:80]):
            tif.write(part, photometric="rgb")
    assert restorer("restore", "in.tif", "-o", "out.tif", "--pages", "--steps", 1).returncode == 0
    again = restorer("replay", "out.tif", "--input", "in.tif")
    said = "Page {}. Done again: every pixel is the same.\n"
    assert again.stdout == said.format(1) + said.format(2), again.stderr
    assert ", page 1\n" in restorer("record", "out.tif").stdout
    masked = restorer("replay", "out.tif", "--input", "in.tif", "--mask", noisy)
    assert masked.returncode == 2 and "several pages" in masked.stderr
    first, second = read_pages(tmp_path / "out.tif")
    other = second.with_pixels(np.clip(second.pixels + np.float32(8 / 255), 0, 1))
    write_pages([first, other], tmp_path / "changed.tif")
    again = restorer("replay", "changed.tif", "--input", "in.tif")
    assert again.returncode == 2 and again.stdout.startswith(
        said.format(1) + "Page 2. Done again: "
    )
    assert "pixels differ" in again.stdout

    came, task = read_picture(noisy), RestorationTask(start=50.0, steps=3)
    stopped = restore(task, Inputs(came), Engine(), "cpu", stop_after=2).picture
    write_picture(stopped, tmp_path / "stopped.png")
    again = restorer("replay", "stopped.png", "--input", noisy)
    assert again.stdout == "Done again: every pixel is the same.\n", again.stderr
    assert "stopped: after 2 of 3 steps" in restorer("record", "stopped.png").stdout


def test_one_goes_on_from_a_step_with_other_settings(restorer, noisy, tmp_path):
    drawn = "--steps", 3, "--sampler", "ddpm", "--faithfulness", 0
    assert restorer("restore", noisy, "-o", "out.png", *drawn).returncode == 0
    branch = "branch", "out.png", "--input", noisy, "-o", "new.png", "--step"
    done = restorer(*branch, 2, "--seed", 8)
    assert done.returncode == 0, done.stderr
    assert "Went on from step 2 of 3 with other seed" in done.stdout
    assert "branch: from step 2 of a run with other seed" in restorer("record", "new.png").stdout
    one, two = (read_picture(tmp_path / name).pixels for name in ("out.png", "new.png"))
    assert (one != two).any()
    again = restorer("replay", "new.png", "--input", noisy)
    assert again.stdout == "Done again: every pixel is the same.\n", again.stderr
    for wrong, said in (
        ((4, "--seed", 8), "no step 4"),
        ((2, "--seed", 0), "would be the same again"),
        ((3, "--seed", 8), "would be the same again"),  # the last puts no noise back
        ((2, "--faithfulness", 2), "between 0 and 1"),
    ):
        refused = restorer(*branch, *wrong, "--force")
        assert refused.returncode == 2 and said in refused.stderr


def test_other_weights_are_told_of(restorer, noisy, tmp_path, monkeypatch):
    assert restorer("restore", noisy, "-o", "out.png", "--steps", 1).returncode == 0
    monkeypatch.setattr(library, "weights_digest", lambda info: "another")
    again = restorer("replay", "out.png", "--input", noisy)
    assert "weights of “builtin” are not those" in again.stderr


def test_a_record_that_was_tampered_with_is_a_sentence(restorer, noisy, tmp_path):
    assert restorer("restore", noisy, "-o", "out.png", "--steps", 1).returncode == 0
    made = read_picture(tmp_path / "out.png")
    whole = json.loads(read_record(made))
    for change in (
        {"task": {"steps": "many"}},
        {"task": None},
        {"input": None},
        {"input": {}},
        {"weights": 3},
        {"stopped_after": "x"},
        {"before": []},
        {"before": 3},
        {"device": 7},
    ):
        xmp = with_record(None, json.dumps(whole | change))
        write_picture(made, tmp_path / "odd.png", xmp=xmp, force=True)
        for asked in (["record", "odd.png"], ["replay", "odd.png", "--input", noisy]):
            done = restorer(*asked)
            assert done.returncode in (0, 2), (change, done.stderr)
            assert "went wrong inside" not in done.stderr, (change, done.stderr)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (("--rotate", "90", "--crop", "10,20,90,120"), (80, 100)),
        (("--rotate", "-3"), (123, 89)),
        (("--corners", "10,5,120,12,115,90,4,80"), (113, 78)),
    ],
)
def test_what_is_kept_stands_in_the_record_and_is_done_again(
    restorer, noisy, tmp_path, options, size
):
    done = restorer("restore", noisy, "-o", "out.png", "--steps", 1, "--noise", 20, *options)
    assert done.returncode == 0, done.stderr
    assert read_picture(tmp_path / "out.png").size == size
    assert "between the corners" in restorer("record", "out.png").stdout
    again = restorer("replay", "out.png", "--input", noisy)
    assert (again.returncode, again.stdout) == (0, "Done again: every pixel is the same.\n")


def test_what_is_kept_goes_before_a_mask_and_is_written_where_nothing_is_done(
    restorer, noisy, tmp_path
):
    mask = np.zeros((96, 128), np.uint8)
    mask[20:30, 20:60] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    turned = ("--rotate", "90", "-o", "out.png", "--force")
    filling = ("--task", "inpaint", "--mask", "mask.png", "--steps", 1)
    assert restorer("restore", noisy, *filling, *turned).returncode == 0
    original = np.rot90(read_picture(noisy).pixels, -1)
    changed = (read_picture(tmp_path / "out.png").pixels != original).any(axis=2)
    assert changed[np.rot90(mask > 0, -1)].mean() > 0.9
    assert not changed[np.rot90(mask == 0, -1)].any()
    again = restorer("replay", "out.png", "--input", noisy, "--mask", "mask.png")
    assert again.returncode == 0, again.stderr

    assert restorer("restore", noisy, "--noise", 0, *turned).returncode == 0
    np.testing.assert_array_equal(read_picture(tmp_path / "out.png").pixels, original)


@pytest.mark.parametrize(
    "options",
    [
        ("--crop", "0,0,500,20"),
        ("--corners", "0,0,1,0,1,1,0,1"),
        ("--corners", "0,0,9,0,9,9,0,9", "--crop", "0,0,9,9"),
    ],
)
def test_what_cannot_be_kept_is_a_sentence(restorer, noisy, tmp_path, options):
    refused = restorer("restore", noisy, "-o", "out.png", *options)
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1
    assert not (tmp_path / "out.png").exists()
