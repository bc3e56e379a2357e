"""Attacks with model folders: nothing is unpickled or run, and nothing outside is opened."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
import torch

from restorer.diffusion.prior import PriorUNet
from restorer.engine import library
from restorer.engine import models as model_list
from restorer.engine.engine import Engine
from restorer.engine.models import find_model
from restorer.errors import ModelRefused
from restorer.latent import headers, load, walk
from restorer.latent.clip import load_clip
from restorer.latent.load import load_controlnet
from tests.engine.test_models import refused
from tests.engine.test_pixel_models import church  # noqa: F401
from tests.latent import tiny
from tests.latent.original import save_original

CPU = torch.device("cpu")


class Watch:
    """What Python opens and unpickles while `on`; an audit hook can never be taken off again."""

    on = False
    opened: ClassVar[set[str]] = set()
    unpickled: ClassVar[list[str]] = []

    @classmethod
    def hook(cls, event: str, arguments: tuple[object, ...]) -> None:
        if not cls.on:
            return
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            cls.opened.add(os.path.realpath(os.fsdecode(arguments[0])))
        if event == "pickle.find_class":
            cls.unpickled.append(repr(arguments))


sys.addaudithook(Watch.hook)


@contextmanager
def watching() -> Iterator[type[Watch]]:
    Watch.opened, Watch.unpickled, Watch.on = set(), [], True
    try:
        yield Watch
    finally:
        Watch.on = False


class _Evil:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.mark,)


@pytest.fixture
def evil(tmp_path: Path) -> bytes:
    """A pickle that leaves a mark when it is opened."""
    return pickle.dumps(_Evil(tmp_path / "mark"))


@pytest.fixture
def folder(models, tmp_path: Path) -> Path:
    return Path(shutil.copytree(models("sd")[0], tmp_path / "mine"))


@pytest.fixture
def prior(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "prior"
    PriorUNet(channels=(8, 8, 8), blocks=1, mid_blocks=1, embedding_dim=16).save_pretrained(path)
    return path


def edit(path: Path, **more: object) -> None:
    path.write_text(json.dumps((json.loads(path.read_text()) if path.exists() else {}) | more))


def test_the_watch_sees_and_the_pickle_bites(tmp_path, evil):
    (tmp_path / "evil.bin").write_bytes(evil)
    with watching() as watch, (tmp_path / "evil.bin").open("rb") as file:
        pickle.load(file)
    assert os.path.realpath(tmp_path / "evil.bin") in watch.opened
    assert len(watch.unpickled) > 0
    assert (tmp_path / "mark").exists()


WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.mark.parametrize("whole", [True, False], ids=["beside-weights", "beside-a-decoy"])
@pytest.mark.parametrize(
    ("part", "weights"),
    [("unet", WEIGHTS), ("text_encoder", "model.safetensors"), ("controlnet", WEIGHTS)],
)
def test_an_index_that_names_a_pickle(folder, tmp_path, evil, part, weights, whole):
    (folder / part / "evil.bin").write_bytes(evil)
    if not whole:
        (folder / part / weights).rename(folder / part / "decoy.safetensors")
    edit(folder / part / f"{weights}.index.json", metadata={}, weight_map={"x": "evil.bin"})
    with watching() as watch:
        assert "names what is no safetensors file beside it" in refused(folder)
    assert not (tmp_path / "mark").exists()
    assert str(folder / part / "evil.bin") not in watch.opened
    assert watch.unpickled == []


@pytest.mark.parametrize(
    "name",
    [
        "../outside.safetensors",
        "sub/inside.safetensors",
        "..\\outside.safetensors",
        "C:outside.safetensors",
        "/outside.safetensors",
        ".hidden.safetensors",
        "pytorch_model.SAFETENSORS",
        3,
    ],
)
def test_an_index_that_names_what_lies_elsewhere(prior, name):
    shutil.copy(prior / WEIGHTS, prior.parent / "outside.safetensors")
    (prior / WEIGHTS).unlink()
    edit(prior / f"{WEIGHTS}.index.json", metadata={}, weight_map={"in_conv.weight": name})
    assert "names what is no safetensors file beside it" in refused(prior)


def test_weights_in_pieces_are_one_network(prior):
    from safetensors.torch import load_file, save_file

    tensors = load_file(prior / WEIGHTS)
    (prior / WEIGHTS).unlink()
    halves = {name: f"piece-{n % 2}.safetensors" for n, name in enumerate(tensors)}
    for piece in set(halves.values()):
        save_file(
            {name: tensors[name] for name in tensors if halves[name] == piece},
            prior / piece,
            {"format": "pt"},
        )
    edit(prior / f"{WEIGHTS}.index.json", metadata={}, weight_map=halves)
    assert Engine().load(str(prior), "cpu").parameters == sum(t.numel() for t in tensors.values())
    (prior / "piece-1.safetensors").unlink()
    assert "not complete" in refused(prior)


@pytest.mark.parametrize(
    "name",
    [
        "model_index.json",
        "README.md",
        "unet/config.json",
        f"unet/{WEIGHTS}",
        "text_encoder/model.safetensors",
        "text_encoder/config.json",
        "tokenizer/tokenizer.json",
        "tokenizer/tokenizer_config.json",
        "scheduler/scheduler_config.json",
        "vae",
    ],
)
def test_links_that_lead_out(folder, name):
    if name == "README.md":
        (folder / name).write_text("---\ntitle: secret\n---\n")
    outside = folder.parent / "outside"
    (folder / name).rename(outside)
    (folder / name).symlink_to(outside, target_is_directory=outside.is_dir())
    with watching() as watch:
        assert "leads out of its folder" in refused(folder)
    assert not any(path.startswith(str(outside)) for path in watch.opened)


def cached(folder: Path, cache: Path) -> Path:
    """The folder as the Hugging Face cache would hold it: links to the files' sums."""
    snapshot, blobs = cache / "models--someone--tiny" / "snapshots" / "abc", None
    blobs = snapshot.parent.parent / "blobs"
    blobs.mkdir(parents=True)
    for n, path in enumerate(sorted(p for p in folder.rglob("*") if p.is_file())):
        there = snapshot / path.relative_to(folder)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, blobs / f"{n:064x}")
        there.symlink_to(os.path.relpath(blobs / f"{n:064x}", there.parent))
    return snapshot


