"""The engine: owns the loaded model and turns a task and a picture into frames.

Importing this does not import torch; loading a model does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from restorer.diffusion.samplers import check_sampler
from restorer.engine.branch_segments import BranchSegments
from restorer.engine.guard import Guard
from restorer.engine.inputs import Inputs
from restorer.engine.model_kinds import MODEL_KINDS
from restorer.engine.models import find_model
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.runners import Network, Runner
from restorer.engine.task import BUILTIN_MODEL, RestorationTask
from restorer.engine.trajectory import Array, Frame
from restorer.errors import BadInput, ModelRefused
from restorer.logs import log

if TYPE_CHECKING:
    import torch

    from restorer.diffusion.denoiser import Denoiser
    from restorer.diffusion.hardware import Precision
    from restorer.latent.model import LatentModel


@dataclass(frozen=True)
class ModelStatus:
    """The loaded model and where it computes; `kind` as in `ModelInfo`.

    `precision` is "float32", "bfloat16" or "float16"; it changes the last bits of a result.
    """

    title: str
    parameters: int
    device: str
    precision: str
    kind: str = "prior"

    @property
    def prompted(self) -> bool:
        """Whether a prompt guides it."""
        return MODEL_KINDS[self.kind].prompted

    @property
    def place(self) -> str:
        """Device and precision in short: "CPU bfloat16"."""
        return f"{self.device} {self.precision}"


class Engine:
    """Loads a model once and keeps it; runs one task at a time, in one thread.

    Args:
        spare_cores: cores to leave to others, such as a window.
        precision: "auto" takes what pays on this machine, always the same.
        device: where "auto" computes.
        tile: longest side of the tiles that large pictures are cut into, in pixels.

    Attributes:
        on_shortage: hears in a sentence what was given up because memory is short.
    """

    def __init__(
        self,
        spare_cores: int = 0,
        tile: int = 768,
        precision: Precision = "auto",
        device: str = "auto",
    ) -> None:
        self._usual_device = device
        self._spare_cores = spare_cores
        self._precision = precision
        self._tile = self._side = tile
        self._loaded: tuple[str, str] | None = None
        self._place: torch.device | None = None
        self._denoiser: Denoiser | None = None
        self._latent: LatentModel | None = None
        self._status: ModelStatus | None = None
        self.on_shortage: Callable[[str], object] = log.warning

    def load(self, model: str = BUILTIN_MODEL, device: str = "auto") -> ModelStatus:
        """Load a model; returns at once if it is loaded already.

        Raises:
            ModelRefused: if it is missing, damaged or not safe to load.
            BadInput: if there is no such device, or it does not compute so precisely.
        """
        device = self._usual_device if device == "auto" else device
        if self._loaded == (model, device) and self._status is not None:
            return self._status
        info = find_model(model)

        from restorer.diffusion import hardware

        hardware.limit_threads(self._spare_cores)
        place = hardware.choose_device(device)
        self._loaded = self._denoiser = self._latent = None  # room for the new one
        self._place = place
        if not info.role.loads_alone:
            raise ModelRefused(
                "“{title}” guides another model; it cannot restore a picture by itself.",
                title=info.title,
            )
        loaded = info.role.load(info, place, self._precision)
        if info.role.prompted:
            self._latent = loaded
        else:
            from restorer.diffusion.out_of_memory import LowMemoryDenoiser

            self._denoiser = LowMemoryDenoiser(loaded.denoiser, self._short_of_memory)
            self._side = min(self._tile, loaded.tile or self._tile)
        self._loaded = model, device
        self._status = ModelStatus(
            title=info.title,
            parameters=info.parameters,
            device=hardware.title(place),
            precision=loaded.precision,
            kind=info.kind,
        )
        return self._status

    def run(
        self,
        task: RestorationTask,
        inputs: Inputs,
        cancel: CancelToken,
        on_progress: Callable[[Progress], None] = lambda _: None,
        *,
        device: str = "auto",
    ) -> Iterator[Frame]:
        """Carry out a task, one frame per step; a task without a start yields none.

        Frames of a task that enlarges are larger than the picture.

        Raises:
            Cancelled: after the tile during which `cancel` was set; frames so far are valid.
            NoPicture: if what was made is none; frames so far are valid.
            RestorerError: what else kept it from going on.
        """
        if task.start is None:
            return
        legs = BranchSegments(task, inputs)
        networks = [self._network(leg.task, device) for leg in legs.all]
        status = self.load(task.model, device)
        drawn = any(leg.task.toward for leg in legs.all)
        guard = Guard(task, inputs, status.title, draws=self._latent is not None or drawn)
        runner = self._runner(legs, networks)
        yield from guard.frames(runner.frames(cancel, guard.on_progress(on_progress)))

    def _short_of_memory(self, sentence: str, place: torch.device) -> None:
        from restorer.diffusion import hardware

        if self._status is not None and self._place is not None and place != self._place:
            title = hardware.title(place)
            self._status = replace(self._status, device=title, precision="float32")
        self.on_shortage(sentence)

    def _network(self, task: RestorationTask, device: str) -> Network | None:
        """The network for a task; None for a model with prompts, which goes to `prepare`."""
        self.load(task.model, device)
        if self._latent is not None:
            return None
        check_sampler(task.sampler, latent=False)
        assert self._denoiser is not None
        return Network(self._denoiser, self._side, self._place)

    def _runner(self, legs: BranchSegments, loaded: Sequence[Network | None]) -> Runner:
        """The runner for a task.

        Args:
            loaded: what each leg asks.
        """
        task, inputs = legs.last.task, legs.last.inputs
        networks = [network for network in loaded if network is not None]
        if self._latent is not None and len({leg.task.model for leg in legs.all}) == 1:
            from restorer.engine.runners.latent import prepare

            return prepare(self._latent, legs)
        if len(networks) < len(loaded):
            raise BadInput("On the way no model with prompts can take the place of another model.")
        if task.damage.is_noise:
            from restorer.engine.runners.denoise import DenoiseRunner

            return DenoiseRunner(networks, legs)
        if task.damage.is_excess:
            from restorer.engine.runners.direct import DirectRunner

            return DirectRunner(task, inputs)
        from restorer.engine.runners.repair import RepairRunner

        return RepairRunner(networks, legs)

    def decode(
        self, task: RestorationTask, inputs: Inputs, latents: Array, *, device: str = "auto"
    ) -> tuple[Array, Array | None]:
        """Decode the frame behind a latent preview; x0 and picture as in `Frame`.

        Args:
            task, inputs: those of the run.
            latents: (C, h, w), of the frame.

        Raises:
            RestorerError: what kept it from being decoded.
        """
        status = self.load(task.model, device)
        if self._latent is None:
            raise BadInput("Only what a latent model made can be decoded.")
        from restorer.engine.runners.latent import prepare

        guard = Guard(task, inputs, status.title, draws=True)
        legs = BranchSegments(task, inputs)
        legs.step = task.steps  # it was the branch's
        run = prepare(self._latent, legs)
        x0, picture = run.decoded(latents)
        guard.check(x0, picture, sigma=0.0)
        return x0, picture
