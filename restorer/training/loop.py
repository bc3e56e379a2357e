"""The training: a generator that takes steps and yields events.

It runs in one process or several (Hugging Face accelerate). Each process makes its part of the same
batch, and gradients are averaged. The first process decides on time and stopping.
"""

from __future__ import annotations

import math
import os
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
from restorer.errors import BadInput
from restorer.training.checkpoint import read_about
from restorer.training.crops import Crops
from restorer.training.damage_crops import DAMAGE_BINS, DamagedCrops
from restorer.training.data import Data
from restorer.training.events import Event, Note, Reading, Started, Step
from restorer.training.folder import TrainingFolder
from restorer.training.learner import Batch, Learner, compile_blocks
from restorer.training.log import CsvTracker
from restorer.training.loss import BINS
from restorer.training.milestones import Milestones
from restorer.training.network import network_from_config, starting_network
from restorer.training.recipe import Recipe
from restorer.training.saving import restore_state
from restorer.training.state import State
from restorer.words import tr

#: Bytes of a prior that knows damage, in half precision, from which on that is said.
_LARGE = 16e6


def train(
    recipe: Recipe,
    folder: TrainingFolder,
    *,
    device: DeviceName = "auto",
    resume: bool = False,
    cancel: CancelToken | None = None,
    spare_cores: int = 0,
    compiled: bool = False,
) -> Iterator[Event]:
    """Train a prior; from the first milestone on, `folder` has the best weights.

    `cancel` ends it after the current step, with a last milestone. A killed training continues with
    `resume` from the last milestone, with the same result as an undisturbed one. Of several
    processes, only the first yields events. `spare_cores` stay free for other programs. `compiled`
    compiles the blocks of the network first; this takes minutes and helps on GPUs only.

    Raises:
        BadInput: for unusable pictures, folders or values.
        ModelRefused: if the model to start from is missing or damaged.
        OutOfMemory: if a batch does not fit.
        RestorerError: if the loss is no longer a number.
    """
    accelerator = _accelerator(device, folder, spare_cores)
    main = accelerator.is_main_process
    for batch in filter(None, (recipe.batch, recipe.late_batch)):
        if batch % accelerator.num_processes:
            raise BadInput(
                "A batch of {batch} cannot be shared by {num_processes} processes.",
                batch=batch,
                num_processes=accelerator.num_processes,
            )
    folder.check(resume)
    with folder.locked() if main else nullcontext():
        token = cancel or CancelToken()
        for event in _events(recipe, folder, accelerator, resume, token, compiled):
            if main:
                yield event


def _events(
    recipe: Recipe,
    folder: TrainingFolder,
    accelerator: Accelerator,
    resume: bool,
    cancel: CancelToken,
    compiled: bool,
) -> Iterator[Event]:
    state = _state(recipe, folder, accelerator, resume)
    data = Data(recipe, folder, accelerator.device)
    total = data.pictures.window
    for done in data.read():
        yield Reading(done, total)
    yield from map(Note, data.notes())
    if resume and read_about(folder.checkpoint)["pictures"] != data.fingerprint:
        yield Note(tr("The pictures have changed since this training began."))

    if compiled:
        compile_blocks(state.network)
    learner = Learner(state, accelerator)
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
    if recipe.damage is not None and 2 * state.network.num_parameters() > _LARGE:
        yield Note(
            tr("The model will be larger than 16 MB; fewer --blocks or a smaller --width help.")
        )
    yield from milestones.known() if resume else milestones.before()
    steps = _Steps(state, data, accelerator, milestones, cancel)
    with ThreadPoolExecutor(1) as ahead, ThreadPoolExecutor(os.cpu_count()) as threads:
        yield from steps.taken(learner, ahead, threads)
    cut_short = recipe.progress(state.step, state.seconds) < 1
    gave_up = steps.gave_up
    yield from milestones.finish(stopped=cut_short and not gave_up, gave_up=gave_up)