def test_the_cache_of_the_hub_is_links_and_is_read(folder, tmp_path, monkeypatch):
    snapshot = cached(folder, tmp_path / "cache")
    plain = find_model(str(folder))
    assert Engine().load(str(snapshot), "cpu").parameters == plain.parameters
    monkeypatch.setattr(library, "models_folder", lambda: tmp_path / "library")
    monkeypatch.setattr(model_list, "models_folder", lambda: tmp_path / "library")
    assert library.add(snapshot, "tiny").bytes == plain.bytes
    assert library.verify("tiny") == 4
    assert not any(path.is_symlink() for path in (tmp_path / "library").rglob("*"))
    blobs = tmp_path / "cache" / "models--someone--tiny" / "blobs"
    blobs.rename(tmp_path / "elsewhere")
    blobs.symlink_to(tmp_path / "elsewhere")
    assert "leads out of its folder" in refused(snapshot)


def test_a_pipeline_in_pixels_from_the_cache(church, tmp_path):  # noqa: F811
    snapshot = cached(church, tmp_path / "cache")
    assert Engine().load(str(snapshot), "cpu").kind == "unconditional"
    assert Engine().load(str(snapshot / "unet"), "cpu").kind == "unconditional"


def test_only_files_of_the_model_are_opened(folder, tmp_path, evil):
    """Files that the libraries would find for themselves are not even looked at."""
    (folder / "pipeline.py").write_text("raise SystemExit")
    for part in ("unet", "vae", "text_encoder", "tokenizer"):
        (folder / part / "modeling.py").write_text("raise SystemExit")
        (folder / part / "pytorch_model.bin").write_bytes(evil)
        (folder / part / "diffusion_pytorch_model.bin").write_bytes(evil)
        edit(folder / part / "adapter_config.json", base_model_name_or_path="/etc")
        edit(folder / part / "generation_config.json", auto_map={"x": "modeling.X"})
        (folder / part / "chat_template.jinja").write_text("{{ x }}")
    for name in ("unet", "vae", "text_encoder"):
        edit(
            folder / name / "config.json",
            auto_map={"AutoModel": "modeling.Model"},
            quantization_config={"quant_method": "bitsandbytes"},
            custom_pipelines={"x": "modeling"},
            attn_implementation="someone/kernel",
            _name_or_path="/etc",
        )
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        files = dict.fromkeys(["vocab_file", "merges_file", "tokenizer_file"], str(secret))
        edit(folder / "tokenizer" / name, auto_map={"AutoTokenizer": ["modeling.T"]}, **files)
    with watching() as watch:
        assert Engine().load(str(folder), "cpu").kind == "latent"
    inside = {Path(path) for path in watch.opened if path.startswith(str(tmp_path))}
    configs = {path for path in inside if path.suffix != ".safetensors"}
    assert {os.path.relpath(path, folder) for path in configs} == {
        "model_index.json",
        "scheduler/scheduler_config.json",
        "text_encoder/config.json",
        "unet/config.json",
        "vae/config.json",
        "controlnet/config.json",
        "tokenizer/special_tokens_map.json",
        "tokenizer/tokenizer_config.json",
        "tokenizer/tokenizer.json",
    }
    assert watch.unpickled == []
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("part", "change", "said"),
    [
        ("unet", {"_class_name": "UNet3DConditionModel"}, "is a UNet3DConditionModel"),
        ("vae", {"_class_name": "os.system"}, r"not a AutoencoderKL"),
        ("controlnet", {"_class_name": ["x"]}, "not a ControlNetModel"),
        ("text_encoder", {"model_type": "t5"}, "not CLIP"),
    ],
)
def test_parts_of_another_class(folder, part, change, said):
    edit(folder / part / "config.json", **change)
    assert said in refused(folder)


