"""Proposes what to do about a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorer.engine.place_names import place_words
from restorer.engine.tasks import TASKS
from restorer.engine.tasks.kind import Detection
from restorer.words import marked as _
from restorer.words import plural, tr, tr_as

if TYPE_CHECKING:  # scipy and Pillow come with them
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.imaging.jpeg_tables import JpegTables

#: A JPEG of a lower quality shows what was done to it.
VISIBLE_BLOCKS = 50

#: One below this gains from being undone, though hardly anybody sees it: 32 tiles gained 0.3 dB at
#: least at quality 50 to 90 (1.2 on average at 90), five that lie on their side in their files the
#: same at 60 and 85; at 95 three of twenty lost.
UNDONE_BLOCKS = 90

#: The headline where nothing was found.
LOOKS_CLEAN = _("Looks clean")

#: In more noise than this, what a blur took away cannot be told from the noise; in a JPEG some of
#: it is read as a camera's, whose neighbours share it, and then in less: eight pictures that read
#: up to 7.5 gained 0.8 to 4.6 dB more sharpened than cleaned, two that read 8.2 and 8.4 lost.
_NOISE_IN_BLUR, _CAMERA_IN_BLUR = 12.0, 7.6


@dataclass(frozen=True)
class Evidence:
    """The measurements from which kinds of tasks decide whether to be proposed.

    Attributes:
        tables: of the file, if it is a JPEG; else what its blocks tell.
    """

    found: DegradationEstimate
    tables: JpegTables | None

    @property
    def quality(self) -> int | None:
        """Quality of the JPEG."""
        return self.found.jpeg_quality if self.tables is None else self.tables.quality

    @property
    def blocks(self) -> bool:
        """The damage by JPEG is visible."""
        return self.quality is not None and self.quality < VISIBLE_BLOCKS

    @property
    def compressed(self) -> bool:
        """JPEG lost something that can be restored, and there is nothing else to do.

        The file itself has to tell: what is read from blocks may be long gone.
        """
        found, tables = self.found, self.tables
        if tables is None or tables.cut is not None:
            return False
        others = found.scratches or found.by_hand or found.impulses or found.faded or found.drawn
        return tables.quality < UNDONE_BLOCKS and not (others or found.stripes or found.waves)

    @property
    def blurred(self) -> bool:
        """It has a blur that can be undone; that also takes care of noise.

        That is white noise, and weak noise of a JPEG. What is read as a camera's but may well be
        none does not count.
        """
        camera, most = self.found.camera, _NOISE_IN_BLUR
        if camera is not None and camera.low > 0:
            most = 0.0 if self.quality is None else _CAMERA_IN_BLUR
        return self.found.blur is not None and self.found.noise <= most


@dataclass(frozen=True)
class Proposal:
    """The findings in words, and the steps against them in order.

    Attributes:
        findings: such as "noise 18/255"; empty for a picture without damage.
        steps: tasks, each to begin with the result of the one before.
        headline: the worst of what was found.
        first: those of the steps without which others would mistake what they see.
        besides: those of the findings that no step is for.
    """

    findings: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    headline: str = LOOKS_CLEAN
    first: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.findings

    @property
    def sentence(self) -> str:
        """As in "Noise 18/255, three scratches: clean, then fill. Also found: JPEG quality 35"."""
        if not self.steps:
            found = ", ".join(self.findings)
            return f"{_capital(found)}." if found else tr("No damage was found.")
        found = ", ".join(words for words in self.findings if words not in self.besides)
        asking = [TASKS[step].proposing for step in self.steps]
        steps = tr(", then ").join(tr_as("verb", kind.verb) for kind in asking if kind)
        said = tr("{found}: {steps}.", found=_capital(found), steps=steps)
        besides = tr("Also found: {besides}.", besides=", ".join(self.besides))
        return f"{said} {besides}" if self.besides else said


def propose(found: DegradationEstimate, tables: JpegTables | None) -> Proposal:
    """All findings, and the steps against them.

    A blur is undone last and takes noise into account by itself, so that it is not cleaned first.
    A tone over all colours is told only: most people want to keep it.

    Args:
        found: what was measured.
        tables: of the file, if it is a JPEG; else what its blocks tell counts.
    """
    evidence = Evidence(found, tables or found.blocks)
    mentions, steps = list[tuple[int, Detection]](), list[tuple[bool, int, str]]()
    for kind in TASKS.values():
        asking = kind.proposing
        finding = asking.find(evidence) if asking else None
        if asking is None or finding is None:
            continue
        mentions.append((asking.mention, finding))
        if finding.proposed:
            steps.append((not finding.first, asking.step, kind.name))
    drawn = [Detection(drawn_words(found), tr("Drawn or printed"), 0, proposed=False)] * found.drawn
    findings = [*drawn, *(finding for _, finding in sorted(mentions)), *_reported_only(found)]
    headline = max(findings, key=lambda one: one.harm).headline if findings else LOOKS_CLEAN
    words = tuple(one.words for one in findings)
    besides = tuple(one.words for one in findings if not one.proposed)
    names = tuple(name for *_, name in sorted(steps))
    first = sum(not later for later, *_ in steps)
    return Proposal(words, names, headline, names[:first], besides)


def in_order(kinds: tuple[str, ...], evidence: Evidence) -> tuple[str, ...]:
    """Kinds of tasks in the order to carry them out."""

    def place(name: str) -> tuple[bool, int]:
        asking = TASKS[name].proposing
        finding = asking.find(evidence) if asking else None
        return finding is None or not finding.first, asking.step if asking else 0

    return tuple(sorted(kinds, key=place))


def _reported_only(found: DegradationEstimate) -> Iterator[Detection]:
    """Findings that no task can undo, or that the words of a task do not name."""
    if found.soft:
        yield Detection(
            tr("perhaps a blur of {width:.1f} pixels", width=found.soft),
            tr("Perhaps slightly blurred"),
            harm=0.5,
            proposed=False,
        )
    if found.film:
        yield Detection(
            tr("perhaps film grain of {noise:.0f}/255", noise=found.film),
            tr("Perhaps film grain"),
            harm=0.5,
            proposed=False,
        )
    if found.partial:
        where = place_words(found.partial.sharp, found.partial.size)
        yield Detection(
            tr("much of it blurred (sharp: {places})", places=where),
            tr("Much of it blurred"),
            harm=0.5,
            proposed=False,
        )
    if found.toned and not found.drawn:
        yield Detection(
            tr("a tone over all colours"), tr("A tone over all colours"), 1, proposed=False
        )


def drawn_words(found: DegradationEstimate) -> str:
    """The words for a drawn or printed picture (`DegradationEstimate.drawn`)."""
    if found.dots:
        return tr("made of dots in two tones, as prints and dithered pictures are")
    if found.few_tones:
        return tr("made of few tones, as text, drawings and maps are")
    return plural(
        "made of one colour, as drawings and dithered pictures are",
        "made of {n} colours, as drawings and dithered pictures are",
        found.colours or 0,
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
