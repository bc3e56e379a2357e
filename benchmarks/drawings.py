"""Makes pictures that people or machines draw and print, without noise, each kind from a seed.

All are (H, W, 3) with 8 bits. Those that are named after a photograph are made from one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

Bytes = NDArray[np.uint8]
Colour = tuple[int, int, int]
WIDTH, HEIGHT = 384, 288
BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16
WORDS = [
    "Noise",
    "level",
    "of",
    "a",
    "picture",
    "is",
    "measured",
    "blind;",
    "what",
    "is",
    "drawn",
    "is",
    "left",
    "as",
    "it",
    "was",
    "0123",
    "%",
]


def colour(rng: np.random.Generator) -> Colour:
    red, green, blue = (int(v) for v in rng.integers(0, 256, 3))
    return red, green, blue


def canvas(rng: np.random.Generator, scale: int = 1) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (WIDTH * scale, HEIGHT * scale), colour(rng))
    return image, ImageDraw.Draw(image)


def small(image: Image.Image, scale: int) -> Bytes:
    return np.asarray(image.reduce(scale) if scale > 1 else image, np.uint8)


def shapes(rng: np.random.Generator, scale: int, outline: bool = True) -> Bytes:
    image, draw = canvas(rng, scale)
    for _ in range(int(rng.integers(8, 40))):
        (x0, y0), (x1, y1) = rng.integers(-40, 400, (2, 2)) * scale
        box = [min(x0, x1), min(y0, y1), max(x0, x1) + 1, max(y0, y1) + 1]
        line = {"outline": (0, 0, 0), "width": int(rng.integers(1, 4)) * scale} if outline else {}
        kind = rng.integers(3)
        if kind == 0:
            draw.ellipse(box, fill=colour(rng), **line)
        elif kind == 1:
            draw.rectangle(box, fill=colour(rng), **line)
        else:
            points = (rng.integers(-40, 400, (5, 2)) * scale).ravel().tolist()
            draw.polygon(points, fill=colour(rng), **line)
    return small(image, scale)


def cartoon(rng: np.random.Generator) -> Bytes:
    return shapes(rng, 1)


def smooth_cartoon(rng: np.random.Generator) -> Bytes:
    return shapes(rng, 4)


def shaded(rng: np.random.Generator) -> Bytes:
    """Shapes filled with gradients, edges smoothed."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / WIDTH
    picture = np.zeros((HEIGHT, WIDTH, 3))
    for index in range(int(rng.integers(5, 20))):
        mask = Image.new("L", (WIDTH * 4, HEIGHT * 4))
        (x0, y0), (x1, y1) = rng.integers(-40, 400, (2, 2)) * 4
        box = [min(x0, x1), min(y0, y1), max(x0, x1) + 1, max(y0, y1) + 1]
        ImageDraw.Draw(mask).ellipse(box if index else [-999, -999, 9999, 9999], fill=255)
        cover = np.asarray(mask.reduce(4), np.float64)[..., None] / 255
        angle, base = rng.uniform(0, 7), np.array(colour(rng))
        ramp = (x * np.cos(angle) + y * np.sin(angle))[..., None] * rng.uniform(-150, 150, 3)
        picture += cover * (base + ramp - picture)
    return np.uint8(np.clip(np.rint(picture), 0, 255))


def gradient(rng: np.random.Generator) -> Bytes:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / WIDTH
    centre = rng.uniform(0, 1, 2)
    place = [x, y, x + y, np.hypot(x - centre[0], y - centre[1])][rng.integers(4)][..., None]
    first, last = np.array(colour(rng)), np.array(colour(rng))
    return np.uint8(np.clip(np.rint(first + (last - first) * place), 0, 255))


