"""Words for the state of a picture and its run, and for the other pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColorSpace

from restorer.diffusion.schedule import LINEAR
from restorer.document import Document, ModelState, OpenPicture, Status
from restorer.engine.progress import Progress
from restorer.engine.proposal import Proposal
from restorer.engine.task import CAMERA_MODEL
from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.imaging.picture import Picture
from restorer.ui.text import duration, tasks
from restorer.words import tr

if TYPE_CHECKING:  # scipy comes with it
    from restorer.degradation.estimate import DegradationEstimate


def queue_place(ahead: int) -> str:
    """How many runs come before a waiting one."""
    if ahead <= 1:
        return tr("Waiting for one other run")
    return tr("Waiting for {n} other runs").format(n=ahead)


def short_state(document: Document, opened: OpenPicture) -> str:
    """The state of a picture in a word or two, for the strip."""
    match opened.status:
        case Status.OPENING:
            return tr("opening…") if opened.content.requested else tr("waiting to be opened")
        case Status.MEASURING:
            return tr("measuring…")
        case Status.WAITING:
            return queue_place(document.runs.ahead(opened))
        case Status.RESTORING if document.queue.paused:
            return tr("paused")
        case Status.RESTORING:
            return tr("{doing}…").format(doing=_doing(opened))
        case Status.STOPPING:
            return tr("Stopping…")
        case _ if opened.results.steps is not None:
            return tr("planning…")
        case _ if opened.results.failure is not None:
            return tr("failed: {why}").format(why=opened.results.failure.sentence)
        case Status.STOPPED:
            return tr("saved") if opened.results.saved else tr("stopped")
        case Status.RESTORED:
            return tr("saved") if opened.results.saved else tr("restored, not saved")
    return tr("clean") if opened.content.looks_clean else ""


def _doing(opened: OpenPicture) -> str:
    """What its run is doing: "Restoring", "Filling"."""
    run = opened.results.making or opened.results.shown
    doing = tasks.task(run.task.damage.kind if run else DEFAULT_TASK).doing
    return _of_several(opened, doing)


def _of_several(opened: OpenPicture, text: str) -> str:
    """A text about a run, with the number of its step if there are several."""
    run, steps = opened.results.making, opened.results.steps
    if run is None or run.job is None or steps is None:
        return text
    number = len(steps.ended) + 1
    count = number + len(run.job.rest)
    return f"{number}/{count} {text}" if count > 1 else text


def stop(opened: OpenPicture) -> str:
    """The words of the command that stops this picture's run."""
    return tr("Stop waiting") if opened.status is Status.WAITING else tr("Stop")


def elsewhere(document: Document) -> str:
    """What is going on with pictures other than the current one."""
    parts = []
    working = next((other for other in document.runs.elsewhere if other.status.running), None)
    doubted = document.doubts.picture
    if working is not None:
        title = _short(working.source.title)
        doing = tr("Paused:") if document.queue.paused else _doing(working)
        parts.append(tr("{doing} “{title}”").format(doing=doing, title=title))
        if working.results.progress is not None and not document.queue.paused:
            parts.append(_left(working.results.progress))
    elif doubted is not None and doubted is not document.pictures.current:
        parts.append(
            tr("Measuring the doubt of “{title}”").format(title=_short(doubted.source.title))
        )
    waits = sum(other.status is Status.WAITING for other in document.runs.elsewhere)
    if waits:
        parts.append(tr("{n} waiting").format(n=waits))
    return ", ".join(parts)


def _left(now: Progress) -> str:
    """The expected time; there is no forecast after the last tile, such as for decoding."""
    if now.seconds_left < 1 and now.step == now.steps - 1:
        return tr("finishing")
    return tr("{time} left").format(time=duration(now.seconds_left))


def how_to_stop(document: Document) -> str:
    """The hint for Esc when nothing can be stopped here but something runs elsewhere; or ""."""
    first = next(iter(document.runs.elsewhere), document.doubts.picture)
    if first is None:
        return ""
    if first.results.making is None:
        what = tr("The doubt of “{title}” is being measured.")
    elif first.status is Status.WAITING:
        what = tr("“{title}” is waiting to be restored.")
    else:
        what = tr("“{title}” is being restored.")
    how = tr(
        "To stop it, open it and press Esc, or use its menu in the strip; Shift+Esc stops all."
    )
    return " ".join((what.format(title=_short(first.source.title)), how))


def _short(title: str) -> str:
    return title if len(title) <= 24 else f"{title[:15]}…{title[-8:]}"


