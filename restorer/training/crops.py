"""The examples of a training step: random crops, noise levels and noise.

Each step depends only on the seed and its number. So a checkpoint holds no random state, and any
number of processes together see the same examples as one. numpy chooses positions and orientations
of the crops; the device gathers and scales their pixels and adds noise, a step at a time, without
making the CPU wait.
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
from restorer.training.loss import add_noise, bins_of, v_errors
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
        eps: like x0; smaller where an example has less noise than its sigma says.
        picture: (B,) int64, the slot of the picture of each crop.
    """

    x0: Tensor
    sigma: Tensor
    eps: Tensor
    picture: Tensor

    @property
    def bins(self) -> Tensor:
        """(B,), the bins of the examples in the balance."""
        return bins_of(self.sigma)

    def predict(self, trunk: Callable[..., Tensor]) -> Tensor:
        """The network's prediction of v, (B, 3, C, C)."""
        x_t = add_noise(self.x0, self.sigma, self.eps)
        v: Tensor = trunk(x_t.contiguous(memory_format=torch.channels_last), self.sigma)
        return v

    def errors(self, v: Tensor) -> Tensor:
        """Mean squared error of v in each example, (B,)."""
        return v_errors(v, self.x0, self.sigma, self.eps)

    def eps_errors(self, errors: Tensor) -> Tensor:
        """Mean squared error of eps in each example, (B,)."""
        return errors / (1 + self.sigma.square())


class Pool(Protocol):
    """The source of crops: `pictures.Pictures`, or anything like it."""

    @property
    def store(self) -> Store: ...

    def slots(self, served: int) -> NDArray[np.int64]: ...


class Places(NamedTuple):
    """Positions of the scenes of a step, `_DRAWS` proposals for each of B: arrays (B, _DRAWS).

    Pixel (i, j) of a scene is at start + i down + j right of the store, for a scale of 1.

    Attributes:
        slot: of the picture.
        start, down, right: see above; they include rotation and flipping.
        scale: pixels of the picture for one of the scene, 1 to 2.
        smooth_too: whether the scene is kept even if it is flat.
        scaled: (B,), whether a scale other than 1 was drawn; those come first.
        order: (B, 3), of the colour channels.
        drawing: (B,), seeds of the drawings over the scenes, -1 for none.
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
        """The positions of some of the scenes."""
        return Places(**{name: values[here] for name, values in self._asdict().items()})


class Scenes:
    """Square pieces of random pictures.

    Args:
        pictures: their source; no side is below `side`.
        recipe: seed, batch size, and how often scenes are scaled, flat or recoloured.
        side: side of a scene in pixels.
        device: device of the result.
        difficulty: errors of the pictures, if the recipe prefers difficult ones.
        draw: makes a drawing over a scene, from a seed and the side.
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
        """Choose random positions in random pictures."""
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
        """Scenes (B, side, side, 3) float32 in 0..255, and the slots of their pictures (B,)."""
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
        """Index of the proposal to take, (1, B, 1): the first that is not flat, or may be."""
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
    """Positions of all pixels of squares (B, span, span); the last one repeats beyond `real`."""
    along = torch.arange(span, device=start.device).expand(len(start), span)
    if real is not None:
        along = along.minimum((real - 1e-4).ceil().long()[:, None] - 1)
    down, right = along * down[:, None], along * right[:, None]
    return start[:, None, None] + down[:, :, None] + right[:, None, :]


def shrunk(pixels: Tensor, scale: Tensor, side: int) -> Tensor:
    """Reduce squares by area averaging: (B, S, S, 3) of any dtype to (B, side, side, 3) float32.

    Args:
        pixels: of square n, the first scale[n] * side rows and columns count.
        scale: (B,), 1 or more.
        side: side of the result, in pixels.
    """
    edges = torch.arange(pixels.shape[1], device=pixels.device)[None, None, :]
    low = torch.arange(side, device=pixels.device)[None, :, None] * scale[:, None, None]
    high = low + scale[:, None, None]
    inside = (high.minimum(edges + 1) - low.maximum(edges)).clamp_min(0)
    weights = (inside / scale[:, None, None])[:, None]
    x = weights @ pixels.permute(0, 3, 1, 2).float() @ weights.mT
    return x.permute(0, 2, 3, 1)


class Crops:
    """Makes the batch of a step, from its number, for a denoiser; arguments as of `Scenes`."""

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
        """Make the examples of a step: all, or part `part` (from 0) of `parts` equal parts.

        Args:
            step: number of the step.
            part, parts: see above.
            late: whether crops have the late size of the recipe.

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
    """Choose calm examples among `here`; each gets three tones, two slopes and its noise.

    A calm example is one colour; half of them are grey, half are shaded towards one side.
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
    """Draw sigmas (count,): mostly levels that pictures have, else any t of the linear schedule.

    Args:
        rng: the generator to draw from.
        count: number of sigmas.
        levels: shares with noise 5 to 75 and 2.5 to 255 (0-255 scale).
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
    """The generator of a step's noise, always in the same state."""
    state = np.random.SeedSequence([seed, step, 1]).generate_state(1, np.uint64)
    return torch.Generator(device).manual_seed(int(state[0] >> 1))


def sent(values: NDArray[Any], device: torch.device) -> Tensor:
    """Send an array to a device without waiting for it."""
    tensor = torch.from_numpy(values)
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
