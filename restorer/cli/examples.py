"""Calls that each command's --help begins with."""

from __future__ import annotations

import shlex

from restorer.words import marked as _
from restorer.words import tr

#: Of each command: what is typed, and what that does where the command's own words do not say it.
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "window": (
        ("restorer photo.jpg", ""),
        ("restorer --new photo.jpg", _("in a window of its own")),
    ),
    "edit": (("restorer edit photo.tif", _("Save writes the result into the same file")),),
    "demo": (
        ("restorer demo", ""),
        ("restorer demo --out trial --no-window", _("only make the files, in the folder trial")),
    ),
    "estimate": (
        ("restorer estimate photo.jpg", ""),
        ("restorer estimate photo.jpg --mask dust.png", _("write found scratches as a mask, too")),
    ),
    "restore": (
        ("restorer restore photo.jpg -o better.png", _("remove noise, say what else was found")),
        ("restorer restore photo.jpg -o better.png --task auto", _("repair all that is certain")),
        (
            "restorer restore torn.png -o whole.png --task inpaint --mask white.png",
            _("fill what is white in the mask"),
        ),
        (
            "restorer restore soft.png -o sharp.png --task deblur --blur motion:9,30",
            _("undo a motion of 9 pixels at 30 degrees (0 is level, 90 upright)"),
        ),
        (
            "restorer restore small.jpg -o large.png --task upscale --scale 4",
            _("four times as wide and high"),
        ),
        ("restorer restore - -o png:- <photo.jpg >better.png", _("through pipes")),
    ),
    "batch": (
        ("restorer batch scans restored", _("all pictures of a folder, into another one")),
        (
            "restorer batch 'scans/**/*.tif' restored --recipe mine.toml --format jpg",
            _("some of them, as a recipe says, saved as JPEG"),
        ),
        ("restorer batch inbox restored --watch 5", _("and those that come later")),
    ),
    "record": (("restorer record better.png", ""),),
    "replay": (("restorer replay better.png --input photo.jpg", ""),),
    "branch": (
        (
            "restorer branch better.png --input photo.jpg --step 5 --seed 8 -o other.png",
            _("from the fifth step on with another seed"),
        ),
    ),
    "noise": (
        ("restorer noise photo.png -o noisy.png --noise 25", _("noise of 25 of 255")),
        ("restorer noise photo.png -o noisy.png --t 400", _("the picture's state x_t at t 400")),
    ),
    "sheet": (("restorer sheet photo.jpg -o sheet.png", ""),),
    "film": (("restorer film photo.jpg -o steps.gif --steps 12 --seconds 4", ""),),
    "report": (("restorer report photo.jpg -o page.html", ""),),
    "forward": (("restorer forward --x0 0.5 --eps 0.1 --t 500", ""),),
    "train": (
        ("restorer train photos --out mine --minutes 60", ""),
        ("restorer train --out mine --resume --minutes 60", _("go on where it ended")),
    ),
    "models": (
        ("restorer models", _("list those that are there")),
        ("restorer models add folder/of/a-model --name mine", ""),
        ("restorer models verify builtin", ""),
        ("restorer models remove mine", ""),
    ),
    "doctor": (("restorer doctor", ""), ("restorer doctor --json", _("for programs"))),
}
#: What --help without a command begins with.
FIRST = (
    ("restorer photo.jpg", _("open a picture in the window")),
    ("restorer estimate photo.jpg", _("measure the damage")),
    ("restorer restore photo.jpg -o better.png --task auto", _("repair all that is certain")),
    ("restorer batch scans restored", _("all pictures of a folder, into another one")),
)


def shown(examples: tuple[tuple[str, str], ...]) -> str:
    """As lines for --help, each with its words below it."""
    return "\n".join(
        f"  {line}\n      {tr(words)}" if words else f"  {line}" for line, words in examples
    )


def typed(line: str) -> list[str]:
    """The arguments of an example, without what a shell takes from it."""
    words = shlex.split(line.partition(" <")[0])
    return words[1:]
