"""The training itself: a generator that takes steps and tells of them.

One process or many (Hugging Face accelerate): every process draws its part of the same batch,
gradients are averaged over all, and the clock and the wish to stop are those of the first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from importlib.util import find_spec
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import PartialState
from accelerate.utils import broadcast

from restorer.diffusion import hardware
from restorer.diffusion.hardware import DeviceName
from restorer.engine.progress import CancelToken
from restorer.errors import BadInput, OutOfMemory, RestorerError, as_restorer_error
from restorer.training.checkpoint import read_about
from restorer.training.crops import Batch, Crops
from restorer.training.data import Data
from restorer.training.events import Event, Note, Reading, Started, Step
from restorer.training.folder import TrainingFolder
from restorer.training.log import CsvTracker
from restorer.training.loss import bins_of, noised, v_errors
from restorer.training.milestones import Milestones
from restorer.training.network import network_from_config, starting_network
from restorer.training.recipe import Recipe
from restorer.training.state import State, Trunk


def train(
    recipe: Recipe,
    folder: TrainingFolder,
    *,
    device: DeviceName = "auto",
    resume: bool = False,
    cancel: CancelToken | None = None,
    spare_cores: int = 0,
) -> Iterator[Event]:
    """Train a prior; its best weights are in `folder` from the first milestone on.

    `cancel` ends it after the step under way, with a last milestone. Killed, it goes on with
    `resume` from the last milestone, exactly as if nothing had been. Where several processes
    train together, only the first one yields events. `spare_cores` are left to others.

    Raises:
        BadInput: for pictures, folders or values that cannot be used.
        ModelRefused: if the model to start from is missing or damaged.
        OutOfMemory: if a batch does not fit.
        RestorerError: if the loss is no longer a number.
    """
    accelerator = _accelerator(device, folder, spare_cores)
    main = accelerator.is_main_process
    if recipe.batch % accelerator.num_processes:
        raise BadInput(
            f"A batch of {recipe.batch} cannot be shared by {accelerator.num_processes} processes."
        )
    folder.check(resume)
    with folder.locked() if main else nullcontext():
        for event in _events(recipe, folder, accelerator, resume, cancel or CancelToken()):
            if main:
                yield event


def _events(
    recipe: Recipe,
    folder: TrainingFolder,
    accelerator: Accelerator,
    resume: bool,
    cancel: CancelToken,
) -> Iterator[Event]:
    state = _state(recipe, folder, accelerator, resume)
    if recipe.progress(state.step, state.seconds) >= 1:
        raise BadInput("This training is finished; give more --steps or --minutes to go on.")
    data = Data(recipe, folder)
    total = data.pictures.window
    for done in data.read():
        yield Reading(done, total)
    yield from map(Note, data.notes())
    if resume and read_about(folder.checkpoint)["pictures"] != data.fingerprint:
        yield Note("The pictures have changed since this training began.")

    learner = _Learner(state, accelerator)
    milestones = Milestones(state, data, folder, accelerator)
    yield Started(
        pictures=len(data.pictures.usable()),
        held_out=len(data.validation.crops),
        parameters=state.network.num_parameters(),
        device=hardware.title(accelerator.device),
        precision=milestones.precision,
        processes=accelerator.num_processes,
        step=state.step,
    )
    yield from milestones.known() if resume else milestones.before()
    crops = Crops(data.pictures, recipe)
    part = accelerator.process_index, accelerator.num_processes
    clock = _Clock(accelerator, state.seconds, cancel)
    stopped = gave_up = False
    with ThreadPoolExecutor(max_workers=1) as ahead:
        coming = ahead.submit(crops.batch, state.step, *part)
        while not stopped:
            batch = coming.result()
            coming = ahead.submit(crops.batch, state.step + 1, *part)
            rate = recipe.learning_rate(recipe.progress(state.step, state.seconds))
            eps = learner.learn(batch, rate)
            state.step += 1
            state.seconds, wish = clock.now()
            progress = recipe.progress(state.step, state.seconds)
            step = Step(state.step, progress, state.seconds, state.balance.level(), eps, rate)
            stopped = wish or progress >= 1
            milestones.log(step)
            yield step
            if milestones.due(step) or stopped:
                yield from map(Note, data.notes())
                yield from milestones.measure(step)
                gave_up = not stopped and clock.agreed(milestones.hopeless())
                stopped |= gave_up
    cut_short = recipe.progress(state.step, state.seconds) < 1
    yield from milestones.finish(stopped=cut_short and not gave_up, gave_up=gave_up)


class _Learner:
    """One step of gradient descent."""

    def __init__(self, state: State, accelerator: Accelerator) -> None:
        self._state = state
        self._accelerator = accelerator
        self._trunk, self._optimizer = accelerator.prepare(Trunk(state.network), state.optimizer)

    def learn(self, batch: Batch, rate: float) -> float:
        """Take one step on this process's part of a batch; the mean error of eps over all parts.

        Raises:
            OutOfMemory: if the batch does not fit.
            RestorerError: if the error or its gradient is not a number.
        """
        recipe = self._state.recipe
        try:
            return self._learn(batch, rate)
        except RuntimeError as error:
            problem = as_restorer_error(error)
            if not isinstance(problem, OutOfMemory):
                raise
            raise OutOfMemory(
                f"There is not enough memory for {recipe.batch} crops of {recipe.crop} x "
                f"{recipe.crop} pixels; try a smaller --batch or --crop.",
                problem.detail,
            ) from error

    def _learn(self, batch: Batch, rate: float) -> float:
        state, accelerator = self._state, self._accelerator
        x0, sigma, eps = (torch.from_numpy(part).to(accelerator.device) for part in batch)
        x_t = noised(x0, sigma, eps).contiguous(memory_format=torch.channels_last)
        with accelerator.autocast():
            v = self._trunk(x_t, sigma)
        errors = v_errors(v, x0, sigma, eps)

        # The running means are those of the whole batch, the same in every process.
        seen = accelerator.gather(torch.stack([sigma, errors.detach()], dim=1))
        state.balance.update(bins_of(seen[:, 0]), seen[:, 1])
        loss = (state.balance.weights(bins_of(sigma)) * errors).mean()

        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad(set_to_none=True)
        accelerator.backward(loss)
        norm = accelerator.clip_grad_norm_(self._trunk.parameters(), state.recipe.clip)
        if not torch.isfinite(norm):
            raise RestorerError(
                f"The training has come apart at step {state.step + 1}: the loss is not a number. "
                "Try a smaller --lr; the best weights so far are kept."
            )
        self._optimizer.step()
        state.average.update_parameters(state.network)
        return float((seen[:, 1] / (1 + seen[:, 0].square())).mean())


class _Clock:
    """Seconds trained and whether to stop, as the first process sees them."""

    def __init__(self, accelerator: Accelerator, seconds: float, cancel: CancelToken) -> None:
        self._accelerator = accelerator
        self._begun = time.monotonic() - seconds
        self._cancel = cancel

    def now(self) -> tuple[float, bool]:
        seconds, stop = time.monotonic() - self._begun, self._cancel.cancelled
        if self._accelerator.num_processes > 1:
            mine = torch.tensor([seconds, float(stop)], device=self._accelerator.device)
            seconds, flag = broadcast(mine).tolist()
            stop = bool(flag)
        return seconds, stop

    def agreed(self, wish: bool) -> bool:
        """What the first process wishes, in all of them."""
        if self._accelerator.num_processes == 1:
            return wish
        return bool(broadcast(torch.tensor([float(wish)], device=self._accelerator.device)).item())


def _accelerator(device: DeviceName, folder: TrainingFolder, spare_cores: int) -> Accelerator:
    """Where to train; bf16 where the first process finds that it pays."""
    place = hardware.choose_device(device)
    hardware.limit_threads(spare_cores)
    processes = PartialState(cpu=place.type == "cpu")
    # fp16, which a GPU without bf16 would take to restore, needs its loss scaled: not here.
    pays = hardware.choose_autocast(processes.device) == torch.bfloat16
    if processes.num_processes > 1:
        pays = bool(broadcast(torch.tensor([float(pays)], device=processes.device)).item())
    trackers: list[Any] = [CsvTracker(folder.log)]
    if find_spec("tensorboard") or find_spec("tensorboardX"):
        trackers.append("tensorboard")
    return Accelerator(
        cpu=place.type == "cpu",
        mixed_precision="bf16" if pays else "no",
        log_with=trackers,
        project_dir=folder.work,
    )


def _state(recipe: Recipe, folder: TrainingFolder, accelerator: Accelerator, resume: bool) -> State:
    dtype = torch.bfloat16 if accelerator.mixed_precision == "bf16" else torch.float32
    if not resume:
        return State(starting_network(recipe), recipe, accelerator.device, dtype)
    network = network_from_config(read_about(folder.checkpoint)["config"])
    state = State(network, recipe, accelerator.device, dtype)
    state.restore(folder.checkpoint)
    return state
