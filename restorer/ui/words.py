"""Plain words for what the window knows."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColorSpace

from restorer.diffusion.schedule import named
from restorer.document import Document, ModelState, OpenPicture, Readiness, Status
from restorer.engine.progress import Progress
from restorer.imaging.picture import Picture


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("words", text)


def facts(picture: Picture) -> str:
    """Size, depth and colour space: "640 × 480 · 8 bit · sRGB"."""
    width, height = picture.size
    depth = tr("32 bit float") if picture.bits == 32 else tr("{n} bit").format(n=picture.bits)
    return f"{width} × {height}  ·  {depth}  ·  {colour_space(picture)}"


def colour_space(picture: Picture) -> str:
    """What the picture's profile calls itself."""
    if picture.icc is None:
        return tr("grey") if picture.grey else "sRGB"
    space = QColorSpace.fromIccProfile(picture.icc)
    name = space.description() if space.isValid() else ""
    if name.startswith("sRGB"):
        return "sRGB"
    if len(name) > 24:
        name = name[:23].rstrip() + "…"
    return name or tr("own profile")


def measured(entry: OpenPicture) -> tuple[str, str]:
    """What was found in the picture: a headline and a sentence."""
    estimate = entry.estimate
    if entry.status is Status.OPENING:
        return tr("Opening…"), ""
    if entry.status is Status.MEASURING:
        return tr("Measuring…"), ""
    if estimate is None:
        return tr("Not measured"), tr("The noise in this picture could not be measured.")
    if estimate.clean:
        return tr("Clean"), tr(
            "Hardly any noise was found. If you see some, as in photos straight from a camera, "
            "tick Camera photo."
        )
    headline = tr("Noise {noise:.0f} of 255").format(noise=estimate.noise)
    if estimate.noise < 8:
        sentence = tr("A little grain. It will come off without a trace.")
    elif estimate.noise < 25:
        sentence = tr("Clearly noisy. Most of the detail is still there.")
    elif estimate.noise < 60:
        sentence = tr("Very noisy. Fine detail has to be guessed.")
    else:
        sentence = tr("More noise than picture. Much of the result is guessed.")
    return headline, sentence


def about_noise(entry: OpenPicture) -> str:
    """What the headline means, and the numbers behind it."""
    if entry.estimate is None:
        return ""
    schedule = named("linear")
    t = schedule.t_from_noise(entry.estimate.noise)
    return tr(
        "How far the values of pixels are off, typically (standard deviation),\n"
        "on a scale where black is 0 and white is 255. Under 3 counts as clean,\n"
        "25 is clearly visible; 60 is the contrast of a usual picture itself.\n"
        "noise {noise:.1f}   t {t:.1f}   sigma {sigma:.3f}   SNR {snr:.1f} dB"
    ).format(noise=entry.estimate.noise, t=t, sigma=schedule.sigma(t), snr=schedule.snr_db(t))


def duration(seconds: float) -> str:
    """A time a person can use: "8 s", "2 min 10 s", "1 h 5 min"."""
    whole = max(1, round(seconds))
    if whole < 60:
        return tr("{s} s").format(s=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 10:
        return tr("{m} min {s} s").format(m=minutes, s=rest) if rest else _minutes(minutes)
    if minutes < 60:
        return _minutes(round(whole / 60))
    hours, minutes = divmod(minutes, 60)
    return tr("{h} h {m} min").format(h=hours, m=minutes)


def _minutes(minutes: int) -> str:
    return tr("{m} min").format(m=minutes)


def progress(now: Progress) -> str:
    """Where a run is: "Restoring tile 12 of 24, 8 s left"."""
    parts = []
    if now.steps > 1:
        parts.append(tr("step {n} of {all}").format(n=now.step + 1, all=now.steps))
    if now.tiles > 1 or now.steps == 1:
        parts.append(tr("tile {n} of {all}").format(n=now.tile, all=now.tiles))
    left = tr("{time} left").format(time=duration(now.seconds_left))
    return tr("Restoring {where}, {left}").format(where=", ".join(parts), left=left)


def status(document: Document) -> str:
    """What is going on, for the right end of the status bar."""
    entry = document.current
    if entry is None:
        return ""
    if entry.status is Status.STOPPING:
        return tr("Stopping…")
    if entry.status is Status.RESTORING:
        if document.progress is not None:
            return progress(document.progress)
        if document.model_state is ModelState.LOADING:
            return tr("Waiting for the model…")
        return tr("Restoring…")
    if entry.status is Status.STOPPED and entry.run is not None and entry.run.part is not None:
        done, tiles = entry.run.part
        words = tr("Stopped; {n} of {all} tiles restored, the rest is as it came")
        return words.format(n=done, all=tiles)
    if entry.status is Status.STOPPED:
        return tr("Stopped; {n} steps kept").format(n=entry.frames)
    if entry.status is Status.RESTORED and entry.trajectory is not None:
        if entry.saved and entry.saved_to is not None:
            saved = tr("Saved as {name}.").format(name=entry.saved_to.name)
            return " ".join((saved, *entry.save_notes))
        seconds = entry.trajectory.infos[-1].seconds
        return tr("Restored in {time}").format(time=duration(seconds))
    return "" if entry.status is Status.READY else measured(entry)[0]


def model(document: Document) -> str:
    """Which model is in memory and where it computes."""
    if document.model_state is ModelState.LOADING:
        return tr("Loading the model…")
    if document.model_state is ModelState.REFUSED:
        return tr("The model could not be loaded")
    if document.model is None:
        return ""
    size = document.model.parameters / 1e6
    return tr("{title}  ·  {size:.1f} M parameters  ·  {device} {precision}").format(
        title=document.model.title,
        size=size,
        device=document.model.device,
        precision=document.model.precision,
    )


def restore_button(document: Document) -> str:
    """What the button will do."""
    entry = document.current
    if entry is None:
        return tr("Restore")
    if entry.status.running:
        return tr("Stopping…") if entry.status is Status.STOPPING else tr("Stop")
    if entry.parameters.start is not None:  # a person has moved it
        noise = float(named("linear").noise(entry.parameters.start))
        return tr("Restore from noise {n:.0f}").format(n=noise)
    return tr("Restore again") if entry.frames else tr("Restore")


def _not_measured(entry: OpenPicture | None) -> str:
    match entry.status if entry else None:
        case Status.OPENING:
            return tr("One moment: the picture is being opened.")
        case Status.MEASURING:
            return tr("One moment: the picture is being measured.")
    return ""


def restore_hint(document: Document) -> str:
    """The line under the button: how long, or why not."""
    match document.readiness:
        case Readiness.NO_PICTURE:
            return ""
        case Readiness.MEASURING:
            return _not_measured(document.current)
        case Readiness.CLEAN:
            return tr("Nothing to clean. To try it all the same, raise Strength.")
        case Readiness.RUNNING:
            return tr("What is done so far is kept when you stop.")
    if document.model_state is ModelState.LOADING:
        return tr("The model is still loading; it begins by itself.")
    seconds = document.expected_seconds()
    if seconds is None:
        return ""
    return tr("It will take about {time}.").format(time=duration(seconds))
