"""`restorer train`: make your own prior, from pictures to an entry in the model list."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from threading import Thread
from typing import Any

from tqdm import tqdm

from restorer.cli.options.values import as_dict
from restorer.engine.models import find_model
from restorer.engine.progress import CancelToken
from restorer.engine.task import BUILTIN_MODEL
from restorer.errors import BadInput
from restorer.training.checkpoint import saved_recipe
from restorer.training.events import (
    NO_BETTER,
    Event,
    Finished,
    Milestone,
    Note,
    Reading,
    Started,
    Step,
    to_json,
)
from restorer.training.folder import TrainingFolder, folder_for
from restorer.training.pictures import find_pictures
from restorer.training.recipe import SCRATCH, Recipe
from restorer.words import tr

_INTERRUPTED = 130
_MINUTES = 10.0
#: What the prior that knows damage was made with; its crops must show blocks and blurs whole.
_DAMAGE = {"batch": 12, "crop": 112, "average": 0.998}

#: Options that a training which goes on has already, by the names of a recipe.
_FIXED = {
    "start": "--from",
    "batch": "--batch",
    "crop": "--crop",
    "width": "--width",
    "blocks": "--blocks",
    "mid": "--mid",
    "damage": "--damage",
    "rescale": "--rescale",
    "hard": "--hard",
    "drawn": "--drawn",
    "rate": "--lr",
    "validation": "--val",
    "seed": "--seed",
    "memory": "--memory",
    "licence": "--licence",
}


def run(arguments: Namespace) -> int:
    """Train until done or until Ctrl-C; either way the best weights become a model."""
    if arguments.resume and arguments.out is None:
        raise BadInput("Say which training to continue: --out NAME.")
    given = _given(arguments)
    if arguments.dry_run is not None:
        return _dry_run(given, arguments)
    folder = folder_for(arguments.out)
    folder.check(arguments.resume)
    recipe = _resumed(folder, given) if arguments.resume else _new(given)

    cancel = CancelToken()
    if arguments.attached:
        _give_way(cancel)

    from restorer.training.loop import train  # torch, only now

    report = _JsonLines(cancel) if arguments.json else _Table()
    events = train(
        recipe,
        folder,
        device=arguments.device,
        resume=arguments.resume,
        cancel=cancel,
        spare_cores=int(arguments.attached),
        compiled=arguments.compile,
    )
    try:
        with _stop_softly(cancel), report:
            for event in events:
                report.tell(event)
    except KeyboardInterrupt:
        kept = (
            tr("the model of the last milestone is kept")
            if folder.taken
            else tr("nothing was kept")
        )
        print("restorer:", tr("stopped at once; {kept}.", kept=kept), file=sys.stderr)
        return _INTERRUPTED
    return 0


def _dry_run(given: dict[str, Any], arguments: Namespace) -> int:
    """Print how fast such a training would be, and leave nothing behind."""
    recipe = _new({"minutes": arguments.dry_run / 60, **given})

    from restorer.training.dry_run import dry_run  # torch, only now

    found = dry_run(recipe, arguments.dry_run, arguments.device, arguments.compile)
    print(json.dumps(asdict(found)) if arguments.json else found.sentence())
    return 0


def _given(arguments: Namespace) -> dict[str, Any]:
    """The options as values of a recipe that are valid in any folder."""
    values = as_dict(arguments, "steps", "minutes", *_FIXED)
    if arguments.folders:
        values["folders"] = tuple(_absolute(folder) for folder in arguments.folders)
    if arguments.validation is not None:
        values["validation"] = _absolute(arguments.validation)
    if arguments.memory is not None:
        values["memory"] = int(arguments.memory * 2**20)
    if arguments.start not in (None, SCRATCH, BUILTIN_MODEL):
        info = find_model(arguments.start)
        values["start"] = info.name if info.path != Path(arguments.start) else _absolute(info.path)
    return {name: value for name, value in values.items() if value is not None}


def _absolute(path: Path) -> str:
    return str(path.expanduser().resolve())


def _new(given: dict[str, Any]) -> Recipe:
    if "folders" not in given:
        raise BadInput("Say which folders of pictures to train on.")
    if "steps" not in given:
        given.setdefault("minutes", _MINUTES)
    if given.get("damage"):
        given = _DAMAGE | given
    recipe = Recipe(**given)
    find_pictures(recipe.folders)  # refuses at once, before torch is loaded
    return recipe


def _resumed(folder: TrainingFolder, given: dict[str, Any]) -> Recipe:
    """The recipe that the training began with; only its length may be changed."""
    for name, option in _FIXED.items():
        if name in given:
            raise BadInput(
                "{option} cannot change when a training is continued; leave it out.", option=option
            )
    recipe = saved_recipe(folder)
    if given.get("folders", recipe.folders) != recipe.folders:
        raise BadInput("The folders cannot change when a training is continued; leave them out.")
    if "steps" in given or "minutes" in given:
        return replace(recipe, steps=given.get("steps"), minutes=given.get("minutes"))
    return recipe


@contextmanager
def _stop_softly(cancel: CancelToken) -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM) asks for an end; the second stops at once."""

    def stop(number: int, _: object) -> None:
        if cancel.cancelled:
            raise KeyboardInterrupt
        cancel.cancel()
        note = tr("Stopping after this step; what is best is kept. Ctrl-C again stops at once.")
        print(f"\nrestorer: {note}", file=sys.stderr)

    previous = {
        number: signal.signal(number, stop)
        for number in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) != signal.SIG_IGN  # under nohup, say
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


