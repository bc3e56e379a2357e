"""Make the damaged samples of the first page, and their cards: before above, after below.

    python packaging/samples.py

Each is one of the bundled clean pictures, damaged here. The after is what a person gets who accepts
what the program proposes for the file as it is opened, or what the sample asks for (`asks` in
samples.json).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from PIL import Image, ImageDraw

from restorer import read_picture, write_picture
from restorer.cli import main as restorer
from restorer.document.work import cover_with_static
from restorer.engine.laboratory import LabDamage, damaged
from restorer.engine.samples import list_samples
from restorer.imaging.picture import Picture
from restorer.resources import resource_path

CARD = (320, 208)
FOLDER = resource_path("samples")


def by_the_lab(how: LabDamage) -> Callable[[Picture], Picture]:
    """What the damage lab does."""
    return lambda clean: replace(clean, pixels=damaged(clean.pixels, how))


def scratched(clean: Picture) -> Picture:
    """Seven bright scratches that wander, and dust, as on a print."""
    rng, fine = np.random.default_rng(2), 4
    width, height = clean.size
    layer = Image.new("L", (width * fine, height * fine))
    draw = ImageDraw.Draw(layer)
    for _ in range(7):
        at, way = rng.uniform((0, 0), (width, height)), rng.normal(np.pi / 2, 0.5)
        steps, thick, line = int(rng.integers(20, 70)), rng.uniform(1.2, 2.6), []
        for _ in range(steps):
            line.append(tuple(at * fine))
            way += rng.normal(0, 0.07)
            at = at + 6 * np.array([np.cos(way), np.sin(way)])
        draw.line(line, int(rng.integers(200, 256)), round(thick * fine), joint="curve")
    for _ in range(28):
        x, y = rng.uniform((0, 0), (width, height))
        half, long = abs(rng.normal(0, 1.3)) + 1, rng.uniform(0.6, 1.6)
        corners = x - half, y - half * long, x + half, y + half * long
        draw.ellipse([number * fine for number in corners], 255)
    cover = np.asarray(layer.resize((width, height), Image.Resampling.BOX), np.float32) / 255
    paper = np.array([240, 236, 226], np.float32) / 255
    return replace(clean, pixels=clean.pixels + cover[..., None] * (paper - clean.pixels))


@dataclass(frozen=True)
class Shown:
    """A sample of the first page.

    Attributes:
        file: its name; with `clean` it is made of that picture, without it is there already.
        damage: what is done; None where the program itself covers the file when it opens it.
        static: noise (0-255 scale) that the program covers it with.
        part: left, top and width of what its card shows, pixels of the damaged picture.
    """

    file: str
    part: tuple[int, int, int]
    clean: str = ""
    damage: Callable[[Picture], Picture] | None = None
    static: float = 0.0


ALL = (
    Shown("church.webp", (120, 60, 240), static=50),
    Shown("portrait-scratched.webp", (60, 0, 260), "portrait.png", scratched),
    Shown("panda-faded.webp", (0, 5, 640), "panda.webp", by_the_lab(LabDamage(fading=45))),
    Shown("cat-blurred.webp", (130, 75, 110), "cat.png", by_the_lab(LabDamage(blur=18))),
    Shown("panda-small.png", (10, 2, 96), "panda.webp", by_the_lab(LabDamage(smaller=4))),
    Shown("rocket-blocks.jpg", (230, 130, 160), "rocket.jpg", by_the_lab(LabDamage())),
)


def make(shown: Shown, folder: Path) -> None:
    """The file, if it is made of another one, and its card."""
    path = FOLDER / shown.file
    if shown.clean:
        clean = read_picture(FOLDER / shown.clean)
        assert shown.damage is not None
        worse = shown.damage(Picture(clean.pixels.astype(np.float32)))
        as_image(worse).save(path, quality=12 if path.suffix == ".jpg" else 100, lossless=True)
    came = read_picture(path)
    if shown.static:
        came = cover_with_static(came, shown.static)
    seen, made = folder / "came.png", folder / "made.png"
    seen = path if not shown.static else seen
    if shown.static:
        write_picture(came, seen, force=True)
    sample = next(one for one in list_samples() if one.path == path)
    wish = {"task": "auto", **sample.asks}
    words = [word for name, value in wish.items() for word in (f"--{name}", str(value))]
    if restorer(["restore", str(seen), *words, "-o", str(made), "--force"]):
        raise SystemExit(f"{shown.file} could not be restored")
    card = Image.new("RGB", (CARD[0], 2 * CARD[1]))
    card.paste(part_of(as_image(came), shown.part, came.size[0]), (0, 0))
    card.paste(part_of(as_image(read_picture(made)), shown.part, came.size[0]), (0, CARD[1]))
    card.save(FOLDER / "cards" / f"{path.stem}.webp", quality=88, method=6)


def as_image(picture: Picture) -> Image.Image:
    """With 8 bits."""
    return Image.fromarray(np.rint(np.clip(picture.pixels, 0, 1) * 255).astype(np.uint8))


def film(to: Path) -> None:
    """README's: the cards, with the line between before and after moving over them."""
    gap, (width, height) = 8, CARD
    pairs = [Image.open(sample.card).convert("RGB") for sample in list_samples() if sample.card]
    size = 3 * width + 2 * gap, 2 * height + gap
    frames = []
    for share in (1 - np.cos(np.linspace(0, 2 * np.pi, 24, endpoint=False))) / 2:
        frame, line = Image.new("RGB", size, (30, 30, 30)), round(float(share) * width)
        for place, pair in enumerate(pairs):
            left, top = place % 3 * (width + gap), place // 3 * (height + gap)
            frame.paste(pair.crop((0, height, width, 2 * height)), (left, top))
            frame.paste(pair.crop((0, 0, line, height)), (left, top))
            bar = Image.new("RGB", (2, height), "white")
            frame.paste(bar, (left + min(max(line - 1, 0), width - 2), top))
        frames.append(frame)
    frames[0].save(
        to, save_all=True, append_images=frames[1:], duration=110, loop=0, quality=60, method=4
    )


def part_of(image: Image.Image, part: tuple[int, int, int], width: int) -> Image.Image:
    """A part, in pixels of a picture `width` wide, as large as a card."""
    times = image.width / width
    left, top, across = (number * times for number in part)
    box = left, top, left + across, top + across * CARD[1] / CARD[0]
    return image.resize(CARD, Image.Resampling.BICUBIC, box=box)


if __name__ == "__main__":
    (FOLDER / "cards").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        for one in ALL:
            if not sys.argv[1:] or one.file in sys.argv[1:]:
                make(one, Path(temporary))
    film(Path(__file__).with_name("samples.webp"))
