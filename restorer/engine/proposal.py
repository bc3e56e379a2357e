"""What to do about a picture, when nobody has said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorer.engine.damage import Kind

if TYPE_CHECKING:  # scipy and Pillow come with them
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.imaging.jpeg_tables import JpegTables

#: A JPEG of a lower quality shows what was done to it.
VISIBLE_BLOCKS = 50

#: A blur below this, in pixels, is how many cameras see at full size.
_VISIBLE_BLUR = 1.3
#: In more noise than this, what a blur took away cannot be told from the noise.
_NOISE_IN_BLUR = 12.0

_VERBS: dict[Kind, str] = {
    "denoise": "clean",
    "dejpeg": "remove the blocks",
    "inpaint": "fill",
    "deblur": "sharpen",
}
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Proposal:
    """What was found, in words, and what undoes it, in the order to be done.

    Attributes:
        findings: such as "noise 18/255"; empty for a picture without damage.
        steps: tasks, each to begin with the result of the one before.
    """

    findings: tuple[str, ...] = ()
    steps: tuple[Kind, ...] = ()

    @property
    def sentence(self) -> str:
        """As in "Noise 18/255, three scratches, JPEG quality 35: clean, then fill"."""
        found = ", ".join(self.findings)
        if not self.steps:
            return f"{_capital(found)}." if found else "No damage was found."
        return f"{_capital(found)}: {', then '.join(_VERBS[step] for step in self.steps)}."


def propose(found: DegradationEstimate, tables: JpegTables | None) -> Proposal:
    """All that was found, and how to undo it.

    Blocks go if they can be seen and there is no noise: noise hides them, and one evaluation takes
    off either. A blur is undone last and takes noise into account by itself, so that it is not
    cleaned first. Faded or toned colours are told; nothing here changes colours.

    Args:
        found: what was measured.
        tables: of the file, if it is a JPEG; else what its blocks tell counts.
    """
    tables = tables or found.blocks
    quality = found.jpeg_quality if tables is None else tables.quality
    blocks = quality is not None and quality < VISIBLE_BLOCKS
    soft = found.blur is not None and found.blur >= _VISIBLE_BLUR
    blurred = soft and found.noise <= _NOISE_IN_BLUR and found.camera is None
    findings, steps = [], list[Kind]()
    if found.drawn:
        findings.append(drawn_words(found))
    if not found.clean:
        camera = "camera " if found.camera is not None else ""
        findings.append(f"{camera}noise {found.noise:.0f}/255")
        if not blurred:
            steps.append("denoise")
    if found.scratches:
        findings.append(_scratches(found.scratches))
    if blocks:
        findings.append(f"JPEG quality {quality}")
        if found.clean and tables is not None and not blurred:
            steps.append("dejpeg")
    if found.scratches:
        steps.append("inpaint")
    if soft:
        findings.append(f"blur of {found.blur:.1f} pixels")
    if blurred:
        steps.append("deblur")
    if found.faded:
        findings.append("faded colours")
    if found.toned:
        findings.append("a tone over all colours")
    return Proposal(tuple(findings), tuple(steps))


def drawn_words(found: DegradationEstimate) -> str:
    """What a picture is that is drawn or printed (`DegradationEstimate.drawn`)."""
    if found.dots:
        return "made of dots in two tones, as prints and dithered pictures are"
    count = found.colours or 0
    return f"made of {count} colour{'s' * (count != 1)}, as drawings and dithered pictures are"


def _scratches(count: int) -> str:
    number = _NUMBERS[count - 1] if count <= len(_NUMBERS) else str(count)
    return f"{number} scratch" if count == 1 else f"{number} scratches"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
