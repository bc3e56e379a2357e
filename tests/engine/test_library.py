"""Models taken in, checked and thrown away; the hub is a server of the test's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from diffusers import UNet2DModel

from restorer.engine import hub as engine_hub
from restorer.engine import library, models
from restorer.engine.models import WEIGHTS, all_models
from restorer.errors import BadInput, ModelRefused, RestorerError
from restorer.imaging import atomic
from tests.hub import hub_of


@pytest.fixture
def source(source: Path) -> Path:
    (source / "README.md").write_text("---\ntitle: My own\nlicense: cc0-1.0\n---\n")
    (source / "notes.pdf").write_bytes(b"not of the model")
    return source


def test_a_folder_is_taken_in_listed_verified_and_removed(own: Path, source: Path) -> None:
    seen: list[tuple[int, int]] = []
    info = library.add(source, "tiny", lambda done, total: seen.append((done, total)))
    assert (info.name, info.title, info.licence) == ("tiny", "My own", "cc0-1.0")
    assert "tiny" in [model.name for model in all_models()]
    assert not (own / "tiny" / "notes.pdf").exists()
    assert seen[-1][0] == seen[-1][1] > 0
    assert library.verify("tiny") == 1
    assert library.remove("tiny") == own / "tiny"
    assert "tiny" not in [model.name for model in all_models()]
    assert source.is_dir()


def test_odd_cards_names_and_sums_are_refused_in_a_sentence(own: Path, source: Path) -> None:
    card = '---\ntitle: "\\e[2Jgood\\nmodel"\nlicense: "\\a"\n---\n'
    (source / "README.md").write_text(card)
    info = library.add(source)
    assert (info.title, info.licence) == ("?[2Jgood?model", "?")
    with pytest.raises(BadInput, match="cannot be the name"):
        library.add(source, "\x1b[2J")
    for name in ("n" * 300, "~nobody-of-that-name"):
        with pytest.raises(ModelRefused, match="no model called"):
            models.find_model(name)
    with pytest.raises(BadInput, match="no model of your own"):
        library.remove("n" * 300)
    (own / "mine" / library.SUMS).write_text("junk\n")
    with pytest.raises(ModelRefused, match="sums"):
        library.verify("mine")
    (source / "README.md").unlink()
    assert models.describe(source.rename(source.with_name("a\nb"))).title == "a?b"


def test_one_changed_bit_is_found(own: Path, source: Path) -> None:
    library.add(source)
    weights = own / "mine" / WEIGHTS
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelRefused, match="has changed since it was added"):
        library.verify("mine")
    weights.unlink()
    with pytest.raises(ModelRefused):
        library.verify("mine")


def test_a_pipeline_in_pixels_is_verified_too(own: Path, tmp_path: Path) -> None:
    pipeline = tmp_path / "ddpm"
    network = UNet2DModel(
        block_out_channels=(32, 32),
        down_block_types=("DownBlock2D",) * 2,
        up_block_types=("UpBlock2D",) * 2,
        layers_per_block=1,
    )
    network.save_pretrained(pipeline / "unet")
    (pipeline / "model_index.json").write_text('{"_class_name": "DDPMPipeline"}')
    assert library.add(pipeline).name == "ddpm"
    assert library.verify("ddpm") == 1


def test_the_shipped_model_is_what_was_shipped() -> None:
    assert library.verify("builtin") == 1


def test_nothing_half_copied_stays(own: Path, source: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add(source, "tiny", stop)
    assert list(own.iterdir()) == []


@pytest.mark.parametrize("name", ["../out", ".hidden", "a/b"])
def test_names_that_lead_elsewhere_are_refused(own: Path, source: Path, name: str) -> None:
    with pytest.raises(BadInput):
        library.add(source, name)
    with pytest.raises(BadInput):
        library.remove(name)


def test_what_cannot_be_taken_in_or_removed(own: Path, source: Path) -> None:
    library.add(source)
    with pytest.raises(BadInput, match="already"):
        library.add(source)
    with pytest.raises(BadInput, match="of your own"):
        library.remove("builtin")
    (source / "pipeline.py").write_text("print('hello')")
    with pytest.raises(ModelRefused, match=r"pipeline\.py"):
        library.add(source, "other")
    (source / WEIGHTS).rename(source / "diffusion_pytorch_model.bin")
    with pytest.raises(ModelRefused, match="pickle"):
        library.add(source, "other")


@pytest.fixture
def hub(source: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with hub_of(source, monkeypatch):
        yield


def test_from_the_hub_size_and_licence_come_first(own: Path, hub: None) -> None:
    found = engine_hub.look_up("someone/tiny")
    assert found.licence == "cc0-1.0"
    assert WEIGHTS in found.files
    assert "notes.pdf" not in found.files
    assert not own.exists()
    told: list[tuple[int, int]] = []
    info = engine_hub.fetch(found, on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (found.bytes, found.bytes)
    assert (info.name, info.title) == ("tiny", "My own")
    assert library.verify("tiny") == 1


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be held there")
def test_what_a_killed_run_left_is_swept_and_what_is_being_fetched_is_not(
    own: Path, hub: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fetch takes longer than it takes a folder to look left."""
    monkeypatch.setattr(atomic, "_YOUNG", -1.0)
    left = own / ".part-left"
    (left / "inner").mkdir(parents=True)
    (left / "inner" / "half").write_bytes(b"half")
    assert engine_hub.fetch(engine_hub.look_up("someone/tiny")).name == "tiny"
    assert [path.name for path in own.iterdir()] == ["tiny"]


def test_what_the_hub_does_not_have(own: Path, hub: None) -> None:
    with pytest.raises(ModelRefused, match="no model called"):
        engine_hub.look_up("someone/else")


def test_without_a_net_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_hub, "_OFFLINE", "1")
    with pytest.raises(RestorerError, match="could not be reached"):
        engine_hub.look_up("someone/tiny")


def test_who_waits_can_stop(own: Path, hub: None) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    found = engine_hub.look_up("someone/tiny")
    with pytest.raises(KeyboardInterrupt):
        engine_hub.fetch(found, on_progress=stop)
    assert list(own.iterdir()) == []


def test_of_a_repository_each_weight_is_fetched_once() -> None:
    sizes = dict.fromkeys(
        [
            *("README.md", "model_index.json", "v1-5-pruned.safetensors", "v1-5-pruned.ckpt"),
            *("unet/config.json", "unet/diffusion_pytorch_model.safetensors"),
            *("unet/diffusion_pytorch_model.fp16.safetensors", "unet/diffusion_pytorch_model.bin"),
            "unet/diffusion_pytorch_model.non_ema.safetensors",
            *("vae/config.json", "vae/diffusion_pytorch_model.fp16.safetensors"),
            *("safety_checker/model.safetensors", "tokenizer/merges.txt"),
        ],
        1,
    )
    assert engine_hub._of_use(sizes) == (
        "README.md",
        "model_index.json",
        "tokenizer/merges.txt",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/config.json",
        "vae/diffusion_pytorch_model.fp16.safetensors",
    )
    single = {"README.md": 1, "sd_xl_base_1.0.safetensors": 1, "sample.png": 1}
    assert engine_hub._of_use(single) == ("README.md", "sd_xl_base_1.0.safetensors")
