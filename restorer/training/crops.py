"""What one training step sees: random crops, noise levels and noise.

Every step is a function of the seed and its number alone. So nothing random has to be kept in a
checkpoint, and any number of processes together see what one would have seen. Where crops are, and
how they are turned, is decided here by numpy; their pixels are gathered, scaled and given noise on
the device, a step at a time, and nothing of it waits for the device.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restorer.diffusion.schedule import LINEAR
from restorer.training.drawn import Drawing, drawing
from restorer.training.hard import PictureErrors
from restorer.training.loss import bins_of, noised, v_errors
from restorer.training.recipe import Recipe
from restorer.training.store import Store

Rng = np.random.Generator

#: Noise 5 to 75 is what pictures mostly have, 2.5 to 255 what can be restored: log-uniform there.
_RESTORING = ((0.04, 0.6), (0.02, 2.0))

#: A crop whose standard deviation (0-255) is below this is flat, and drawn again up to twice.
_FLAT = 6.0
_DRAWS = 3
#: Of a side, about so many pixels are looked at to tell.
_LOOKED_AT = 28

#: Noise of a calm example, as shares of what the network is told.
_CALM_NOISE = (0.0, 0.0, 0.25, 0.5, 0.75, 1.0)


class Batch(NamedTuple):
    """Crops with white noise.

    Attributes:
        x0: (B, 3, C, C) in [-1, 1].
        sigma: (B,).
        eps: like x0; where there is less noise than sigma says, smaller.
        picture: (B,) int64, the slot that each was cut from.
    """

    x0: Tensor
    sigma: Tensor
    eps: Tensor
    picture: Tensor

    @property
    def bins(self) -> Tensor:
        """Where in the balance each example belongs."""
        return bins_of(self.sigma)

    def ask(self, trunk: Callable[..., Tensor]) -> Tensor:
        """The v that a network says."""
        x_t = noised(self.x0, self.sigma, self.eps)
        v: Tensor = trunk(x_t.contiguous(memory_format=torch.channels_last), self.sigma)
        return v

    def errors(self, v: Tensor) -> Tensor:
        """Mean squared error of v in each example, (B,)."""
        return v_errors(v, self.x0, self.sigma, self.eps)

    def eps_errors(self, errors: Tensor) -> Tensor:
        """The same of eps."""
        return errors / (1 + self.sigma.square())


class Pool(Protocol):
    """Where crops are cut from: `pictures.Pictures`, or anything like it."""

    @property
    def store(self) -> Store: ...

    def slots(self, served: int) -> NDArray[np.int64]: ...


class Places(NamedTuple):
    """Where the scenes of a step are, `_DRAWS` proposals for each of B: arrays (B, _DRAWS).

    Pixel (i, j) of a scene is at start + i down + j right of the store, for a scale of 1.

    Attributes:
        slot: of the picture.
        start, down, right: see above; turns and flips are in them.
        scale: pixels of the picture for one of the scene, 1 to 2.
        smooth_too: whether a flat scene is kept.
        scaled: (B,), whether a scale other than 1 was drawn; those come first.
        order: (B, 3), of the colour channels.
        drawing: (B,), seeds of what is drawn over the scenes, -1 for nothing.
    """

    slot: NDArray[np.int64]
    start: NDArray[np.int64]
    down: NDArray[np.int64]
    right: NDArray[np.int64]
    scale: NDArray[np.float64]
    smooth_too: NDArray[np.bool_]
    scaled: NDArray[np.bool_]
    order: NDArray[np.int64]
    drawing: NDArray[np.int64]

    def part(self, here: slice) -> Places:
        """Of some of the scenes."""
        return Places(**{name: values[here] for name, values in self._asdict().items()})


class Scenes:
    """Square pieces of random pictures.

    Args:
        pictures: where from; their sides are at least `side`.
        recipe: seed, batch, and how often scenes are scaled, flat, or in other colours.
        side: of a scene in pixels.
        device: where they are wanted.
        difficulty: of the pictures, where the recipe goes by it.
        draw: makes what is drawn over them, of a seed and their side.
    """

    def __init__(
        self,
        pictures: Pool,
        recipe: Recipe,
        side: int,
        device: torch.device | str = "cpu",
        difficulty: PictureErrors | None = None,
        draw: Callable[[int, int], Drawing] = drawing,
    ) -> None:
        self.side = side
        self._pictures = pictures
        self._recipe = recipe
        self._difficulty = difficulty
        self._drawing = draw
        self._device = torch.device(device)

    def places(self, step: int, rng: Rng, count: int) -> Places:
        """Random ones in random pictures."""
        store, side, shape = self._pictures.store, self.side, (count, _DRAWS)
        slots = self._pictures.slots(step * self._recipe.batch)
        chances = None
        if self._difficulty is not None:
            chances = self._difficulty.chances(slots, step, self._recipe.hard)
        slot = rng.choice(slots, shape, p=chances)
        height, width, offset = store.heights[slot], store.widths[slot], store.offsets[slot]
        scaled = np.arange(count) < math.floor(self._recipe.rescale * count + rng.random())
        most = np.clip(np.minimum(height, width) / side, 1, 2)
        scale = np.where(scaled[:, None], np.minimum(most, rng.uniform(1, 2, shape)), 1.0)
        span = np.ceil(scale * side - 1e-9).astype(np.int64)
        top = (rng.random(shape) * (height - span + 1)).astype(np.int64)
        left = (rng.random(shape) * (width - span + 1)).astype(np.int64)
        turned, upside, mirrored = rng.integers(2, size=(3, count, 1))
        rows, columns = np.where(upside, -width, width), np.where(mirrored, -1, 1 + 0 * width)
        order = np.tile(np.arange(3), (count, 1))
        other = rng.random((count, 1)) < self._recipe.permute
        return Places(
            slot=slot,
            start=offset + (top + upside * (span - 1)) * width + left + mirrored * (span - 1),
            down=np.where(turned, columns, rows),
            right=np.where(turned, rows, columns),
            scale=scale,
            smooth_too=rng.random(shape) < self._recipe.smooth,
            scaled=scaled,
            order=np.where(other, rng.permuted(order, axis=1), order),
            drawing=np.where(
                rng.random(count) < self._recipe.drawn, rng.integers(1 << 62, size=count), -1
            ),
        )

    def cut(self, places: Places) -> tuple[Tensor, Tensor]:
        """Scenes (B, side, side, 3) float32 in 0..255, and the slots that they are from (B,)."""
        store, side = self._pictures.store, self.side
        integers = np.stack([places.slot, places.start, places.down, places.right])
        at = sent(integers, store.pixels.device)
        scale = sent(places.scale.astype(np.float32), store.pixels.device)
        chosen = self._lively(at, scale, places.smooth_too)
        slot, start, down, right = at.gather(2, chosen.expand(4, -1, -1)).squeeze(2)
        scale = scale.gather(1, chosen[0]).squeeze(1)
        first = int(places.scaled.sum())  # of those at scale 1
        scenes = self._sent(store.take(_grid(start[first:], down[first:], right[first:], side)))
        scenes = scenes.float()
        if first:
            most = math.ceil(float(places.scale[:first].max()) * side - 1e-9)
            wide = _grid(start[:first], down[:first], right[:first], most, scale[:first] * side)
            smaller = shrunk(self._sent(store.take(wide)), self._sent(scale[:first]), side)
            scenes = torch.cat([smaller, scenes])
        other = np.flatnonzero((places.order != np.arange(3)).any(axis=1))
        if len(other):
            rows, order = sent(other, self._device), sent(places.order[other], self._device)
            some = scenes[rows]
            scenes[rows] = some.gather(3, order[:, None, None].expand_as(some))
        self._draw(scenes, places.drawing)
        return scenes, self._sent(slot)

    def _draw(self, scenes: Tensor, seeds: NDArray[np.int64]) -> None:
        """Draw over some of the scenes."""
        chosen = np.flatnonzero(seeds >= 0)
        if not len(chosen):
            return
        drawings = [self._drawing(int(seed), self.side) for seed in seeds[chosen]]
        cover, tone, backdrop = (
            sent(np.stack(parts), self._device) for parts in zip(*drawings, strict=True)
        )
        rows = sent(chosen, self._device)
        backdrop = backdrop[:, None, None].expand(-1, self.side, self.side, -1)
        below = torch.where(backdrop.isnan(), scenes[rows], backdrop)
        scenes[rows] = below + cover[..., None] * (tone[:, None, None] - below)

    def _lively(self, at: Tensor, scale: Tensor, smooth_too: NDArray[np.bool_]) -> Tensor:
        """Which proposal to take, (1, B, 1): the first that is not flat, or kept, or the last."""
        smooth_too[:, -1] = True
        _, start, down, right = at[..., None, None]
        looked_at = torch.arange(0, self.side, max(1, self.side // _LOOKED_AT), device=at.device)
        along = (looked_at * scale[..., None]).long()
        places = start + along[..., :, None] * down + along[..., None, :] * right
        seen = self._pictures.store.take(places).float().flatten(2)
        good = (seen.std(dim=2, correction=0) >= _FLAT) | sent(smooth_too, at.device)
        return good.int().argmax(dim=1, keepdim=True)[None]

    def _sent(self, tensor: Tensor) -> Tensor:
        pinned = self._device.type == "cuda" and tensor.device.type == "cpu"
        return (tensor.pin_memory() if pinned else tensor).to(self._device, non_blocking=pinned)


def _grid(
    start: Tensor, down: Tensor, right: Tensor, span: int, real: Tensor | None = None
) -> Tensor:
    """Places of all pixels of squares (B, span, span); beyond their `real` span the last again."""
    along = torch.arange(span, device=start.device).expand(len(start), span)
    if real is not None:
        along = along.minimum((real - 1e-4).ceil().long()[:, None] - 1)
    down, right = along * down[:, None], along * right[:, None]
    return start[:, None, None] + down[:, :, None] + right[:, None, :]


def shrunk(pixels: Tensor, scale: Tensor, side: int) -> Tensor:
    """Squares made smaller by area: (B, S, S, 3) of any dtype to (B, side, side, 3) float32.

    Args:
        pixels: square n is looked at up to scale[n] * side.
        scale: (B,), 1 or more.
        side: of the result.
    """
    edges = torch.arange(pixels.shape[1], device=pixels.device)[None, None, :]
    low = torch.arange(side, device=pixels.device)[None, :, None] * scale[:, None, None]
    high = low + scale[:, None, None]
    inside = (high.minimum(edges + 1) - low.maximum(edges)).clamp_min(0)
    weights = (inside / scale[:, None, None])[:, None]
    x = weights @ pixels.permute(0, 3, 1, 2).float() @ weights.mT
    return x.permute(0, 2, 3, 1)


class Crops:
    """Batches by the number of their step, for a denoiser; arguments as of `Scenes`."""

    def __init__(
        self,
        pictures: Pool,
        recipe: Recipe,
        device: torch.device | str = "cpu",
        difficulty: PictureErrors | None = None,
        draw: Callable[[int, int], Drawing] = drawing,
    ) -> None:
        self._recipe = recipe
        self._scenes = [
            Scenes(pictures, recipe, recipe.shape(late)[1], device, difficulty, draw)
            for late in (False, True)
        ]
        self._device = torch.device(device)

    def batch(self, step: int, part: int = 0, parts: int = 1, late: bool = False) -> Batch:
        """Examples of a step: all of them, or part 0 ... parts - 1 of as many equal parts.

        Args:
            step: its number.
            part, parts: see above.
            late: whether crops have the size that they have towards the end.

        Raises:
            BadInput: if no picture can be used.
        """
        recipe, (count, side) = self._recipe, self._recipe.shape(late)
        here = slice(part * count // parts, (part + 1) * count // parts)
        rng = np.random.default_rng([recipe.seed, step])
        scenes = self._scenes[late]
        places = scenes.places(step, rng, count)
        sigma = draw_sigmas(rng, count, recipe.levels)
        pixels, picture = scenes.cut(places.part(here))
        x0 = pixels / 127.5 - 1
        source = generator(recipe.seed, step, self._device)
        shape = count, side, side, 3
        eps = torch.randn(shape, generator=source, device=self._device)[here]
        self._make_calm(x0, eps, *_calm_ones(rng, count, recipe.calm, here))
        return Batch(
            x0.permute(0, 3, 1, 2),
            sent(sigma[here], self._device),
            eps.permute(0, 3, 1, 2),
            picture,
        )

    def _make_calm(
        self, x0: Tensor, eps: Tensor, chosen: NDArray[np.int64], numbers: NDArray[np.float32]
    ) -> None:
        """Make the chosen examples calm, with numbers of `_calm_ones`."""
        if not len(chosen):
            return
        rows, values = sent(chosen, self._device), sent(numbers, self._device)[:, None, None]
        across = torch.linspace(-1, 1, x0.shape[1], device=self._device)
        shade = values[..., 3:4] * across[:, None, None] + values[..., 4:5] * across[:, None]
        x0[rows] = (values[..., :3] + shade).clamp(-1, 1)
        eps[rows] *= values[..., 5:]


def _calm_ones(
    rng: Rng, count: int, share: float, here: slice
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Which of the examples `here` are calm, and for each three tones, two slopes, its noise.

    They are one colour, half of them grey, half of them shaded towards one side.
    """
    calm = rng.random(count) < share
    tone = rng.uniform(-1, 1, (count, 3))
    tone = np.where(rng.random((count, 1)) < 0.5, tone, tone[:, :1])
    depth = rng.uniform(0, 0.2, count) * (rng.random(count) < 0.5)
    angle = rng.uniform(0, 2 * math.pi, count)
    slopes = depth[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    noise = rng.choice(_CALM_NOISE, (count, 1))
    numbers = np.concatenate([tone, slopes, noise], axis=1).astype(np.float32)[here]
    chosen = np.flatnonzero(calm[here])
    return chosen, numbers[chosen]


def draw_sigmas(rng: Rng, count: int, levels: tuple[float, float]) -> NDArray[np.float32]:
    """Noise levels (count,): mostly such as pictures have, else any t of the linear schedule.

    Args:
        rng: chance.
        count: how many.
        levels: shares at noise 5 to 75, and 2.5 to 255.
    """
    lot, place = rng.random((2, count))
    any_t = LINEAR.sigmas
    sigma = any_t[(place * len(any_t)).astype(int)]
    first, second = levels
    for (low, high), within in zip(
        _RESTORING, (lot < first, (lot >= first) & (lot < first + second)), strict=True
    ):
        sigma = np.where(within, np.exp(math.log(low) + place * math.log(high / low)), sigma)
    return sigma.astype(np.float32)


def generator(seed: int, step: int, device: torch.device) -> torch.Generator:
    """The noise of a step, whenever it is asked for."""
    state = np.random.SeedSequence([seed, step, 1]).generate_state(1, np.uint64)
    return torch.Generator(device).manual_seed(int(state[0] >> 1))


def sent(values: NDArray[Any], device: torch.device) -> Tensor:
    """An array on a device, without waiting for it."""
    tensor = torch.from_numpy(values)
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
