"""A Stable-Diffusion-type model in parts: text encoders, U-Net, VAE, schedule.

Rombach et al. (2022), "High-Resolution Image Synthesis with Latent Diffusion Models"; two text
encoders for the XL kind (Podell et al., 2023). States stay on the CPU in float32; only the
networks live on the device, and with little memory there only while they work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from restorer.diffusion.scales import PredictionType
from restorer.diffusion.schedule import Schedule
from restorer.latent.memory import MemorySavings
from restorer.latent.preview import LinearPreview, fit


@dataclass(frozen=True, eq=False)
class TextEncoder:
    """A CLIP tokenizer and the encoder that reads its tokens."""

    tokenizer: Any
    encoder: nn.Module


@dataclass(eq=False)
class LatentModel:
    """A loaded latent model.

    Attributes:
        unet: a `UNet2DConditionModel`.
        vae: an `AutoencoderKL`.
        texts: one encoder (SD 1 and 2) or two (XL).
        scheduler: the configuration of the model's own scheduler; its betas are the schedule.
        low_res: the same for the noise put on the small picture (upscalers).
        tiny_vae: an `AutoencoderTiny` for quick looks, or None.
        controlnet: a `ControlNetModel`, or None; `use_controlnet` takes another one.
        zero_negative: an empty negative prompt is zeros, not the encoding of "" (XL).
        device, dtype: where and how precisely the networks compute.
        vae_dtype: of the VAE, which overflows in float16 for some models.
        offload: networks are on the device only while they work.
    """

    unet: Any
    vae: Any
    texts: tuple[TextEncoder, ...]
    scheduler: Mapping[str, Any]
    low_res: Mapping[str, Any] | None = None
    tiny_vae: Any = None
    controlnet: Any = None
    zero_negative: bool = False
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    dtype: torch.dtype = torch.float32
    vae_dtype: torch.dtype = torch.float32
    offload: bool = False
    _sliced: bool = False
    _leaders: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in self.parts:
            part.eval().requires_grad_(False)
            part.to("cpu" if self.offload else self.device)

    @property
    def parts(self) -> list[nn.Module]:
        """All networks."""
        small = [part for part in (self.tiny_vae, self.controlnet) if part is not None]
        return [self.unet, self.vae, *(text.encoder for text in self.texts), *small]

    @property
    def precision(self) -> str:
        """How precisely it computes, in short: "float32", "bfloat16", "float16"."""
        return str(self.dtype).removeprefix("torch.")

    @property
    def channels(self) -> int:
        """Of the latents: 4 for all of this kind."""
        return int(self.vae.config.latent_channels)

    @property
    def fills(self) -> bool:
        """The U-Net also gets the mask and the masked picture (9 channels)."""
        return int(self.unet.config.in_channels) == 2 * self.channels + 1

    @property
    def enlarges(self) -> bool:
        """The U-Net also gets the small picture (7 channels)."""
        return int(self.unet.config.in_channels) == self.channels + 3

    @property
    def two_texts(self) -> bool:
        """XL: it has two text encoders, and the picture's sizes as conditions."""
        return len(self.texts) == 2

    @property
    def prediction(self) -> PredictionType:
        """What the U-Net predicts."""
        kind: PredictionType = self.scheduler.get("prediction_type", "epsilon")
        return kind

    @property
    def factor(self) -> int:
        """Pixels to a latent, along each side."""
        return int(2 ** (len(self.vae.config.block_out_channels) - 1))

    @cached_property
    def schedule(self) -> Schedule:
        """The noise schedule that the model was trained on."""
        from restorer.diffusion.library import diffusers

        betas = diffusers.DDPMScheduler.from_config(self.scheduler).betas
        return Schedule(betas.double().clamp(max=1 - 1e-8).numpy())

    @cached_property
    def preview(self) -> LinearPreview:
        """The linear preview of latents, fitted once to the model's own VAE."""
        return fit(self.encode, self.factor)

    def use_controlnet(self, name: str, load: Callable[[], Any]) -> None:
        """Use this ControlNet from now on, "" for its own; loads it if necessary."""
        if not self._leaders:
            self._leaders[""] = self.controlnet
        if name not in self._leaders:
            leader = load().eval().requires_grad_(False)
            self._leaders = {"": self._leaders[""], name: leader}  # one besides its own
            leader.to("cpu" if self.offload else self.device)
        self.controlnet = self._leaders[name]

    def save_memory(self, savings: MemorySavings) -> None:
        """Apply the savings of memory."""
        self.vae.enable_tiling() if savings.tile_vae else self.vae.disable_tiling()
        if savings.slice_attention != self._sliced:
            self._sliced = savings.slice_attention
            if self._sliced:
                self.unet.set_attention_slice("auto")
            else:
                self.unet.set_default_attn_processor()

    @contextmanager
    def on_device(self, *networks: nn.Module) -> Iterator[None]:
        """Keep networks on the device inside this context."""
        for network in networks:
            network.to(self.device)
        try:
            yield
        finally:
            if self.offload:
                for network in networks:
                    network.to("cpu")

    def encode(self, pixels: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """(1, 3, H, W) in -1..1 to latents (1, C, H / factor, W / factor), float32 on the CPU.

        With a generator a draw from the encoder's Gaussian, without one its mean.
        """
        with torch.inference_mode(), self.on_device(self.vae):
            gaussian = self.vae.encode(pixels.to(self.device, self.vae_dtype)).latent_dist
            latents = gaussian.mode() if generator is None else gaussian.sample(generator)
        latents = latents.to("cpu", torch.float32)
        mean, std = self._statistics()
        return (latents - mean) * (self.vae.config.scaling_factor / std)

    def decode(self, latents: Tensor) -> Tensor:
        """Latents to pixels (1, 3, H, W) in about -1..1, float32 on the CPU."""
        mean, std = self._statistics()
        latents = latents * (std / self.vae.config.scaling_factor) + mean
        with torch.inference_mode(), self.on_device(self.vae):
            pixels = self.vae.decode(latents.to(self.device, self.vae_dtype)).sample
        return pixels.to("cpu", torch.float32)

    def decode_preview(self, latents: Tensor) -> Tensor | None:
        """As `decode`, by the tiny VAE; None if there is none."""
        if self.tiny_vae is None:
            return None
        with torch.inference_mode(), self.on_device(self.tiny_vae):
            pixels = self.tiny_vae.decode(latents.to(self.device, self.dtype)).sample
        return pixels.to("cpu", torch.float32)

    def _statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and deviation of the latents by channel, where the VAE's configuration says them."""
        mean, std = (getattr(self.vae.config, f"latents_{name}", None) for name in ("mean", "std"))
        if mean is None or std is None:
            return torch.zeros(1), torch.ones(1)
        return torch.tensor(mean).view(1, -1, 1, 1), torch.tensor(std).view(1, -1, 1, 1)
