"""One evaluation: U-Net and ControlNet, guided, tile by tile, as f(x_t, t) -> prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from restorer.diffusion.tiling import Box, OnTile, split
from restorer.latent.model import LatentModel
from restorer.latent.text import Conditions

#: Tiles of latents start on multiples of this, as these networks halve their sides three times.
_GRID = 8


@dataclass(frozen=True, eq=False)
class Conditioning:
    """The conditions of the networks.

    Attributes:
        channels: (1, C, h, w) joined to the latents: mask and known latents, or a small picture.
        labels: (1,) the noise level of that small picture.
        control: (1, 3, H, W) in 0..1 for the ControlNet, in pixels.
        control_scale: how much it counts.
    """

    channels: Tensor | None = None
    labels: Tensor | None = None
    control: Tensor | None = None
    control_scale: float = 1.0


class GuidedNetwork:
    """Classifier-free guidance (Ho & Salimans, 2022) over tiles that overlap.

    Only the networks' call is split, and predictions are blended in every step
    (Bar-Tal et al., 2023, "MultiDiffusion"), so there is one picture and no seam.

    Args:
        model: U-Net, ControlNet, device.
        conditions: of the prompt; two rows are guided.
        guidance: how far from the first row, through the second.
        size: (H, W) in pixels of the picture that is made, which XL models are told.
        extras: what else the networks see.
        tile: longest side of a tile in latents, a multiple of 8.
        on_tile: told (done, total, box in latents, prediction) after each tile.
    """

    def __init__(
        self,
        model: LatentModel,
        conditions: Conditions,
        guidance: float,
        size: tuple[int, int],
        extras: Conditioning | None = None,
        *,
        tile: int = 96,
        on_tile: OnTile | None = None,
    ) -> None:
        self._model = model
        self._guidance = guidance
        self._extras = extras or Conditioning()
        self._tile = tile
        self.on_tile = on_tile
        self._states = conditions.states.to(model.device, model.dtype)
        self._added: dict[str, Tensor] | None = None
        if conditions.pooled is not None:
            times = torch.tensor([[*size, 0, 0, *size]], dtype=torch.float32)
            self._added = {
                "text_embeds": conditions.pooled.to(model.device, model.dtype),
                "time_ids": times.repeat(len(conditions.pooled), 1).to(model.device, model.dtype),
            }

    def __call__(self, x: Tensor, t: Tensor) -> Tensor:
        """The guided prediction for x (1, C, h, w) at t, float32 on the CPU."""
        height, width = x.shape[-2:]
        # a quarter shows seams where normalisation sees only the tile; half costs twice as much
        overlap = self._tile * 3 // 8 // _GRID * _GRID
        rows, columns = (split(side, self._tile, overlap, _GRID) for side in (height, width))
        total = len(rows) * len(columns)
        blended, done = torch.zeros_like(x), 0
        for row in rows:
            for column in columns:
                box = (column.start, row.start, column.stop, row.stop)
                prediction = self._evaluate(x, t, box)
                blended[_at(box)] += prediction * (row.weight[:, None] * column.weight)
                done += 1
                if self.on_tile is not None:
                    self.on_tile(done, total, box, prediction)
        return blended

    def _evaluate(self, x: Tensor, t: Tensor, box: Box) -> Tensor:
        model, extras, rows = self._model, self._extras, len(self._states)
        latents = self._sent(x[_at(box)])
        seen = latents
        if extras.channels is not None:
            seen = torch.cat([latents, self._sent(extras.channels[_at(box)])], dim=1)
        extra: dict[str, Any] = {}
        if extras.labels is not None:
            extra["class_labels"] = extras.labels.repeat(rows).to(model.device)
        networks = [net for net in (model.unet, self._controlnet) if net is not None]
        with torch.inference_mode(), model.on_device(*networks):
            if self._controlnet is not None:
                extra |= self._steered(latents, t, box)
            prediction = model.unet(
                seen,
                t.to(model.device),
                encoder_hidden_states=self._states,
                added_cond_kwargs=self._added,
                return_dict=False,
                **extra,
            )[0]
        prediction = prediction.to("cpu", torch.float32)
        if rows == 1:
            return prediction
        away, led = prediction.chunk(2)
        return away + self._guidance * (led - away)

    @property
    def _controlnet(self) -> Any:
        return None if self._extras.control is None else self._model.controlnet

    def _steered(self, latents: Tensor, t: Tensor, box: Box) -> dict[str, Any]:
        """The residuals of the ControlNet for the U-Net (Zhang et al., 2023)."""
        assert self._extras.control is not None
        n = self._model.factor
        left, top, right, bottom = (n * side for side in box)
        control = self._extras.control[..., top:bottom, left:right]
        down, mid = self._controlnet(
            latents,
            t.to(self._model.device),
            encoder_hidden_states=self._states,
            controlnet_cond=self._sent(control),
            conditioning_scale=self._extras.control_scale,
            added_cond_kwargs=self._added,
            return_dict=False,
        )
        return {"down_block_additional_residuals": down, "mid_block_additional_residual": mid}

    def _sent(self, x: Tensor) -> Tensor:
        """Move x to the device, with one copy per row of the conditions."""
        return torch.cat([x.to(self._model.device, self._model.dtype)] * len(self._states))


def _at(box: Box) -> tuple[Any, ...]:
    left, top, right, bottom = box
    return (..., slice(top, bottom), slice(left, right))