def test_networks_alone(prior, folder, tmp_path, evil):
    """ControlNet, CLIP and a prior of their own, each with a pickle beside it."""
    control = folder / "controlnet"
    path = tmp_path / "clip"
    tiny.clip(path)
    for place in (control, path, prior):
        edit(place / "config.json", auto_map={"AutoModel": "evil.Model"})
        (place / "pytorch_model.bin").write_bytes(evil)
    with watching() as watch:
        assert load_controlnet(control, torch.float32).config.in_channels == 4
        assert load_clip(path, CPU).network.config.projection_dim == 16
        assert Engine().load(str(prior), "cpu").kind == "prior"
    for place, weights in ((control, WEIGHTS), (path, "model.safetensors"), (prior, WEIGHTS)):
        outside = tmp_path / f"{place.name}-outside"
        (place / weights).rename(outside)
        (place / weights).symlink_to(outside)
        with pytest.raises(ModelRefused, match="leads out of its folder"):
            find_model(str(place))
    with pytest.raises(ModelRefused, match="leads out of its folder"):
        load_clip(path, CPU)
    with pytest.raises(ModelRefused, match="leads out of its folder"):
        load_controlnet(control, torch.float32)
    assert watch.unpickled == []
    assert not (tmp_path / "mark").exists()


def test_a_scheduler_beside_a_folder_is_not_its_own(church, tmp_path):  # noqa: F811
    """Only that of the pipeline which the network is a part of."""
    alone = tmp_path / "alone" / "net"
    shutil.copytree(church / "unet", alone)
    shutil.copytree(church / "scheduler", tmp_path / "alone" / "scheduler")
    edit(tmp_path / "alone" / "scheduler" / "scheduler_config.json", beta_schedule="none such")
    assert Engine().load(str(alone), "cpu").kind == "unconditional"
    edit(church / "scheduler" / "scheduler_config.json", beta_schedule="none such")
    assert "noise schedule" in refused(church)


def test_a_single_file_is_read_as_safetensors_whatever_its_ending(models, tmp_path):
    """By an ending of its own a library would take it for a pickle."""
    path = tmp_path / "model.SafeTensors"
    save_original(models("sd")[1], tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").rename(path)
    model = load.load_single(path, CPU, torch.float32, config=models("sd")[0])
    assert model.channels == 4


def test_words_beside_a_single_file_do_not_lead_out(models, tmp_path):
    path = tmp_path / "in" / "model.safetensors"
    path.parent.mkdir()
    save_original(models("sd")[1], path)
    (tmp_path / "secret").write_text('parameterization: "v"')
    path.with_suffix(".yaml").symlink_to(tmp_path / "secret")
    with pytest.raises(ModelRefused, match="leads out"):
        headers.inspect(path)
    with pytest.raises(ModelRefused, match="leads out"):
        library.add(path, "mine")


def test_what_leads_out_is_not_taken_in(prior, tmp_path, monkeypatch):
    own = tmp_path / "library"
    monkeypatch.setattr(library, "models_folder", lambda: own)
    monkeypatch.setattr(model_list, "models_folder", lambda: own)
    (tmp_path / "secret.txt").write_text("secret")
    (prior / "notes.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(ModelRefused, match="leads out of its folder"):
        library.add(prior, "mine")
    assert not own.exists()
    (prior / "notes.txt").unlink()
    library.add(prior, "mine")
    (own / "mine" / library.SUMS).write_text(f"{'0' * 64}  ../../secret.txt\n")
    with pytest.raises(ModelRefused, match="leads out of its folder"):
        library.verify("mine")


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "\xff", '{"a": ' + "1" * (1 << 22) + "}"])
def test_configurations_that_are_none(prior, text):
    (prior / "config.json").write_bytes(text.encode("latin-1"))
    assert "no readable config.json" in refused(prior)


@pytest.mark.parametrize("more", [{"blocks": 500}, {"mid_blocks": 500}, {"channels": [8, 8, 999]}])
def test_a_network_that_would_fill_the_memory(prior, more):
    """Ten million layers, or wide ones, beside weights of a few kB: told before they are made."""
    edit(prior / "config.json", **more)
    with pytest.raises(ModelRefused, match="not complete") as caught:
        Engine().load(str(prior), "cpu")
    assert caught.value.detail == "larger than weights"


def test_a_card_that_would_fill_the_memory(prior):
    """Each line names the one before nine times: spelled out, a billion letters."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for n in range(1, 10):
        lines.append(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]")
    (prior / "README.md").write_text("---\n" + "\n".join(lines) + "\ntitle: *a9\n---\n")
    assert find_model(str(prior)).title == "prior"


def test_a_file_without_links_is_copied(tmp_path, monkeypatch):
    """Where the system allows neither kind of link."""

    def refuse(*_: object) -> None:
        raise OSError("not permitted")

    (tmp_path / "a").write_bytes(b"weights")
    monkeypatch.setattr(os, "symlink", refuse)
    monkeypatch.setattr(os, "link", refuse)
    walk.link(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"weights"