class _Table:
    """For people: a line for every milestone, below it a bar."""

    def __enter__(self) -> None:
        self._bar: tqdm[None] | None = None
        self._phase = ""
        self._headed = False

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def tell(self, event: Event) -> None:
        """Show an event."""
        match event:
            case Note():
                tqdm.write(f"restorer: {event.sentence}", file=sys.stderr)
            case Reading():
                self._advance(tr("Reading"), event.done / event.total)
            case Started():
                self._start(event)
            case Step():
                self._advance(tr("Training"), event.progress)
                if self._bar is not None:
                    self._bar.set_postfix_str(tr("step {step}", step=event.step), False)
            case Milestone():
                names = [tr("noise {level}", level=level) for level in event.psnr] or list(
                    event.gains
                )
                if not self._headed:
                    self._headed = True
                    tqdm.write(
                        "  ".join([f"{'step':>8} {'minutes':>8} {'loss':>8}", *names, "rate"])
                    )
                tqdm.write(self._row(event, names))
            case Finished():
                tqdm.write(_summary(event))

    def _advance(self, what: str, share: float) -> None:
        if self._bar is None or self._phase != what:
            if self._bar is not None:
                self._bar.close()
            self._phase = what
            self._bar = tqdm(
                total=100.0,
                desc=what,
                bar_format="{l_bar}{bar}| " + tr("{elapsed}, {remaining} left") + "{postfix}",
                initial=100 * share if what == tr("Training") else 0.0,
                leave=False,
                # a windowed build has no stderr at all; None: only on terminals
                disable=True if sys.stderr is None else None,
            )
        self._bar.update(100 * share - self._bar.n)

    def _start(self, event: Started) -> None:
        together = (
            tr(", {processes} processes", processes=event.processes) if event.processes > 1 else ""
        )
        tqdm.write(
            tr(
                "{pictures} pictures to train on, {held_out} to measure on; "
                "{parameters:.2f} M parameters, {device} {precision}{together}",
                pictures=event.pictures,
                held_out=event.held_out,
                parameters=event.parameters / 1e6,
                device=event.device,
                precision=event.precision,
                together=together,
            )
            + (tr("; going on after step {step}", step=event.step) if event.step else "")
        )

    @staticmethod
    def _row(event: Milestone, names: list[str]) -> str:
        """A line whose decibels stand below their names."""
        values = [*event.psnr.values(), *event.gains.values()]
        cells = [f"{value:>{len(name)}.2f}" for name, value in zip(names, values, strict=True)]
        head = f"{event.step:8} {event.seconds / 60:8.1f} {event.loss:8.4f}"
        mark = tr("  best so far") if event.best else ""
        rate = f"{event.rate:.1e}" if event.step else "before"
        return "  ".join([head, *cells, rate]) + mark


def _summary(event: Finished) -> str:
    if event.best is None:
        ending = tr("Stopped") if event.stopped else tr("Done")
        ending = tr("Stopped early") if event.gave_up and not event.stopped else ending
        return tr(
            "{ending}: on the held-out pictures it got {no_better}",
            ending=ending,
            no_better=tr(NO_BETTER),
        )
    ending = tr("Stopped; the best so far is kept") if event.stopped else tr("Done")
    text = tr(
        "{ending}: step {step}, {score:.2f} dB on average",
        ending=ending,
        step=event.best.step,
        score=event.best.score,
    )
    if event.before is not None:
        gain = event.best.score - event.before.score
        text += tr(" ({gain:+.2f} dB against the model it began from)", gain=gain)
    name = event.model.name
    return tr(
        "{said}.\nThe model is in {model}; restorer restore --model {name} uses it.",
        said=text,
        model=event.model,
        name=name,
    )


class _JsonLines:
    """For programs: every event as one JSON object on a line.

    A reader who is gone, as a window that crashed, ends the training as Ctrl-C does.
    """

    def __init__(self, cancel: CancelToken) -> None:
        self._cancel = cancel

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def tell(self, event: Event) -> None:
        """Print an event."""
        try:
            print(to_json(event), flush=True)
        except (BrokenPipeError, ConnectionError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._cancel.cancel()


def _give_way(cancel: CancelToken) -> None:
    """For a window that starts this: run at low priority, and end when the window says so.

    It says so by closing our standard input, which the system does for it if it crashes.
    """
    if sys.platform == "win32":
        below_normal = 0x4000
        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), below_normal)
    else:
        os.nice(10)

    def watch() -> None:
        while os.read(0, 1024):  # not sys.stdin, whose lock would be held at the end
            pass
        cancel.cancel()

    Thread(target=watch, daemon=True).start()
