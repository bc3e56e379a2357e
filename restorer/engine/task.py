"""A restoration as one frozen value: worker, command line, records and tests share it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, get_args

from restorer.diffusion.samplers import DEFAULT_SAMPLER, SAMPLERS
from restorer.engine.control import Control
from restorer.engine.damage import Damage, Method
from restorer.engine.local import Grid, checked
from restorer.errors import BadInput

#: The model that ships with the program.
BUILTIN_MODEL = "builtin"
#: The prior beside it, for the noise of cameras; `plan` takes it where there is some.
CAMERA_MODEL = "camera"
#: The prior that knows other damage; `plan` takes it for noise in JPEG files, too.
DAMAGE_MODEL = "damage"
#: The classifier that ships with it.
CLASSIFIER = "photo-or-painting"


@dataclass(frozen=True)
class RestorationTask:
    """Everything that determines the result, besides the picture and the device.

    Attributes:
        start: t in [0, 999] where the reverse process begins, on the schedule's axis for the
            noise as it was before the file clipped it; None leaves the picture alone.
        steps: network evaluations of the reverse process, 1 or more.
        sampler: how the reverse process steps, a name in `SAMPLERS`; ignored at faithfulness 1.
            DPM-Solver++, without chance, comes nearest to the texture of clean pictures in few
            steps; ancestral DDPM is smoother than it should be until it has many.
        eta: noise put back by samplers that let one choose, 0 (none) to 1 (as DDPM).
        seed: of the noise put back by the sampler.
        faithfulness: 1 gives the posterior mean (least error), 0 what the sampler makes, between
            them their blend. DDPM draws nearly a posterior sample, in about 50 steps; without
            chance, DPM-Solver++ and DDIM give one crisp picture not far from the mean.
        undo_clipping: the picture's noise was cut off at black and white; undo that.
        model: a name from the registry or a folder.
        damage: what is to be undone besides, or instead of, noise.
        method: how a damage other than noise is undone; "auto" is decided by `plan`.
        amount: of the change that is kept, 1 all, 0 none; see `restorer.engine.strength`.
        grain: of the noise taken off, how much of its brightness is given back, 0 none, 1 all;
            for denoise and deblur, the others take none off.
        even_grain: what is given back is not that but new grain of its size and strength, the same
            all over; see `restorer.engine.grain`.
        strength: digest of the map of local strength, which is passed beside the picture; empty
            without one.
        prompt, negative_prompt: what should be seen and what should not (latent models).
        guidance: how strongly the prompts lead, 1 for not at all, 7.5 as is usual.
        control: a picture that leads besides (latent models with a ControlNet).
        toward: label, or words, that samples are pushed towards; empty for none (pixel models,
            noise).
        classifier: the model that knows the label; CLIP understands any words.
        push: how hard, 1 as far as Bayes' rule says.
        local: how the noise differs from place to place, see `restorer.engine.local`; empty where
            it does not. For denoise.
        trunk: the task that this one branches from, see `restorer.engine.branch`; None for one
            that begins at its start.
        after: steps that both have in common; step `after` is the first to be answered anew.
    """

    start: float | None
    steps: int = 8
    sampler: str = DEFAULT_SAMPLER
    eta: float = 0.0
    seed: int = 0
    faithfulness: float = 1.0
    undo_clipping: bool = True
    model: str = BUILTIN_MODEL
    damage: Damage = field(default_factory=Damage)
    method: Method = "auto"
    amount: float = 1.0
    grain: float = 0.0
    even_grain: bool = False
    strength: str = ""
    prompt: str = ""
    negative_prompt: str = ""
    guidance: float = 7.5
    control: Control = field(default_factory=Control)
    toward: str = ""
    classifier: str = CLASSIFIER
    push: float = 1.0
    local: Grid = ()
    trunk: RestorationTask | None = None
    after: int = 0

    def __post_init__(self) -> None:
        if self.start is not None and not 0 <= self.start <= 999:
            raise BadInput("The start must lie between 0 and 999, not {start:g}.", start=self.start)
        if not 1 <= self.steps <= 1000:
            raise BadInput(
                "The number of steps must lie between 1 and 1000, not {steps}.", steps=self.steps
            )
        if self.sampler not in SAMPLERS:
            raise BadInput("There is no sampler called {sampler!r}.", sampler=self.sampler)
        if self.method not in get_args(Method):
            raise BadInput("There is no method called {method!r}.", method=self.method)
        for name in ("eta", "faithfulness", "amount", "grain"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadInput(
                    "{name} must lie between 0 and 1, not {value:g}.",
                    name=name,
                    value=getattr(self, name),
                )
        if type(self.even_grain) is not bool:
            raise BadInput("even_grain is yes or no.")
        if not 0 <= self.guidance <= 100:
            raise BadInput(
                "guidance must lie between 0 and 100, not {guidance:g}.", guidance=self.guidance
            )
        if not 0 <= self.push <= 1000:
            raise BadInput("push must lie between 0 and 1000, not {push:g}.", push=self.push)
        if self.toward and (self.faithfulness == 1 or not self.damage.is_noise):
            raise BadInput(
                "Pushing towards something needs the task denoise and a faithfulness below 1."
            )
        if not 0 <= self.seed < 2**63:
            raise BadInput("The seed must be a whole number from 0 up, not {seed}.", seed=self.seed)
        checked(self.local)
        if not 0 <= self.after < self.steps or (self.trunk is None and self.after):
            raise BadInput("There is no step {after} to go on from.", after=self.after + 1)
        if self.trunk is not None and _fixed(self) != _fixed(self.trunk):
            raise BadInput(
                "Going on from a step keeps what is undone, where the run began and its steps."
            )

    @property
    def legs(self) -> tuple[RestorationTask, ...]:
        """The tasks that apply in turn, each from its step `after` on; the last one is this.

        The first is in force from the beginning.
        """
        before = self.trunk.legs if self.trunk is not None and self.after else ()
        return (*(leg for leg in before if leg.after < self.after), self)

    @property
    def partial(self) -> bool:
        """Part of the original stays in the result."""
        return self.amount < 1 or bool(self.strength)

    def to_json(self) -> str:
        """One line of JSON that `from_json` reads back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> RestorationTask:
        """Read `to_json`. Raises `BadInput` for anything else."""
        try:
            values: dict[str, Any] = json.loads(text)
            unknown = set(values) - {known.name for known in fields(cls)}
            if unknown:
                raise ValueError(f"unknown fields {sorted(unknown)}")
            if not all(type(values.get(name, 0)) is int for name in ("steps", "seed", "after")):
                raise ValueError("steps, seed and after are whole numbers")
            trunk = values.get("trunk")
            parts = {
                "damage": Damage.from_dict(values.get("damage", {})),
                "control": Control.from_dict(values.get("control", {})),
                "local": tuple(tuple(map(float, row)) for row in values.get("local", ())),
                "trunk": None if trunk is None else cls.from_json(json.dumps(trunk)),
            }
            return cls(**values | parts)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise BadInput("This is not a restoration record of Restorer.", str(error)) from error


def _fixed(task: RestorationTask) -> tuple[Any, ...]:
    """Check a branch against its trunk."""
    damage = asdict(task.damage) | {"mask": ""}
    return task.start, task.steps, task.method, task.undo_clipping, task.local, damage
