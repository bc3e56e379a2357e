"""Which files of a model may be opened: decided here, before any library sees its folder.

A library never gets a person's folder. It gets a made one (`staged_network`), which holds the
configuration as it was read and sifted here, and links to the weights that were found here. Nothing
else in it can be opened, whatever an index or a configuration names. No torch here.
"""

from __future__ import annotations

import inspect
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import Any

from restorer.errors import ModelRefused
from restorer.imaging.names import printable

#: What diffusers and transformers call weights, without endings.
DIFFUSERS, TRANSFORMERS = "diffusion_pytorch_model", "model"

#: Bytes that a configuration or a card may have, and a vocabulary.
_TEXT, _VOCABULARY = 1 << 22, 1 << 26

#: What is read of CLIP's configurations: numbers and names of functions.
_CLIP_TEXT = frozenset(
    {
        *("vocab_size", "hidden_size", "intermediate_size", "projection_dim", "model_type"),
        *("num_hidden_layers", "num_attention_heads", "max_position_embeddings", "hidden_act"),
        *("layer_norm_eps", "attention_dropout", "initializer_range", "initializer_factor"),
        *("pad_token_id", "bos_token_id", "eos_token_id", "use_attention_mask"),
    }
)
_CLIP_VISION = _CLIP_TEXT | {"num_channels", "image_size", "patch_size"}
_CLIP_BOTH = frozenset({"projection_dim", "logit_scale_init_value", "model_type"})

#: What is read of a tokenizer's settings; none of it is the name of a file.
_SPECIAL = frozenset({"unk_token", "bos_token", "eos_token", "pad_token"})
_SETTINGS = _SPECIAL | {
    *("model_max_length", "add_prefix_space", "errors", "do_lower_case", "added_tokens_decoder"),
    *("clean_up_tokenization_spaces", "padding_side", "truncation_side"),
}


@dataclass(frozen=True)
class Weights:
    """The weights of one network.

    Attributes:
        stem: `DIFFUSERS` or `TRANSFORMERS`.
        files: where each lies, by the name that its library expects.
        shards: the name of the file of each tensor; empty if there is one file.
    """

    stem: str
    files: Mapping[str, Path]
    shards: Mapping[str, str] = field(default_factory=dict)


def find(folder: Path, name: str) -> Path | None:
    """The real path of a file of a model, or None if there is none.

    Args:
        folder: of the whole model, as a person named it.
        name: from there, with slashes between.

    Raises:
        ModelRefused: if a link, or the name itself, leads out of the folder. Links into the
            `blobs` beside a snapshot are how the Hugging Face cache keeps files, and allowed.
    """
    try:
        root = folder.resolve()
        if not (root / name).is_file():
            return None
        real = (root / name).resolve()
    except (OSError, ValueError, RuntimeError):  # a loop, a zero byte, no permission
        return None
    if not any(real.is_relative_to(place) for place in (root, *_blobs(root))):
        raise ModelRefused(
            "“{name}” of “{folder}” leads out of its folder; it is not opened.",
            str(real),
            name=printable(name),
            folder=printable(folder.name),
        )
    return real


def read_text(folder: Path, name: str, most: int = _TEXT) -> str | None:
    """A file of a model as text; None if it is missing, no text, or too long."""
    path = find(folder, name)
    if path is None:
        return None
    with suppress(OSError, UnicodeDecodeError):
        if path.stat().st_size <= most:
            return path.read_text(encoding="utf-8")
    return None


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """A configuration of a model.

    Raises:
        ModelRefused: if it is missing, damaged or none, or leads out of the folder.
    """
    config = _read_json(folder, name)
    if not isinstance(config, dict):
        raise ModelRefused(
            "“{name}” has no readable {what}.", name=printable(folder.name), what=name
        )
    return config


def weights(folder: Path, part: str, stem: str) -> Weights | None:
    """The weights of a part, None if there are none in safetensors.

    Full precision comes before half, one file before many.

    Args:
        folder: of the whole model.
        part: the folder in it; empty for itself.
        stem: `DIFFUSERS` or `TRANSFORMERS`.

    Raises:
        ModelRefused: if an index names anything but safetensors of the same folder, one of them
            is missing, or a link leads out of the folder.
    """
    found = None
    for infix in (".fp16", ""):
        shards = _shards(folder, part, stem, infix)
        file = find(folder, part_path(part, f"{stem}{infix}.safetensors"))
        if file is not None:
            found = Weights(stem, {f"{stem}.safetensors": file})
        elif shards is not None:
            found = shards
    return found


def part_path(part: str, name: str) -> str:
    """A name in a part of a model, from the folder of the whole."""
    return f"{part}/{name}" if part else name


def class_config(kind: Any, folder: Path, part: str) -> dict[str, Any]:
    """The configuration of a network of diffusers, reduced to what its class takes.

    Raises:
        ModelRefused: if it is missing or damaged, or of another class.
    """
    config = read_config(folder, part_path(part, "config.json"))
    said = config.get("_class_name", kind.__name__)
    if said != kind.__name__:
        raise ModelRefused(
            "“{value}” is a {said}, not a {name}.",
            value=printable(part or folder.name),
            said=printable(str(said)),
            name=kind.__name__,
        )
    known = set(inspect.signature(kind.__init__).parameters) - {"self"}
    return _only(config, known) | {"_class_name": kind.__name__}