def status(document: Document) -> str:
    """What is going on with the current picture, for the right end of the status bar."""
    opened = document.pictures.current
    if opened is None:
        return ""
    ahead = document.doubts.ahead(opened.results.shown)
    if opened.status is Status.WAITING:
        first = _doubting(document, ahead, tr("Measuring the doubt first")) if ahead == 0 else ""
        return first or queue_place(document.runs.ahead(opened))
    if opened.status is Status.STOPPING:
        return tr("Stopping…")
    if opened.status is Status.RESTORING:
        doing = _running(document, opened)
        return tr("Paused. {doing}").format(doing=doing) if document.queue.paused else doing
    if opened.results.steps is not None:
        return tr("Planning the next step, Esc stops")
    if ahead is not None:
        return _doubting(document, ahead, tr("Measuring the doubt, Esc stops"))
    verdict, over = document.display.verdict, _over(opened)
    if not verdict:
        return over
    return f"{over} {verdict}" if opened.results.saved and over else verdict


def _running(document: Document, opened: OpenPicture) -> str:
    """Progress of the run under way."""
    run = opened.results.making
    if run is not None and run.decoding:
        return tr("Decoding…")
    if run is not None and opened.results.progress is not None:
        return _of_several(opened, progress(opened.results.progress, run.task.damage.kind))
    if document.models.state is ModelState.LOADING:
        return tr("Waiting for the model…")
    return tr("{doing}…").format(doing=_doing(opened))


def _doubting(document: Document, ahead: int, measuring: str) -> str:
    """Progress of measuring the doubt, or how many runs come before it."""
    if ahead:
        return tr("{waiting}, Esc stops").format(waiting=queue_place(ahead))
    now = document.doubts.progress
    return measuring if now is None else f"{measuring}, {_left(now)}"


def _over(opened: OpenPicture) -> str:
    """The outcome of the run."""
    over = opened.status in (Status.STOPPED, Status.RESTORED)
    if over and opened.results.saved and opened.results.saved_to is not None:
        saved = tr("Saved as {name}.").format(name=opened.results.saved_to.name)
        return " ".join((saved, *opened.results.save_notes))
    run = opened.results.shown
    if opened.status is Status.STOPPED and run is not None and run.part is not None:
        made, tiles = run.part
        kept = tr("Stopped; {n} of {all} tiles are restored, the rest is the original")
        return kept.format(n=made, all=tiles)
    if opened.status is Status.STOPPED:
        one = opened.results.frames == 1
        kept = tr("Stopped; one step kept") if one else tr("Stopped; {n} steps kept")
        kept = kept.format(n=opened.results.frames)
        return tr("{kept}, as previews").format(kept=kept) if opened.results.preview else kept
    if opened.status is Status.RESTORED and run is not None:
        done = tasks.task(run.task.damage.kind).done
        time = duration(run.trajectory.infos[-1].seconds)
        return tr("{done} in {time}").format(done=done, time=time)
    return "" if opened.status is Status.READY else findings(opened)[0]


def facts(picture: Picture) -> str:
    """Size, depth and colour space: "640 × 480 · 8 bit · sRGB"."""
    width, height = picture.size
    depth = tr("32 bit float") if picture.bits == 32 else tr("{n} bit").format(n=picture.bits)
    return f"{width} × {height}  ·  {depth}  ·  {colour_space(picture)}"


def colour_space(picture: Picture) -> str:
    """Name of the picture's colour profile."""
    if picture.icc is None:
        return tr("grey") if picture.grey else "sRGB"
    space = QColorSpace.fromIccProfile(picture.icc)
    name = space.description() if space.isValid() else ""
    if name.startswith("sRGB"):
        return "sRGB"
    if len(name) > 24:
        name = name[:23].rstrip() + "…"
    return name or tr("own profile")


def findings(opened: OpenPicture) -> tuple[str, str]:
    """The findings about the picture: a headline and a sentence."""
    estimate, found = opened.content.estimate, opened.found
    if opened.status is Status.OPENING:
        return tr("Opening…"), ""
    if opened.status is Status.MEASURING:
        return tr("Measuring…"), ""
    if estimate is None or found is None or opened.content.unmeasured:
        return tr("Not measured"), tr("The noise in this picture could not be measured.")
    return _worst(opened, found), _in_a_sentence(opened, estimate, found)


def _worst(opened: OpenPicture, found: Proposal) -> str:
    """The worst finding; it says that there is none only once every search has ended."""
    estimate = opened.content.estimate
    if found.is_empty and estimate is not None and estimate.perhaps:
        return tr("No damage for sure")
    if not found.is_empty or opened.content.looks_clean:
        return tr(found.headline)
    return tr("Looking for scratches…") if opened.content.searching else tr("Hardly any noise")


