"""How well a picture fits words: CLIP (Radford et al., 2021), differentiable in the picture."""

from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from restorer.errors import ModelRefused
from restorer.latent import walk
from restorer.latent.load import libraries, load_part, load_tokenizer
from restorer.latent.standard_shapes import write_tokenizer

#: Of the pictures that CLIP was trained on, if its folder does not say otherwise.
_MEAN, _DEVIATION = (0.4815, 0.4578, 0.4082), (0.2686, 0.2613, 0.2758)

#: A long picture is looked at in so many views at most.
_VIEWS = 4


class Clip:
    """Both encoders, float32 and frozen.

    Args:
        network: a `CLIPModel`.
        tokenizer: its `CLIPTokenizer`.
        mean, deviation: of red, green and blue in 0..1, taken off before it looks.
    """

    def __init__(
        self,
        network: Any,
        tokenizer: Any,
        mean: tuple[float, ...] = _MEAN,
        deviation: tuple[float, ...] = _DEVIATION,
    ) -> None:
        self.network, self.tokenizer = network.eval().requires_grad_(False), tokenizer
        self._mean, self._deviation = (
            torch.tensor(values).reshape(1, 3, 1, 1) for values in (mean, deviation)
        )

    @property
    def scale(self) -> float:
        """The factor from a similarity to log p(words | picture), up to a constant."""
        return float(self.network.logit_scale.exp())

    def words(self, text: str) -> Tensor:
        """The embedding of a text, (D,), of length 1; a text that is too long is cut."""
        tokens = self.tokenizer(
            text,
            truncation=True,
            max_length=self.network.config.text_config.max_position_embeddings,
            return_tensors="pt",
        )
        with torch.no_grad():
            pooled = self.network.text_model(
                input_ids=tokens.input_ids.to(self.network.device)
            ).pooler_output
            return F.normalize(self.network.text_projection(pooled)[0], dim=0)

    def similarity(self, x: Tensor, words: Tensor) -> Tensor:
        """Cosine between pictures and a text, (B,), the mean over views of a long picture.

        Args:
            x: (B, 3, H, W), clean pictures in [-1, 1].
            words: as from `words`.
        """
        side = self.network.config.vision_config.image_size
        like = self.network.visual_projection.weight
        seen = views(x.to(like), side)
        mean, deviation = self._mean.to(like), self._deviation.to(like)
        pooled = self.network.vision_model(
            pixel_values=(seen / 2 + 0.5 - mean) / deviation
        ).pooler_output
        cosines = F.normalize(self.network.visual_projection(pooled), dim=1) @ words.to(like)
        return cosines.reshape(-1, len(x)).mean(dim=0).to(x.device)


def views(x: Tensor, side: int) -> Tensor:
    """Squares side by side that cover a picture, (views B, 3, side, side)."""
    short, long = sorted(x.shape[-2:])
    length = max(short, math.ceil(long / _VIEWS))
    count = math.ceil(long / length)
    axis = -1 if x.shape[-1] == long else -2
    starts = [round(n * (long - length) / max(count - 1, 1)) for n in range(count)]
    crops = [x.narrow(axis, start, length) for start in starts]
    resized = [F.interpolate(c, (side, side), mode="bicubic", antialias=True) for c in crops]
    return torch.cat(resized)


def load_clip(folder: Path, device: torch.device) -> Clip:
    """CLIP from a folder as transformers saves it; without a vocabulary it reads with ours.

    Raises:
        ModelRefused: if transformers is missing, or the folder is damaged or not complete.
    """
    _, transformers = libraries()
    weights = walk.weights(folder, "", walk.TRANSFORMERS)
    if weights is None:
        raise ModelRefused("“{name}” is damaged or not complete.", name=folder.name)
    network = load_part(
        transformers.CLIPModel,
        walk.clip_config(folder),
        weights,
        torch.float32,
        said=f"“{folder.name}”",
        name="dtype",
    ).to(device)
    if any(walk.find(folder, name) for name in ("vocab.json", "tokenizer.json")):
        tokenizer = load_tokenizer(transformers, folder, "")
    else:
        with TemporaryDirectory() as own:
            write_tokenizer(Path(own))
            tokenizer = load_tokenizer(transformers, Path(own), "")
    if len(tokenizer) > network.config.text_config.vocab_size:
        raise ModelRefused("“{name}” does not know all words of its tokenizer.", name=folder.name)
    return Clip(network, tokenizer, *_colours(folder))


def _colours(folder: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation that the folder asks for."""
    try:
        config = walk.read_config(folder, "preprocessor_config.json")
        mean, deviation = (tuple(map(float, config[f"image_{name}"])) for name in ("mean", "std"))
    except (ModelRefused, ValueError, KeyError, TypeError):
        return _MEAN, _DEVIATION
    if len(mean) != 3 or len(deviation) != 3 or not all(deviation):
        return _MEAN, _DEVIATION
    return mean, deviation
