"""What a person can set for a picture, and the task that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtGui import QUndoCommand

from restorer.diffusion.samplers import SAMPLERS
from restorer.engine.control import Control
from restorer.engine.damage import Damage, Hole, Method, mask_digest
from restorer.engine.models import ModelInfo
from restorer.engine.plan import camera_photo, plan
from restorer.engine.plan_latent import plan_latent
from restorer.engine.task import BUILTIN_MODEL, RestorationTask
from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.errors import BadInput

if TYPE_CHECKING:  # scipy and Pillow come with them
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.imaging.jpeg_tables import JpegTables


#: How hard samples are pushed at first: more than Bayes' rule says, for all to see.
PUSH = 50.0


Network = Literal["may", "must", "not"]


@dataclass(frozen=True)
class Wish:
    """A damage other than noise as a person says it.

    Attributes:
        kind, scale, filter, blur, kernel: as in `Damage`; a kernel takes the place of a blur.
        quality: of a JPEG, 1 to 100; None for what the file says.
        noise: besides, 0-255 scale; None for what suits the task.
        latent: the model that is to undo it, if it is one with prompts.
        network: whether the network that knows the damage may be taken, must be or must not.
    """

    kind: str
    scale: int
    filter: Literal["bicubic", "box"]
    blur: str
    kernel: tuple[tuple[float, ...], ...]
    quality: int | None
    noise: float | None
    latent: ModelInfo | None = None
    network: Network = "may"

    @property
    def method(self) -> Method:
        """The method to plan with; where the network is not taken, all begin in the same place."""
        methods: dict[Network, Method] = {"may": "auto", "must": "conditional", "not": "ddnm"}
        return methods[self.network]

    def damage(self, tables: JpegTables | None, hole: Hole | None) -> Damage:
        """The damage, with what is known of the file.

        Args:
            tables: how it was compressed, for one that is freed from that.
            hole: (H, W), where to fill.

        Raises:
            BadInput: if something is missing or does not go together.
        """
        kind = TASKS[self.kind]
        if kind.needs_tables:
            if tables is None:
                raise BadInput(
                    "Neither the file nor its blocks tell how far it was compressed: "
                    "set the quality."
                )
            return Damage(self.kind, **asdict(tables))
        values = kind.settings(self)
        if kind.needs_hole:
            values["mask"] = "" if hole is None else mask_digest(hole)
        return Damage(self.kind, noise=self.noise or 0.0, **values)


@dataclass(frozen=True)
class Parameters:
    """A task with open ends.

    Attributes:
        kind: what is to be done.
        start: t where the run begins; None for the place where the picture was measured to be, or
            for what suits the repair.
        camera: the noise is a camera's that was not recognised: start from a fixed level
            everywhere unless told otherwise.
        steps: None for as many as suit the task and the size of the picture.
        scale, filter, blur, kernel, quality, noise: see `Wish`.
        kernel_name: the file that the kernel came from.
        method: how a damage other than noise is undone.
        amount: of the change that is kept, 0 to 1.
        grain: of the noise taken off, how much is given back, 0 to 1.
        latent: what is known of the model, if it is one with prompts.
        prompt, negative_prompt, guidance, control: for such a model, as in the task.
        control_name: the file that the control picture came from.
        private: the words stay out of saved files.
        toward, classifier, push: for samples of a pixel model, as in the task.
    """

    kind: str = DEFAULT_TASK
    start: float | None = None
    camera: bool = False
    steps: int | None = None
    sampler: str = RestorationTask.sampler
    eta: float = RestorationTask.eta
    seed: int = RestorationTask.seed
    faithfulness: float = RestorationTask.faithfulness
    model: str = BUILTIN_MODEL
    scale: int = 2
    filter: Literal["bicubic", "box"] = "bicubic"
    blur: str = "gaussian:1.5"
    kernel: tuple[tuple[float, ...], ...] = ()
    kernel_name: str = ""
    quality: int | None = None
    noise: float | None = None
    method: Method = RestorationTask.method
    amount: float = RestorationTask.amount
    grain: float = RestorationTask.grain
    latent: ModelInfo | None = None
    prompt: str = RestorationTask.prompt
    negative_prompt: str = RestorationTask.negative_prompt
    guidance: float = RestorationTask.guidance
    control: Control = field(default_factory=Control)
    control_name: str = ""
    private: bool = False
    toward: str = RestorationTask.toward
    classifier: str = RestorationTask.classifier
    push: float = PUSH

    @property
    def chance(self) -> bool:
        """The seed makes a difference (for grey pictures being denoised it always does)."""
        if self.latent is not None:
            return True
        to_mean = self.faithfulness == 1 and self.method not in ("dps", "repaint")
        if to_mean and TASKS[self.kind].is_exact(self.noise or 0.0):  # no noise is put back
            return False
        if not TASKS[self.kind].is_noise:
            return True
        return self.faithfulness < 1 and SAMPLERS[self.sampler].draws(self.eta)

    @property
    def network(self) -> Network:
        """Whether the network that knows the damage may be taken, must be or must not."""
        if self.method == "conditional":
            return "must"
        plain = self.method == "auto" and self.faithfulness == 1 and self.model == BUILTIN_MODEL
        return "may" if plain or not TASKS[self.kind].prefers_network else "not"

    @property
    def wish(self) -> Wish:
        """The damage that is to be undone, as far as it is said here."""
        return Wish(**{name: getattr(self, name) for name in Wish.__dataclass_fields__})

    @property
    def asked(self) -> dict[str, Any]:
        """Fields of the task that every kind of task has, as they were asked for."""
        names: tuple[str, ...] = ("sampler", "eta", "seed", "model", "amount")
        if self.latent is not None:
            names += ("prompt", "negative_prompt", "guidance", "control")
        else:
            names += ("faithfulness",)
            if TASKS[self.kind].keeps_grain:  # the others take no noise off
                names += ("grain",)
            if self.toward and TASKS[self.kind].is_noise and self.faithfulness < 1:
                names += ("toward", "classifier", "push")
        values = {name: getattr(self, name) for name in names}
        return values | {n: v for n in ("start", "steps") if (v := getattr(self, n)) is not None}

    def task(self, estimate: DegradationEstimate, size: tuple[int, int]) -> RestorationTask:
        """The task that cleans a picture with this damage and (width, height).

        Its start is None if there is nothing to do.

        Raises:
            BadInput: if the model cannot do that.
        """
        if self.latent is not None:
            return plan_latent(self.latent, Damage(), **self.asked)
        if self.camera:
            return camera_photo(size, **self.asked)
        return plan(estimate, size, **self.asked)


class ChangeParameters(QUndoCommand):
    """One edit; edits of one gesture (a slider being dragged) become one command."""

    def __init__(
        self,
        text: str,
        apply: Callable[[Parameters], None],
        before: Parameters,
        changes: dict[str, Any],
        gesture: int,
    ) -> None:
        super().__init__(text)
        self._apply = apply
        self._before = before
        self._after = replace(before, **changes)
        self._fields = frozenset(changes)
        self._gesture = gesture

    def id(self) -> int:
        return 1

    def redo(self) -> None:
        self._apply(self._after)

    def undo(self) -> None:
        self._apply(self._before)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangeParameters):
            return False
        if (other._gesture, other._fields) != (self._gesture, self._fields):
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True
