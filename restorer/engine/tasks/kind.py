"""What defines a kind of task; no torch and no numpy, since the command line reads it too.

A kind is one value, and each has its module beside this one. Who plans, repairs, judges, proposes
or words a task asks the value and compares no names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:  # torch, numpy, scipy and Pillow come with them
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.degradation.facts import DamageDescription
    from restorer.diffusion.operator import Operator
    from restorer.engine.damage import Damage, Hole, Method
    from restorer.engine.inputs import Inputs
    from restorer.engine.proposal import Evidence
    from restorer.engine.tasks.comparison import Comparison
    from restorer.imaging.picture import Picture, Pixels

#: When y is known exactly: always (up to rounding), where it has no noise, or never.
Exactness = Literal["always", "without noise", "never"]


class DamageRequest(Protocol):
    """The part of a request that defines the damage; see `Damage`."""

    @property
    def scale(self) -> int: ...

    @property
    def filter(self) -> str: ...

    @property
    def blur(self) -> str: ...

    @property
    def kernel(self) -> tuple[tuple[float, ...], ...]: ...


@dataclass(frozen=True, kw_only=True)
class TaskWords:
    """The words for a kind of task.

    Attributes:
        title, hint: in the list of tasks, and what it does in a sentence.
        button: what is pressed to have it done.
        doing, done: while it runs and afterwards.
        after: what the result is called beside the picture as it came.
        step: the task as a step of several, "cleaning".
        ability: what a model that can do it does, "cleans".
        report: how the command line begins its sentence; empty for `done`.
        prompted: the title where a model with prompts does it; empty for `title`.
        redraws: the ability of such a model; empty for `ability`.
        caution: what of the result not to believe, in a sentence.
        nothing: what is said where there is nothing to undo.
    """

    title: str
    hint: str
    button: str
    doing: str
    done: str
    after: str
    step: str
    ability: str
    report: str = ""
    prompted: str = ""
    redraws: str = ""
    caution: str = ""
    nothing: str = _("The mask has no holes; the picture was left as it is.")

    @property
    def translated(self) -> TaskWords:
        """The words in the person's language."""
        return TaskWords(**{name: tr(text) for name, text in asdict(self).items()})


class Number(NamedTuple):
    """A number of one kind of task: an option of the command line, and a slider in the panel.

    Attributes:
        name: on the command line and in records.
        title, hint: in the panel; the hint goes on the command line, too.
        usual: where nobody says it.
        of_one_tone: it says something of pictures in one tone alone.
    """

    name: str
    title: str
    hint: str
    least: float
    most: float
    usual: float
    of_one_tone: bool = False


class Calibration(NamedTuple):
    """std^2 = (gain depth^of_depth raw)^2 + least^2 + (of_noise noise)^2.

    Attributes:
        gain: error against the raw deviation where there is detail.
        least: floor, as a standard deviation on the 0-255 scale.
        of_noise: floor in relation to the noise that is taken off.
        of_depth: how much more the raw deviation misses deep in a hole, as a power of the distance
            to what is known in pixels, up to a limit.
    """

    gain: float
    least: float = 0.29  # less than rounding to 8 bits cannot show
    of_noise: float = 0.0
    of_depth: float = 0.0


class Detection(NamedTuple):
    """Damage that was found.

    Attributes:
        words: what it is.
        headline: the same where nothing else is said.
        harm: how far it spoils a picture: as white noise of so many 255 would.
        proposed: whether the task is proposed to undo it.
        first: before all other steps, which would mistake it for something else.
    """

    words: str
    headline: str
    harm: float
    proposed: bool
    first: bool = False


@dataclass(frozen=True, kw_only=True)
class ProposalRule:
    """When a task is proposed.

    Attributes:
        verb: "clean".
        find: the damage of its kind in what was measured; None for none.
        step: its place among the steps of a proposal; those with lower numbers come first.
        mention: the same for what was found.
        options: what nobody says when it is proposed, by the names of `Damage`.
        of_old_photos: what people expect to be asked about an old photograph, found or not.
        most_unexplained: share of the picture in which the result may not explain the input, where
            the options were guessed and there is another way; None for as much as elsewhere.
    """

    verb: str
    find: Callable[[Evidence], Detection | None]
    step: int
    mention: int
    options: Callable[[DegradationEstimate], dict[str, Any]] = lambda found: {}
    of_old_photos: bool = False
    most_unexplained: float | None = None


#: What undoes anything but holes cannot do.
ONLY_HOLES: dict[Method, str] = {"repaint": _("RePaint fills holes; it cannot do anything else.")}


def exact_or_noisy(damage: Damage, network: bool) -> tuple[Method, str]:
    """The method with the prior of noise, and why."""
    if damage.noise == 0:
        return "ddnm", tr("What is known is exact: keep it, and let the prior add the rest.")
    return "diffpir", tr("What is known is noisy: weigh it against the prior.")