def pixel_art(rng: np.random.Generator) -> Bytes:
    """A mirrored sprite and tiles, each pixel made a square."""
    side = int(rng.choice([2, 3, 4, 6, 8]))
    rows, columns = HEIGHT // side, WIDTH // side
    palette = rng.integers(0, 256, (int(rng.integers(3, 24)), 3))
    field = gaussian_filter(rng.standard_normal((rows, columns)), rng.uniform(0.4, 3))
    ranks = np.digitize(field, np.quantile(field, np.linspace(0, 1, len(palette) + 1)[1:-1]))
    half = ranks[:, : columns // 2]
    sprite = palette[np.concatenate([half, half[:, ::-1]], axis=1)]
    return np.uint8(sprite.repeat(side, 0).repeat(side, 1))


def hatching(rng: np.random.Generator) -> Bytes:
    """Fields of parallel lines of ink on paper, like an engraving."""
    scale = int(rng.choice([1, 3]))
    image = Image.new("RGB", (WIDTH * scale, HEIGHT * scale), (255, 255, 255))
    for _ in range(int(rng.integers(4, 12))):
        lines = Image.new("L", image.size)
        draw = ImageDraw.Draw(lines)
        angle, gap = rng.uniform(0, np.pi), int(rng.integers(3, 12)) * scale
        along = np.array([np.cos(angle), np.sin(angle)]) * 900 * scale
        across = np.array([-np.sin(angle), np.cos(angle)])
        width = int(rng.integers(1, max(2, gap // scale - 1))) * scale
        for k in range(-600 * scale, 600 * scale, gap):
            ends = [*(across * k - along), *(across * k + along)]
            draw.line(ends, 255, width)
        where = Image.new("L", image.size)
        box = np.sort(rng.integers(-40, 420, (2, 2)) * scale, axis=0).ravel().tolist()
        ImageDraw.Draw(where).ellipse(box, fill=255)
        both = np.minimum(np.asarray(lines), np.asarray(where))
        image.paste((0, 0, 0), mask=Image.fromarray(both))
    return small(image, scale)


def modules(rng: np.random.Generator) -> Bytes:
    """A QR code, more or less: random squares, three finders, a quiet border."""
    count, side = int(rng.integers(21, 60)), int(rng.integers(2, 9))
    grid = rng.random((count, count)) < 0.5
    ring = np.ones((7, 7), bool)
    ring[1:6, 1:6] = False
    ring[2:5, 2:5] = True
    for rows, columns in (
        (slice(7), slice(7)),
        (slice(7), slice(-7, None)),
        (slice(-7, None), slice(7)),
    ):
        grid[rows, columns] = ring
    page = np.pad(grid, 4)
    return np.uint8(255 * (1 - page.repeat(side, 0).repeat(side, 1)[..., None].repeat(3, 2)))


def bar_code(rng: np.random.Generator) -> Bytes:
    bars = (rng.random(WIDTH // 3) < 0.5).repeat(3)[None, :].repeat(HEIGHT // 2, 0)
    page = np.pad(~bars, ((HEIGHT // 4, HEIGHT // 4), (20, 20)), constant_values=True)
    image = Image.fromarray(np.uint8(255 * page)).convert("RGB")
    if rng.random() < 0.5:
        image = image.rotate(rng.uniform(-20, 20), Image.Resampling.BICUBIC, fillcolor=(255,) * 3)
    return np.asarray(image)


def page(rng: np.random.Generator, scale: int, dark: bool) -> Image.Image:
    """Lines of text, some in boxes."""
    paper, ink = ((28, 30, 38), (220, 222, 228)) if dark else ((255, 255, 255), (20, 20, 24))
    image = Image.new("RGB", (WIDTH * scale, HEIGHT), paper)
    draw = ImageDraw.Draw(image)
    y = 4
    while y < HEIGHT:
        size = int(rng.choice([9, 11, 13, 16, 22]))
        font = ImageFont.load_default(size)
        text = " ".join(rng.choice(WORDS, 16))
        strip = Image.new("RGB", (WIDTH * 2, size + 8), paper)
        colours = colour(rng) if rng.random() < 0.2 else paper
        if rng.random() < 0.2:
            draw.rectangle([0, y, WIDTH * scale, y + size + 6], fill=colours)
            strip.paste(colours, (0, 0, *strip.size))
        ImageDraw.Draw(strip).text((6, 2), text, ink, font)
        image.paste(strip.resize((WIDTH * 2 * scale, size + 8), Image.Resampling.BILINEAR), (0, y))
        y += size + 8
    return image


def text(rng: np.random.Generator) -> Bytes:
    return np.asarray(page(rng, 1, bool(rng.integers(2))))


def sub_pixel_text(rng: np.random.Generator) -> Bytes:
    """As ClearType draws it: red, green and blue a third of a pixel apart."""
    wide = np.asarray(page(rng, 3, bool(rng.integers(2))), np.float64)
    wide = gaussian_filter(wide, (0, 0.8, 0))
    return np.uint8(np.stack([wide[:, k::3, k] for k in range(3)], axis=2))


def map_(rng: np.random.Generator) -> Bytes:
    """Regions with borders, roads and names."""
    scale = int(rng.choice([1, 3]))
    seeds = rng.uniform(0, 1, (25, 2)) * (HEIGHT * scale, WIDTH * scale)
    y, x = np.mgrid[0 : HEIGHT * scale, 0 : WIDTH * scale]
    nearest = np.argmin([(y - a) ** 2 + (x - b) ** 2 for a, b in seeds], axis=0)
    image = Image.fromarray(np.uint8(rng.integers(120, 256, (25, 3)))[nearest])
    draw = ImageDraw.Draw(image)
    for _ in range(15):
        points = rng.uniform(0, 1, (6, 2)) * (WIDTH * scale, HEIGHT * scale)
        draw.line(points.ravel().tolist(), colour(rng), int(rng.integers(1, 4)) * scale)
    for word in rng.choice(WORDS, 20):
        where = rng.uniform(0, 1, 2) * (WIDTH * scale, HEIGHT * scale)
        draw.text(tuple(where), str(word), (0, 0, 0), ImageFont.load_default(10 * scale))
    return small(image, scale)


def chart(rng: np.random.Generator) -> Bytes:
    scale = int(rng.choice([1, 3]))
    image = Image.new("RGB", (WIDTH * scale, HEIGHT * scale), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    for k in range(0, WIDTH, 24):
        draw.line([k * scale, 0, k * scale, HEIGHT * scale], (220, 220, 220), scale)
        draw.line([0, k * scale, WIDTH * scale, k * scale], (220, 220, 220), scale)
    for _ in range(4):
        walk = HEIGHT / 2 + np.cumsum(rng.standard_normal(WIDTH // 3)) * 8
        points = np.stack([np.arange(WIDTH // 3) * 3, walk], axis=1) * scale
        draw.line(points.ravel().tolist(), colour(rng), 2 * scale)
    dots = rng.normal(0.5, 0.2, (300, 2)) * (WIDTH * scale, HEIGHT * scale)
    for x, y in dots:
        draw.ellipse([x - 2 * scale, y - 2 * scale, x + 2 * scale, y + 2 * scale], colour(rng))
    return small(image, scale)


def fractal(rng: np.random.Generator) -> Bytes:
    x0, y0, span = (-0.745, 0.113, rng.uniform(0.01, 0.3))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / WIDTH
    c = (x0 + span * (x - 0.5)) + 1j * (y0 + span * (y - 0.4))
    z, steps = np.zeros_like(c), np.zeros(c.shape, int)
    for _ in range(80):
        inside = np.abs(z) < 2
        z[inside] = z[inside] ** 2 + c[inside]
        steps += inside
    return np.uint8(rng.integers(0, 256, (81, 3)))[steps]


def zone_plate(rng: np.random.Generator) -> Bytes:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] - np.array([HEIGHT, WIDTH]).reshape(2, 1, 1) / 2
    wave = 127.5 + 127 * np.cos((x**2 + y**2) / rng.uniform(60, 200))
    return np.uint8(np.rint(wave))[..., None].repeat(3, 2)


def checks(rng: np.random.Generator) -> Bytes:
    side = int(rng.integers(1, 6))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] // side
    return np.uint8([colour(rng), colour(rng)])[(x + y) % 2]


def spheres(rng: np.random.Generator) -> Bytes:
    """Lit balls over a gradient, as a renderer makes them."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    picture = np.array([200, 210, 230]) - (y / 3)[..., None]
    for _ in range(12):
        cx, cy, r = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(15, 70)
        d = np.hypot(x - cx, y - cy)
        height = np.sqrt(np.maximum(r**2 - d**2, 0)) / r
        light = np.clip(0.3 + 0.7 * (0.5 * (cx - x) / r + 0.4 * (cy - y) / r + 0.7 * height), 0, 1)
        cover = np.clip(r - d, 0, 1)[..., None]
        picture += cover * (np.array(colour(rng)) * light[..., None] - picture)
    return np.uint8(np.clip(np.rint(picture), 0, 255))


# Of a photograph.


def one_bit(photo: Bytes, rng: np.random.Generator) -> Bytes:
    return np.asarray(Image.fromarray(photo).convert("1").convert("RGB"))


def colour_diffused(photo: Bytes, rng: np.random.Generator) -> Bytes:
    """Floyd-Steinberg in each channel: eight colours."""
    bands = [band.convert("1").convert("L") for band in Image.fromarray(photo).split()]
    return np.asarray(Image.merge("RGB", bands))


def ordered(photo: Bytes, rng: np.random.Generator) -> Bytes:
    """Bayer's matrix, to a few levels, in grey or colour."""
    levels = int(rng.choice([2, 2, 4, 6]))
    picture = photo.astype(np.float64)
    if rng.random() < 0.5:
        picture = picture.mean(axis=2, keepdims=True).repeat(3, 2)
    height, width = photo.shape[:2]
    tiled = np.tile(BAYER, (height // 4 + 1, width // 4 + 1))[:height, :width, None]
    steps = np.floor(picture / 255 * (levels - 1) + tiled + 1 / 32)
    return np.uint8(np.clip(np.rint(steps * 255 / (levels - 1)), 0, 255))


def random_threshold(photo: Bytes, rng: np.random.Generator) -> Bytes:
    grey = photo.mean(axis=2) > rng.uniform(0, 255, photo.shape[:2])
    return np.uint8(255 * grey)[..., None].repeat(3, 2)


def screen(grey: NDArray[np.float64], angle: float, pitch: float, factor: int) -> Bytes:
    """Dots that grow with darkness, smoothed by averaging factor x factor."""
    large = grey.repeat(factor, 0).repeat(factor, 1)
    y, x = np.mgrid[0 : large.shape[0], 0 : large.shape[1]] / (pitch * factor) * 2 * np.pi
    u, v = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    dots = np.uint8(255 * (large / 255 > 0.5 + 0.25 * (np.cos(u) + np.cos(v)) * 0.98))
    shape = (grey.shape[0], factor, grey.shape[1], factor)
    return np.uint8(dots.reshape(shape).mean(axis=(1, 3)))


def halftone(photo: Bytes, rng: np.random.Generator) -> Bytes:
    grey = photo.mean(axis=2)
    made = screen(grey, rng.uniform(0, 1.5), rng.uniform(3, 9), int(rng.choice([1, 3])))
    return made[..., None].repeat(3, 2)


def colour_halftone(photo: Bytes, rng: np.random.Generator) -> Bytes:
    factor, pitch = int(rng.choice([1, 3])), rng.uniform(3, 8)
    angles = np.deg2rad([15, 75, 0])
    bands = [screen(photo[..., k].astype(float), angles[k], pitch, factor) for k in range(3)]
    return np.stack(bands, axis=2)


def palette(photo: Bytes, rng: np.random.Generator) -> Bytes:
    count, dither = int(rng.choice([256, 64, 16])), int(rng.choice([0, 3]))
    image = Image.fromarray(photo)
    few = image.quantize(count)
    if dither:
        few = image.quantize(palette=few, dither=Image.Dither.FLOYDSTEINBERG)
    return np.asarray(few.convert("RGB"))


def web_palette(photo: Bytes, rng: np.random.Generator) -> Bytes:
    return np.asarray(Image.fromarray(photo).convert("P").convert("RGB"))


def grey_palette(photo: Bytes, rng: np.random.Generator) -> Bytes:
    levels = int(rng.choice([4, 8, 16]))
    few = np.rint(photo.mean(axis=2) / 255 * (levels - 1)) * (255 / (levels - 1))
    return np.uint8(few)[..., None].repeat(3, 2)


def posterised(photo: Bytes, rng: np.random.Generator) -> Bytes:
    levels = int(rng.choice([4, 6, 8]))
    return np.uint8(np.rint(np.rint(photo / 255 * (levels - 1)) * 255 / (levels - 1)))


def blocky(photo: Bytes, rng: np.random.Generator) -> Bytes:
    """A photograph as pixel art: few large pixels of few colours."""
    side = int(rng.choice([3, 4, 6]))
    few = Image.fromarray(photo).reduce(side).quantize(int(rng.choice([8, 16, 32])))
    return np.asarray(few.convert("RGB")).repeat(side, 0).repeat(side, 1)


DRAWN: dict[str, Callable[[np.random.Generator], Bytes]] = {
    "cartoon": cartoon,
    "cartoon, smooth edges": smooth_cartoon,
    "shaded shapes": shaded,
    "gradient": gradient,
    "pixel art": pixel_art,
    "hatching": hatching,
    "QR code": modules,
    "bar code": bar_code,
    "text": text,
    "sub-pixel text": sub_pixel_text,
    "map": map_,
    "chart": chart,
    "fractal": fractal,
    "zone plate": zone_plate,
    "checks": checks,
    "spheres": spheres,
}
OF_PHOTOS: dict[str, Callable[[Bytes, np.random.Generator], Bytes]] = {
    "one bit": one_bit,
    "one bit a channel": colour_diffused,
    "ordered dither": ordered,
    "random threshold": random_threshold,
    "halftone": halftone,
    "colour halftone": colour_halftone,
    "palette": palette,
    "web palette": web_palette,
    "grey palette": grey_palette,
    "posterised": posterised,
    "pixelated": blocky,
}
