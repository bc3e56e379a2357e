"""The kinds of models: how each is recognised, what it is for, and what loads it.

Lists, window, command line, planner and engine read the table `MODEL_KINDS`. Nothing heavy here:
what loads a kind is imported when one is loaded. A new kind of network is one row, and the
function that loads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from restorer.engine.task import BUILTIN_MODEL, CAMERA_MODEL, CLASSIFIER, DAMAGE_MODEL


@dataclass(frozen=True)
class ModelKind:
    """The properties of a kind of model that the program uses.

    Attributes:
        title: what it is, in a word or two.
        classes: the class that `config.json` names (`_class_name` beside weights of diffusers,
            `model_type` beside those of transformers). Without any, it is a folder or a single file
            as Stable Diffusion has them.
        shown: what a network of these classes is shown, where two kinds have one class; the first
            row that has it is taken where a configuration does not say.
        loader: "module:function". Of what restores or undoes damage: from (info, device,
            precision) to a `PixelModel` or a `LatentModel`. Of what judges: from (denoiser, task,
            info, device) to the denoiser pushed by it. Empty for what a latent model loads itself.
        restores: pictures by itself, of any damage or of noise; such models are offered to people.
        undoes: damage that it is told of; the planner takes it unasked.
        prompted: works on latents, led by a prompt.
        leads: a prompted model, as a ControlNet.
        judges: samples of a model in pixels, which it pushes towards labels or words.
        bundled: names of the models of this kind that ship with the program, in `resources/models`;
            the first of a kind that undoes damage is taken by default.
        words: understands any words, not a few labels.
        ability: what it does besides restoring, in a sentence, with its "{labels}".
    """

    title: str
    classes: tuple[str, ...] = ()
    shown: str = ""
    loader: str = ""
    bundled: tuple[str, ...] = ()
    restores: bool = False
    undoes: bool = False
    prompted: bool = False
    leads: bool = False
    judges: bool = False
    words: bool = False
    ability: str = ""

    @property
    def loads_alone(self) -> bool:
        """Whether the engine can load it."""
        return self.restores or self.undoes

    def load(self, *arguments: Any) -> Any:
        module, _, name = self.loader.partition(":")
        return getattr(import_module(module), name)(*arguments)


MODEL_KINDS: dict[str, ModelKind] = {
    "prior": ModelKind(
        "in pixels",
        ("PriorUNet",),
        bundled=(BUILTIN_MODEL, CAMERA_MODEL),
        loader="restorer.engine.pixel_models:load_trained_prior",
        restores=True,
    ),
    "unconditional": ModelKind(
        "in pixels",
        ("UNet2DModel",),
        loader="restorer.engine.pixel_models:load_unconditional",
        restores=True,
    ),
    "latent": ModelKind(
        "with a prompt",
        loader="restorer.engine.runners.latent:load",
        restores=True,
        prompted=True,
    ),
    "controlnet": ModelKind(
        "ControlNet",
        ("ControlNetModel",),
        leads=True,
        ability="Guides a model with prompts by edges, a pose, a depth map or the picture.",
    ),
    "conditional": ModelKind(
        "in pixels",
        ("ConditionalUNet",),
        "picture",
        "restorer.engine.pixel_models:load_conditional",
        bundled=(DAMAGE_MODEL,),
        undoes=True,
        ability="Removes JPEG blocks in one step; Restorer uses it automatically.",
    ),
    "filling": ModelKind(
        "in pixels",
        ("FillingUNet",),
        bundled=("filling",),
        loader="restorer.engine.pixel_models:load_filling",
        undoes=True,
        ability="Fills holes and scratches in a few steps; Restorer uses it automatically.",
    ),
    "sharpening": ModelKind(
        "in pixels",
        ("ConditionalUNet",),
        "guess",
        "restorer.engine.pixel_models:load_conditional",
        bundled=("sharpening",),
        undoes=True,
        ability="Sharpens in a few steps; Restorer uses it automatically.",
    ),
    "classifier": ModelKind(
        "classifier",
        ("NoiseClassifier",),
        bundled=(CLASSIFIER,),
        loader="restorer.engine.guided:guided_by_label",
        judges=True,
        ability="Steers the result towards {labels}.",
    ),
    "clip": ModelKind(
        "CLIP",
        ("clip",),
        loader="restorer.engine.guided:guided_by_words",
        judges=True,
        words=True,
        ability="Steers the result towards your words.",
    ),
}
"""By the name that lists and JSON show."""


def recognised(name: str, shown: str = "") -> str | None:
    """The kind of a model whose configuration names this class, and what it is shown."""
    rows = ((kind, row) for kind, row in MODEL_KINDS.items() if name in row.classes)
    return next((kind for kind, row in rows if shown in ("", row.shown)), None)