def _in_a_sentence(opened: OpenPicture, estimate: DegradationEstimate, found: Proposal) -> str:
    """What the findings mean; "" where a proposal says it."""
    kind = TASKS[opened.plan.parameters.task]
    if opened.plan.parameters.latent is not None:
        return tr("Has no effect on models with prompts: the start says how much is redrawn.")
    if estimate.colours is not None:
        few = tr("It has few colours ({count}), like a drawing or a dithered picture.")
        return few.format(count=estimate.colours)
    if estimate.dots:
        return tr("It consists of dots in two tones, like a print or a dithered picture.")
    if opened.proposal is not None:
        return ""
    if not estimate.clean:
        return _of_noise(opened, estimate)
    if found.steps or opened.content.searching:
        return ""
    if not found.is_empty:
        return tr("Restorer reports this and leaves it as it is.")
    if estimate.perhaps:
        words = tr("Marks that might be scratches or dust: {n}. M, then F, shows them.")
        return words.format(n=estimate.perhaps)
    if kind.is_noise:
        return tr("If you see noise, as in photos straight from a camera, tick Camera photo.")
    return tr("There is nothing to clean.")


def _of_noise(opened: OpenPicture, estimate: DegradationEstimate) -> str:
    """How much noise there is, and what the task does with it."""
    parameters, task = opened.plan.parameters, opened.plan.task
    if TASKS[parameters.task].exact == "without noise" and not parameters.noise:
        return tr(
            "This task keeps the noise. Clean the picture first, then use the result as input."
        )
    if estimate.camera is not None:
        sentence = tr(
            "Blotchy, as from a camera; between {low:.0f} and {high:.0f}. "
            "Fine-tune it with Strength."
        ).format(low=estimate.camera.low, high=estimate.camera.high)
        if task is not None and task.model == CAMERA_MODEL:
            sentence += " " + tr("The camera prior removes it.")
        return sentence
    sentence = _of_level(estimate.noise)
    if task is not None and task.damage.luma:
        sentence += " " + tr("What JPEG compression did goes with it.")
    return sentence


def _of_level(noise: float) -> str:
    if noise < 8:
        return tr("A little grain. Hardly any detail is lost with it.")
    if noise < 25:
        return tr("Clearly noisy. Most of the detail is still there.")
    if noise < 60:
        return tr("Very noisy. Fine detail will be guessed.")
    return tr("More noise than picture. Much of the result will be guessed.")


def about_noise(opened: OpenPicture) -> str:
    """The meaning of the headline, with its numbers."""
    if opened.content.estimate is None:
        return ""
    schedule = LINEAR
    t = schedule.t_from_noise(opened.content.estimate.noise)
    return tr(
        "Typical error of a pixel value (standard deviation),\n"
        "on a scale where black is 0 and white is 255. Under 2.5 counts as clean,\n"
        "25 is clearly visible; 60 is as strong as the contrast of a usual picture.\n"
        "noise {noise:.1f}   t {t:.1f}   sigma {sigma:.3f}   SNR {snr:.1f} dB"
    ).format(
        noise=opened.content.estimate.noise, t=t, sigma=schedule.sigma(t), snr=schedule.snr_db(t)
    )


def progress(now: Progress, kind: str) -> str:
    """Progress of a run: "Restoring tile 12 of 24, 8 s left"."""
    parts = []
    if now.steps > 1:
        parts.append(tr("step {n} of {all}").format(n=now.step + 1, all=now.steps))
    if now.tiles > 1 or now.steps == 1:
        parts.append(tr("tile {n} of {all}").format(n=now.tile, all=now.tiles))
    doing, left = tasks.task(kind).doing, _left(now)
    return tr("{doing}: {where}, {left}").format(doing=doing, where=", ".join(parts), left=left)


def model(document: Document) -> str:
    """The loaded model, its device and its precision."""
    if document.models.state is ModelState.LOADING:
        return tr("Loading the model…")
    if document.models.state is ModelState.REFUSED:
        return tr("The model could not be loaded")
    if document.models.loaded is None:
        return ""
    size = document.models.loaded.parameters / 1e6
    return tr("{title}  ·  {size:.1f} M parameters  ·  {device} {precision}").format(
        title=document.models.loaded.title,
        size=size,
        device=document.models.loaded.device,
        precision=document.models.loaded.precision,
    )
