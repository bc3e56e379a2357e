"""Plain words for what is going on, with the picture on view and with the others."""

from __future__ import annotations

from restorer.document import Document, ModelState, OpenPicture, Status
from restorer.engine.progress import Progress
from restorer.ui import words
from restorer.ui.words import tr


def waiting(ahead: int) -> str:
    """How many runs come before one that waits."""
    if ahead <= 1:
        return tr("Waiting: one run comes first")
    return tr("Waiting: {n} runs come first").format(n=ahead)


def standing(document: Document, entry: OpenPicture) -> str:
    """Where a picture is on its way, in a word or two for the strip."""
    match entry.status:
        case Status.OPENING:
            return tr("opening…") if entry.asked else tr("waiting to be opened")
        case Status.MEASURING:
            return tr("measuring…")
        case Status.WAITING:
            return waiting(document.runs.ahead(entry))
        case Status.RESTORING:
            return tr("{doing}…").format(doing=_doing(entry))
        case Status.STOPPING:
            return tr("Stopping…")
        case _ if entry.failure is not None:
            return tr("failed: {why}").format(why=entry.failure.sentence)
        case Status.STOPPED:
            return tr("saved") if entry.saved else tr("stopped")
        case Status.RESTORED:
            return tr("saved") if entry.saved else tr("restored, not saved")
    return tr("clean") if entry.estimate and entry.estimate.clean else ""


def _doing(entry: OpenPicture) -> str:
    """What its run does: "Restoring", "Filling"."""
    run = entry.making or entry.run
    return words.task(run.task.damage.kind if run else "denoise").doing


def stop(entry: OpenPicture) -> str:
    """What stopping would do to the run of a picture."""
    return tr("Stop waiting") if entry.status is Status.WAITING else tr("Stop")


def elsewhere(document: Document) -> str:
    """What is being done with pictures that are not on view."""
    parts = []
    working = next((other for other in document.elsewhere if other.status.running), None)
    doubted = document.doubted
    if working is not None:
        title = _short(working.title)
        parts.append(tr("{doing} “{title}”").format(doing=_doing(working), title=title))
        if working.progress is not None:
            parts.append(_left(working.progress))
    elif doubted is not None and doubted is not document.current:
        parts.append(tr("Measuring the doubt of “{title}”").format(title=_short(doubted.title)))
    waits = sum(other.status is Status.WAITING for other in document.elsewhere)
    if waits:
        parts.append(tr("{n} waiting").format(n=waits))
    return ", ".join(parts)


def _left(now: Progress) -> str:
    return tr("{time} left").format(time=words.duration(now.seconds_left))


def how_to_stop(document: Document) -> str:
    """What Esc says where there is nothing to stop, while something runs elsewhere; or ""."""
    first = next(iter(document.elsewhere), document.doubted)
    if first is None:
        return ""
    if first.making is None:
        what = tr("The doubt of “{title}” is being measured.")
    elif first.status is Status.WAITING:
        what = tr("“{title}” waits to be restored.")
    else:
        what = tr("“{title}” is being restored.")
    how = tr("To stop it, press Esc there, or use its menu in the strip; Shift+Esc stops all.")
    return " ".join((what.format(title=_short(first.title)), how))


def _short(title: str) -> str:
    return title if len(title) <= 24 else f"{title[:15]}…{title[-8:]}"


def status(document: Document) -> str:
    """What is going on with the picture on view, for the right end of the status bar."""
    entry = document.current
    if entry is None:
        return ""
    ahead = document.doubts.ahead(entry.run)
    if entry.status is Status.WAITING:
        first = _doubting(document, ahead, tr("First the doubt is measured")) if ahead == 0 else ""
        return first or waiting(document.runs.ahead(entry))
    if entry.status is Status.STOPPING:
        return tr("Stopping…")
    if entry.status is Status.RESTORING:
        return _running(document, entry)
    if ahead is not None:
        return _doubting(document, ahead, tr("Measuring the doubt, Esc stops"))
    if document.verdict:
        return document.verdict
    return _over(entry)


def _running(document: Document, entry: OpenPicture) -> str:
    """How far the run under way is."""
    run = entry.making
    if run is not None and run.decoding:
        return tr("Decoding…")
    if run is not None and entry.progress is not None:
        return words.progress(entry.progress, run.task.damage.kind)
    if document.model_state is ModelState.LOADING:
        return tr("Waiting for the model…")
    return tr("{doing}…").format(doing=_doing(entry))


def _doubting(document: Document, ahead: int, measuring: str) -> str:
    """How far the measuring of the doubt is, or how many runs come before it."""
    if ahead:
        return tr("{waiting}, Esc stops").format(waiting=waiting(ahead))
    now = document.doubts.progress
    return measuring if now is None else f"{measuring}, {_left(now)}"


def _over(entry: OpenPicture) -> str:
    """What came of the run."""
    over = entry.status in (Status.STOPPED, Status.RESTORED)
    if over and entry.saved and entry.saved_to is not None:
        saved = tr("Saved as {name}.").format(name=entry.saved_to.name)
        return " ".join((saved, *entry.save_notes))
    if entry.status is Status.STOPPED and entry.run is not None and entry.run.part is not None:
        made, tiles = entry.run.part
        kept = tr("Stopped; {n} of {all} tiles restored, the rest is as it came")
        return kept.format(n=made, all=tiles)
    if entry.status is Status.STOPPED:
        one = entry.frames == 1
        kept = tr("Stopped; one step kept") if one else tr("Stopped; {n} steps kept")
        kept = kept.format(n=entry.frames)
        return tr("{kept}, as previews").format(kept=kept) if entry.preview else kept
    if entry.status is Status.RESTORED and entry.run is not None:
        done = words.task(entry.run.task.damage.kind).done
        time = words.duration(entry.run.trajectory.infos[-1].seconds)
        return tr("{done} in {time}").format(done=done, time=time)
    return "" if entry.status is Status.READY else words.measured(entry)[0]