@dataclass(frozen=True, kw_only=True)
class TaskKind:
    """A kind of task: its needs, its methods and its words.

    Attributes:
        name: on the command line and in records.
        words: how people read of it.
        offered: in the window.
        prompted: a model with prompts can do it.

        options: of the command line, those that this kind alone looks at.
        numbers: what else it alone is told, see `Damage.number`.
        needs_hole: where to fill is passed beside the picture.
        needs_tables: how the file was compressed must be known.
        grows: the result is larger than the picture, by the damage's scale.
        keeps_grey: of a grey picture the result is grey.
        everywhere: it changes all of the picture alike and makes nothing up, so that places are
            not protected from it.
        keeps_light: seen from afar, the result is as light as the picture.
        only_corrects: the answer of least error adds nothing that was not there, as IPTC's
            "algorithmically enhanced" wants; for others something is made up.
        keeps_grain: some of the noise taken off can be given back.
        settings: fields of `Damage` from what was asked for.
        check: raises `BadInput` for a damage of this kind that cannot be.

        operator: A of y = A(x) + noise. None for noise alone, which the prior itself takes off:
            what follows up to `comparison` then plays no part. None for an excess, too.
        excess: what the damage has added to (H, W, 3) pixels in 0..1, where that can be read from
            them and no prior is asked.
        start_sigma: where the reverse process begins, as sigma; None leaves the picture alone.
        method: how it is undone if nobody says, and why, in a sentence; it is told whether the
            conditional network may be asked.
        refused: methods that cannot undo it, with why not.
        refused_with_noise: the same where there is noise besides.
        facts: what the conditional network is told; None where it does not know the damage.
        finer: whether this is damage that the prior undoes better, if nobody says otherwise.
        network: the kind of network that does, a name in `MODEL_KINDS`.
        evaluations: how often that network is asked, each time from another side: at least, and at
            most. A second time gains 0.05 dB, and more where it is shown its first answer.
        noise: the noise to tell (0-255 scale) where nobody says it; None for none.
        exact: when what is known of the picture is kept as it is. On the way to the mean, noise is
            put back everywhere else.
        asked_twice: methods that ask the network twice a step on that way.
        pairs_from: from so many steps on, exact pixels too have their noise put back in pairs.
        most_steps: more gain less than 0.1 dB.
        calibration: of the spread of samples; `calibration_at_once` where the result is the
            conditional network's.
        largest: no sound answer of the network is larger, on the scale of [-1, 1] and beside some
            sigmas (1.6 was seen).
        warns: what of a result not to believe, read from what it is carried out on; or "".
        comparison: what a check of the result looks at, where there is no noise.
        proposing: None for a task that nothing in a picture asks for.
    """

    name: str
    words: TaskWords
    offered: bool = True
    prompted: bool = False

    options: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    needs_hole: bool = False
    needs_tables: bool = False
    grows: bool = False
    keeps_grey: bool = True
    everywhere: bool = False
    keeps_light: bool = True
    only_corrects: bool = False
    keeps_grain: bool = False
    settings: Callable[[DamageRequest], dict[str, Any]] = lambda asked: {}
    check: Callable[[Damage], None] = lambda damage: None

    operator: Callable[[Damage, Hole | None], Operator] | None = None
    excess: Callable[[Pixels, Damage], Pixels] | None = None
    start_sigma: Callable[[Damage, Inputs], float | None] = lambda *_: 5.0
    method: Callable[[Damage, bool], tuple[Method, str]] = exact_or_noisy
    refused: Mapping[Method, str] = field(default_factory=lambda: ONLY_HOLES)
    refused_with_noise: Mapping[Method, str] = field(default_factory=dict)
    facts: Callable[[Damage], DamageDescription | None] = lambda damage: None
    finer: Callable[[Damage, Inputs], bool] = lambda damage, inputs: False
    network: str = "conditional"
    evaluations: tuple[int, int] = (1, 2)
    noise: Callable[[Damage, Picture, DegradationEstimate], float] | None = None
    exact: Exactness = "never"
    asked_twice: tuple[Method, ...] = ()
    pairs_from: int | None = None
    most_steps: int = 24
    calibration: Calibration
    calibration_at_once: Calibration | None = None
    largest: float = 4.0
    warns: Callable[[Damage, Inputs], str] = lambda damage, inputs: ""
    comparison: Comparison
    proposing: ProposalRule | None = None

    @property
    def prefers_network(self) -> bool:
        """The conditional network undoes it by default."""
        return self.calibration_at_once is not None

    @property
    def asks_prior(self) -> bool:
        """It uses a prior; damage that can be measured and removed needs none."""
        return self.excess is None

    @property
    def measures_noise(self) -> bool:
        """There may be additional noise; a JPEG has only rounding."""
        return not self.is_noise and self.exact != "always"

    @property
    def is_noise(self) -> bool:
        """It removes only noise: the picture itself is a state of the process."""
        return self.operator is None and self.excess is None

    def is_exact(self, noise: float) -> bool:
        """Known pixels are kept exactly, with this additional noise (0-255 scale)."""
        return self.exact == "always" or (self.exact == "without noise" and noise == 0)

    def refusal(self, method: Method, noise: float) -> str:
        """Why a method cannot undo it, in a sentence; empty if it can."""
        return self.refused.get(method) or (noise > 0 and self.refused_with_noise.get(method)) or ""
