"""Cropping the open pictures, with undo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand

import restorer.document.work as work
from restorer.document.changes import Changes, Notifier
from restorer.document.content import Content
from restorer.document.masks.painted import Painted, PaintedMask
from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture
from restorer.document.parameters import Parameters
from restorer.document.pictures import Pictures
from restorer.document.plan import Plan
from restorer.document.results import Results
from restorer.document.states import Status
from restorer.engine.control import Control
from restorer.imaging.crop import Crop, crop_of
from restorer.imaging.picture import Picture
from restorer.words import tr

_ALL = ~(Changes.ERRORS | Changes.MODEL | Changes.PROGRESS | Changes.DRAWING)


@dataclass(frozen=True, eq=False)
class _State:
    """Everything that depends on the crop of a picture."""

    content: Content
    painted: Painted
    plan: Plan
    results: Results
    status: Status


class Crops(QObject):
    """Crops and turns the current picture; masks follow, and results stay with their crop.

    Attributes:
        choosing: all of the picture, turned by quarters, while it is chosen what to keep of it;
            it is on view then.

    Signals:
        leaving: the OpenPicture whose part is about to change: what is done with that part ends.
    """

    leaving = Signal(object)

    def __init__(
        self, pictures: Pictures, notices: Notices, notifier: Notifier, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._pictures, self._notices, self._notifier = pictures, notices, notifier
        self.choosing: Picture | None = None

    @property
    def current(self) -> Crop | None:
        """The crop of the current picture, even if it is the whole; None without a picture."""
        opened = self._pictures.current
        picture = opened.content.picture if opened else None
        return None if picture is None else crop_of(picture) or Crop.all_of(picture.size)

    @property
    def possible(self) -> bool:
        """The current picture has been read and no run works on it; otherwise says why not."""
        opened = self._pictures.current
        if opened is None or opened.content.picture is None:
            return False
        busy = opened.results.making is not None or opened.results.steps is not None
        if busy or opened.plan.begins_soon:
            words = tr("This picture is being restored. Press Esc to stop it before you crop.")
            self._notices.hint.emit(words)
            return False
        return True

    def choose(self, quarters: int | None) -> None:
        """Show the whole current picture, turned clockwise by so many quarters; None ends that."""
        opened = self._pictures.current
        whole = _whole(opened) if opened is not None and quarters is not None else None
        if whole is not None and quarters:
            whole = _turned(whole, Crop.all_of(whole.size).turned(90 * quarters))
        if whole is not self.choosing:
            self.choosing = whole
            self._notifier.tell(Changes.CURRENT | Changes.SHOWN | Changes.RUN)

    def turn(self, text: str, degrees: float) -> None:
        """Turn the crop clockwise; `text` names the undo step."""
        if self.current is not None and self.possible:
            self.keep(text, self.current.turned(degrees))

    def keep(self, text: str, crop: Crop) -> None:
        """Change the crop of the current picture; `text` names the undo step."""
        opened, now = self._pictures.current, self.current
        if opened is None or now is None or not self.possible or crop == now:
            return
        whole, state = _whole(opened), _state(opened)
        if whole is None:
            return
        making = partial(_another, whole, state, now, crop)
        made = partial(self._made, opened, text, state)
        if not crop.exact:  # seconds for a large one, in which all of it is on view
            self._notices.hint.emit(tr("The picture is being straightened…"))
        self._pictures.ask(opened, making, made, painting=True)

    def _made(
        self, opened: OpenPicture, text: str, before: _State, made: tuple[Content, Painted]
    ) -> None:
        if opened.content is not before.content or opened.results.making is not None:
            return  # something else was done meanwhile
        before = _state(opened)
        content, painted = made
        plan = Plan(content, painted, _fitting(before.plan.parameters))
        after = _State(content, painted, plan, Results(), Status.MEASURING)
        opened.undo.push(_Keep(text, partial(self._put, opened), before, after))
        if len(before.results):
            self._notices.hint.emit(
                tr("Results of the picture as it was cropped before come back with Undo.")
            )

    def _put(self, opened: OpenPicture, state: _State) -> None:
        self.leaving.emit(opened)
        opened.content, opened.painted, opened.plan = state.content, state.painted, state.plan
        opened.results = state.results
        measured = state.content.estimate is not None
        opened.status = (
            state.status
            if state.status is not Status.MEASURING
            else (Status.READY if measured else Status.MEASURING)
        )
        with self._notifier.together():
            if not measured:
                self._pictures.measure(opened)
            if opened is self._pictures.current:
                self._pictures.show(opened)
                self._notifier.tell(_ALL)
            else:
                self._notifier.tell(Changes.PICTURES)


class _Keep(QUndoCommand):
    """An undoable change of the crop."""

    def __init__(self, text: str, put: partial[None], before: _State, after: _State) -> None:
        super().__init__(text)
        self._put, self._before, self._after = put, before, after

    def redo(self) -> None:
        self._put(self._after)

    def undo(self) -> None:
        self._put(self._before)


def _turned(whole: Picture, crop: Crop) -> Picture:
    """The whole picture, turned by quarters, as array views: the main thread copies nothing."""
    pixels, alpha = crop.apply(whole.pixels), whole.alpha
    return replace(whole, pixels=pixels, alpha=None if alpha is None else crop.apply(alpha))


def _whole(opened: OpenPicture) -> Picture | None:
    return opened.content.whole or opened.content.picture


def _state(opened: OpenPicture) -> _State:
    return _State(opened.content, opened.painted, opened.plan, opened.results, opened.status)


def _fitting(parameters: Parameters) -> Parameters:
    """A plan without the parts that depend on the former crop."""
    if parameters.control.kind == "picture":
        parameters = replace(parameters, control=Control(), control_name="")
    return replace(parameters, start=None)


def _another(whole: Picture, before: _State, now: Crop, crop: Crop) -> tuple[Content, Painted]:
    """The content of another crop, made off the main thread."""
    loaded = work.load_crop(whole, crop)
    truth = before.content.truth
    content = Content(
        requested=True,
        picture=loaded.picture,
        whole=loaded.whole,
        thumbnail=loaded.thumbnail,
        tables=None if loaded.whole else work.tables_of(whole),
        truth=None if truth is None else crop.apply(now.paste(truth, 0), 3),
    )
    return content, Painted(
        _followed(before.painted.mask, now, crop, 0),
        _followed(before.painted.strength, now, crop, 255),
    )


def _followed(mask: PaintedMask | None, now: Crop, crop: Crop, blank: int) -> PaintedMask | None:
    return None if mask is None else PaintedMask(crop.apply(now.paste(mask.values, blank)).copy())