class _Steps:
    """Takes steps until the training ends.

    Attributes:
        gave_up: whether it ended for lack of progress.
    """

    def __init__(
        self,
        state: State,
        data: Data,
        accelerator: Accelerator,
        milestones: Milestones,
        cancel: CancelToken,
    ) -> None:
        self._state = state
        self._data = data
        self._milestones = milestones
        self._clock = _Clock(accelerator, state.seconds, cancel)
        self._device = accelerator.device
        self._part = accelerator.process_index, accelerator.num_processes
        self.gave_up = False

    def taken(
        self, learner: Learner, ahead: ThreadPoolExecutor, threads: ThreadPoolExecutor
    ) -> Iterator[Event]:
        """Take steps; meanwhile `ahead` makes the next batch, and `threads` damage its crops."""
        state, recipe, milestones = self._state, self._state.recipe, self._milestones
        crops = self._crops(threads)
        loss = eps = math.nan
        stopped = measured = False
        coming = ahead.submit(self._batch, crops, state.step, state.seconds)
        while not stopped:
            batch = coming.result()
            coming = ahead.submit(self._batch, crops, state.step + 1, state.seconds)
            rate = recipe.learning_rate(recipe.progress(state.step, state.seconds))
            learner.learn(batch, rate)
            reading = state.step % recipe.log_every == 0 or math.isnan(loss)
            state.seconds, asked = self._clock.now(reading or measured)
            progress = recipe.progress(state.step, state.seconds)
            stopped = asked or progress >= 1
            measured = milestones.due(state.step, state.seconds) or stopped
            if reading or measured:
                loss, eps = learner.read()
            step = Step(state.step, progress, state.seconds, loss, eps, rate)
            milestones.log(step)
            yield step
            if measured:
                yield from map(Note, self._data.notes())
                yield from milestones.measure(step)
                self.gave_up = not stopped and self._clock.agreed(milestones.hopeless())
                stopped |= self.gave_up

    def _crops(self, threads: ThreadPoolExecutor) -> Crops | DamagedCrops:
        recipe, pictures, difficulty = self._state.recipe, self._data.pictures, None
        if recipe.hard and pictures.whole:
            difficulty = self._state.difficulty
            difficulty.fit(len(pictures.files), self._device)
        if recipe.damage is None:
            return Crops(pictures, recipe, self._device, difficulty)
        return DamagedCrops(pictures, recipe, self._device, threads, difficulty)

    def _batch(self, crops: Crops | DamagedCrops, step: int, seconds: float) -> Batch:
        recipe = self._state.recipe
        return crops.batch(step, *self._part, recipe.is_late(recipe.progress(step, seconds)))


class _Clock:
    """The duration of the training and the wish to stop, from the first process."""

    def __init__(self, accelerator: Accelerator, seconds: float, cancel: CancelToken) -> None:
        self._accelerator = accelerator
        self._begun = time.monotonic() - seconds
        self._cancel = cancel
        self._shared = self._seconds = seconds
        self._steps = 0
        self._pace = 0.0

    def now(self, share: bool) -> tuple[float, bool]:
        """The seconds after a step; several processes ask the first one only if `share`.

        Otherwise all estimate it from earlier steps, so that all have the same learning rate.
        """
        if self._accelerator.num_processes == 1:
            return time.monotonic() - self._begun, self._cancel.cancelled
        self._steps += 1
        self._seconds += self._pace
        if not share:
            return self._seconds, False
        mine = [time.monotonic() - self._begun, float(self._cancel.cancelled)]
        seconds, stop = broadcast(torch.tensor(mine, device=self._accelerator.device)).tolist()
        self._pace = (seconds - self._shared) / self._steps
        self._shared = self._seconds = seconds
        self._steps = 0
        return seconds, bool(stop)

    def agreed(self, asked: bool) -> bool:
        """The wish of the first process, in all processes."""
        if self._accelerator.num_processes == 1:
            return asked
        return bool(broadcast(torch.tensor([float(asked)], device=self._accelerator.device)).item())


def _accelerator(device: DeviceName, folder: TrainingFolder, spare_cores: int) -> Accelerator:
    """The accelerator; bf16 if the first process measures that it is faster."""
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
    bins = BINS if recipe.damage is None else DAMAGE_BINS
    if resume:
        network = network_from_config(read_about(folder.checkpoint)["config"])
    else:
        network = starting_network(recipe)
    if recipe.crop % network.stride or (recipe.late_crop or 0) % network.stride:
        raise BadInput(
            "This network needs crops in multiples of {stride} pixels.", stride=network.stride
        )
    state = State(network, recipe, accelerator.device, dtype, bins)
    if resume:
        restore_state(state, folder.checkpoint)
    if recipe.progress(state.step, state.seconds) >= 1:
        raise BadInput("This training is finished; give more --steps or --minutes to continue.")
    return state