def text_config(folder: Path, part: str) -> dict[str, Any]:
    """The configuration of a CLIP text encoder. Raises as `clip_config`."""
    config = read_config(folder, part_path(part, "config.json"))
    if config.get("model_type") == "clip":
        config = _inner(config, "text_config", folder)
    _check_type(config, ("clip_text_model",), folder)
    return _only(config, _CLIP_TEXT)


def clip_config(folder: Path) -> dict[str, Any]:
    """The configuration of a whole CLIP.

    Raises:
        ModelRefused: if it is missing or damaged, or of another kind of network.
    """
    config = read_config(folder, "config.json")
    _check_type(config, ("clip",), folder)
    inner = {
        "text_config": _only(_inner(config, "text_config", folder), _CLIP_TEXT),
        "vision_config": _only(_inner(config, "vision_config", folder), _CLIP_VISION),
    }
    return _only(config, _CLIP_BOTH) | inner


@contextmanager
def staged_network(config: Mapping[str, Any], found: Weights) -> Iterator[Path]:
    """A folder with one network: this configuration and these weights; gone after the block."""
    with _made() as place:
        made = Path(place)
        _write(made / "config.json", config)
        for name, file in found.files.items():
            link(file, made / name)
        if found.shards:
            index = {"metadata": {}, "weight_map": dict(found.shards)}
            _write(made / f"{found.stem}.safetensors.index.json", index)
        yield made


@contextmanager
def staged_tokenizer(folder: Path, part: str) -> Iterator[Path]:
    """A folder with CLIP's tokenizer as it lies in a part of a model; gone after the block.

    Raises:
        ModelRefused: if it is missing, damaged or too large, or leads out of the folder.
    """
    with _made() as place:
        made = Path(place)
        for name, keys in (
            ("tokenizer_config.json", _SETTINGS),
            ("special_tokens_map.json", _SPECIAL),
        ):
            if find(folder, part_path(part, name)) is not None:
                _write(made / name, _only(read_config(folder, part_path(part, name)), keys))
        copied = 0
        for name in ("vocab.json", "merges.txt", "tokenizer.json", "added_tokens.json"):
            if find(folder, part_path(part, name)) is None:
                continue
            text = read_text(folder, part_path(part, name), _VOCABULARY)
            if text is None:
                raise ModelRefused(
                    "The tokenizer of “{name}” is damaged.", name, name=printable(folder.name)
                )
            (made / name).write_text(text, encoding="utf-8")
            copied += name != "added_tokens.json"
        if not copied:
            raise ModelRefused("The tokenizer of “{name}” is missing.", name=printable(folder.name))
        yield made


def link(file: Path, to: Path) -> None:
    """Make a file available under another name: by a link if possible, else by a copy."""
    for way in (os.symlink, os.link):
        with suppress(OSError):
            way(file, to)
            return
    shutil.copyfile(file, to)


def _made() -> TemporaryDirectory[str]:
    """Weights may still be mapped into memory when it goes; Windows keeps such files."""
    return TemporaryDirectory(prefix="restorer-model-", ignore_cleanup_errors=True)


def _blobs(root: Path) -> Iterable[Path]:
    """Where the Hugging Face cache that a folder lies in keeps its files, if it does."""
    for place in (root, *root.parents):
        cache = place.parent.parent
        if place.parent.name == "snapshots" and cache.name.startswith("models--"):
            blobs = cache / "blobs"
            return () if blobs.is_symlink() else (blobs,)
    return ()


def _shards(folder: Path, part: str, stem: str, infix: str) -> Weights | None:
    name = part_path(part, f"{stem}.safetensors.index{infix}.json")
    if find(folder, name) is None:
        return None
    named = read_config(folder, name).get("weight_map")
    if not isinstance(named, dict) or not named:
        raise ModelRefused(
            "“{name}” has no readable {what}.", name=printable(folder.name), what=name
        )
    files: dict[str, Path] = {}
    for shard in named.values():
        if not _is_plain(shard):
            raise ModelRefused(
                "“{name}” of “{folder}” names what is no safetensors file beside it; "
                "nothing of it is opened.",
                repr(shard),
                name=printable(name),
                folder=printable(folder.name),
            )
        file = find(folder, part_path(part, shard))
        if file is None:
            raise ModelRefused(
                "“{name}” is not complete.", f"no {shard}", name=printable(folder.name)
            )
        files[shard] = file
    return Weights(stem, files, named)


def _is_plain(name: object) -> bool:
    """A safetensors file of the same folder, on every system."""
    return (
        isinstance(name, str)
        and name.endswith(".safetensors")
        and not name.startswith(".")
        and name.isprintable()
        and PurePosixPath(name).name == name == PureWindowsPath(name).name
    )


def _read_json(folder: Path, name: str) -> Any:
    text = read_text(folder, name)
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def _only(config: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    wanted = set(keys)
    return {key: value for key, value in config.items() if key in wanted}


def _inner(config: Mapping[str, Any], name: str, folder: Path) -> dict[str, Any]:
    inner = config.get(name)
    if not isinstance(inner, dict):
        raise ModelRefused(
            "“{name}” does not say what it is.", f"no {name}", name=printable(folder.name)
        )
    return inner


def _check_type(config: Mapping[str, Any], known: tuple[str, ...], folder: Path) -> None:
    said = config.get("model_type", known[0])
    if said not in known:
        raise ModelRefused(
            "“{name}” has a network of the kind “{said}”, which is not CLIP.",
            name=printable(folder.name),
            said=printable(str(said)),
        )


def _write(path: Path, values: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(dict(values)), encoding="utf-8")
