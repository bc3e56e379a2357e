"""What a person asks for, as plain values from the window or the command line."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from restorer.engine.control import Control
from restorer.engine.damage import Damage, Method, mask_digest
from restorer.engine.methods import choose_method, knows_damage
from restorer.engine.task import BUILTIN_MODEL, RestorationTask
from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.errors import BadInput
from restorer.imaging.crop import Crop

if TYPE_CHECKING:  # scipy and Pillow come with them
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.engine.damage import Hole
    from restorer.imaging.jpeg_tables import JpegTables


@dataclass(frozen=True)
class Request:
    """A partly specified task; fields that are not described here are as in `RestorationTask`.

    Attributes:
        task: what is to be undone, a name in `TASKS`, or "auto" for all that is found for sure.
        start: t where to begin; None for where the picture was measured to be, or what suits.
        noise: 0-255 scale: to take off, or besides another damage; None for what is measured.
        camera: the noise is a camera's that was not recognised.
        steps: None for as many as suit the task and the size of the picture.
        scale, filter, blur: as in `Damage`.
        kernel: takes the place of a blur.
        quality: of a JPEG, 1 to 100; None for what its file or its blocks tell.
        numbers: (name, value) of those that kinds of tasks ask for, as in `Damage`.
        corners: x and y of the four corners of what is kept of the picture, see `imaging.crop`,
            empty for all of it; before everything else.
        rotate: degrees by which that is turned clockwise.
        crop: (left, top, right, bottom) of what is kept of that, in pixels; empty for all of it.
        sensitivity: fill the scratches and dust that are found, 0 only what is plain, 1 whatever
            might be; None fills where somebody said.
    """

    task: str = DEFAULT_TASK
    start: float | None = None
    noise: float | None = None
    camera: bool = False
    steps: int | None = None
    sampler: str = RestorationTask.sampler
    eta: float = RestorationTask.eta
    seed: int = RestorationTask.seed
    faithfulness: float = RestorationTask.faithfulness
    model: str = BUILTIN_MODEL
    scale: int = 2
    filter: Literal["bicubic", "box"] = "bicubic"
    blur: str = ""
    kernel: tuple[tuple[float, ...], ...] = ()
    quality: int | None = None
    numbers: tuple[tuple[str, float], ...] = ()
    corners: tuple[float, ...] = ()
    rotate: float = 0.0
    crop: tuple[float, ...] = ()
    sensitivity: float | None = None
    method: Method = RestorationTask.method
    amount: float = RestorationTask.amount
    grain: float = RestorationTask.grain
    even_grain: bool = RestorationTask.even_grain
    prompt: str = RestorationTask.prompt
    negative_prompt: str = RestorationTask.negative_prompt
    guidance: float = RestorationTask.guidance
    control: Control = field(default_factory=Control)
    toward: str = RestorationTask.toward
    classifier: str = RestorationTask.classifier
    push: float = RestorationTask.push

    def crop_for(self, whole: tuple[int, int]) -> Crop | None:
        """The crop of a picture of this (width, height); None for all of it.

        Raises:
            BadInput: for what cannot be.
        """
        if not (self.corners or self.rotate or self.crop):
            return None
        if self.corners and self.crop:
            raise BadInput("The corners say what is kept; leave the crop out.")
        kept = Crop.from_numbers(self.corners, whole) if self.corners else Crop.all_of(whole)
        kept = kept.turned(self.rotate)
        return kept.part(self.crop) if self.crop else kept

    @property
    def blind(self) -> bool:
        """The noise is measured, not given by a person."""
        said = self.noise is not None or self.start is not None or self.camera
        return TASKS[self.task].is_noise and self.model == BUILTIN_MODEL and not said

    @property
    def to_prepare(self) -> Request:
        """The same without the fields that `job.prepare` does not depend on."""
        names = ["task", "scale", "filter", "blur", "kernel", "quality", "numbers", "noise"]
        names.append("sensitivity")
        values: dict[str, Any] = {name: getattr(self, name) for name in names}
        if self.method != "conditional" and not (
            TASKS[self.task].prefers_network and self._network_may
        ):
            return Request(**values, method="ddnm")
        return Request(**values, method=self.method)

    def conditional(self, damage: Damage) -> bool:
        """The conditional network will undo the damage."""
        if self.method == "conditional":
            return True
        probe = RestorationTask(start=None, damage=damage)
        return self._network_may and choose_method(probe)[0] == "conditional"

    @property
    def _network_may(self) -> bool:
        return (
            self.method == "auto"
            and self.faithfulness == 1
            and knows_damage(self.model, TASKS[self.task].network)
        )

    def step(self, task: str, found: DegradationEstimate) -> Request:
        """The request for one step of "auto", without fields of other steps; guesses the rest."""
        own, proposing = TASKS[task].options, TASKS[task].proposing
        others = {name for kind in TASKS.values() for name in kind.options if name not in own}
        dropped = {name: getattr(Request, name) for name in others & _FIELDS}
        one = replace(self, task=task, **dropped)
        if not TASKS[task].keeps_grain:
            one = replace(one, grain=0.0, even_grain=False)
        if not TASKS[task].is_noise:
            one = replace(one, toward="")
        guessed = proposing.options(found) if proposing else {}
        unsaid = {n: v for n, v in guessed.items() if getattr(one, n) == getattr(Request, n)}
        return one if one.kernel else replace(one, **unsaid)

    def damage(self, tables: JpegTables | None, hole: Hole | None) -> Damage:
        """The damage other than noise, completed from the file.

        Args:
            tables: how it was compressed, for one that is freed from that.
            hole: (H, W), where to fill.

        Raises:
            BadInput: if something is missing or does not go together.
        """
        kind = TASKS[self.task]
        if kind.needs_tables:
            if tables is None:
                raise BadInput(
                    "Neither the file nor its blocks tell how far it was compressed: "
                    "set the quality."
                )
            return Damage(kind.name, **asdict(tables))
        values = kind.settings(self)
        if kind.needs_hole:
            values["mask"] = "" if hole is None else mask_digest(hole)
        own = {number.name for number in kind.numbers}
        values["numbers"] = tuple(pair for pair in self.numbers if pair[0] in own)
        return Damage(kind.name, noise=self.noise or 0.0, **values)

    def given_fields(self, latent: bool) -> dict[str, Any]:
        """The fields of the task that are given explicitly.

        Args:
            latent: the model is one with prompts.
        """
        names = ["sampler", "eta", "seed", "model", "amount"]
        if latent:
            names += ["prompt", "negative_prompt", "guidance", "control"]
        else:
            names += ["faithfulness", "grain", "even_grain", "toward", "classifier", "push"]
        values = {name: getattr(self, name) for name in names}
        return values | {n: v for n in ("start", "steps") if (v := getattr(self, n)) is not None}


_FIELDS = {known.name for known in fields(Request)}
