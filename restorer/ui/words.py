"""Plain words for what the window knows."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColorSpace

from restorer.diffusion.schedule import named, noise_words
from restorer.document import Document, ModelState, OpenPicture, Readiness, Status
from restorer.engine.damage import Kind
from restorer.engine.plan_latent import strength_of
from restorer.engine.progress import Progress
from restorer.engine.task import CAMERA_MODEL
from restorer.imaging.picture import Picture


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("words", text)


@dataclass(frozen=True)
class TaskWords:
    """How a kind of task is spoken of: in the list, on the button, while it runs, afterwards.

    Attributes:
        after: what the result is called beside the picture as it came.
    """

    title: str
    hint: str
    button: str
    doing: str
    done: str
    after: str


def task(kind: Kind) -> TaskWords:
    """The words for a kind of task."""
    match kind:
        case "inpaint":
            return TaskWords(
                tr("Fill holes and scratches"),
                tr("Makes up what is missing where a mask says so; nothing else changes."),
                *(tr("Fill"), tr("Filling"), tr("Filled"), tr("filled")),
            )
        case "upscale":
            return TaskWords(
                tr("Enlarge"),
                tr("Two to four times as wide and high, with the detail that is likely."),
                *(tr("Enlarge"), tr("Enlarging"), tr("Enlarged"), tr("enlarged")),
            )
        case "deblur":
            return TaskWords(
                tr("Sharpen"),
                tr("Undoes a blur of which you say what it was."),
                *(tr("Sharpen"), tr("Sharpening"), tr("Sharpened"), tr("sharpened")),
            )
        case "dejpeg":
            return TaskWords(
                tr("Remove JPEG blocks"),
                tr("Takes off what strong compression has left: blocks, rims, lost colour."),
                *(tr("Remove blocks"), tr("Removing blocks"), tr("Blocks removed"), tr("restored")),
            )
    return TaskWords(
        tr("Clean noise"),
        tr("Takes off grain and static."),
        *(tr("Restore"), tr("Restoring"), tr("Restored"), tr("restored")),
    )


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
    if entry.parameters.latent is not None:
        headline = tr("Noise {noise:.0f} of 255").format(noise=estimate.noise)
        sentence = tr("Models with prompts do not go by it: the start says how much is made anew.")
        return tr("Hardly any noise") if estimate.clean else headline, sentence
    cleaning = entry.parameters.kind == "denoise"
    if estimate.colours is not None:
        few = tr("Made of few colours ({count}), as drawings and dithered pictures are.")
        return tr("No noise"), few.format(count=estimate.colours)
    if estimate.dots:
        return tr("No noise"), tr("Made of dots in two tones, as prints and dithers are.")
    if estimate.clean:
        some = tr("If you see some, as in photos straight from a camera, tick Camera photo.")
        return tr("Hardly any noise"), some if cleaning else tr("There is nothing to clean.")
    headline = tr("Noise {noise:.0f} of 255").format(noise=estimate.noise)
    if estimate.camera is not None:
        headline = tr("Camera noise, about {noise:.0f}").format(noise=estimate.noise)
    if entry.parameters.kind in ("inpaint", "upscale") and not entry.parameters.noise:
        sentence = tr("It would stay in. Clean the picture first, then go on with the result.")
    elif estimate.camera is not None:
        sentence = tr(
            "Blotchy, as cameras leave it; somewhere from {low:.0f} to {high:.0f}. "
            "Fine-tune it with Strength."
        ).format(low=estimate.camera.low, high=estimate.camera.high)
        if entry.task is not None and entry.task.model == CAMERA_MODEL:
            sentence += " " + tr("The prior that knows such noise takes it off.")
    elif estimate.noise < 8:
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


def progress(now: Progress, kind: Kind) -> str:
    """Where a run is: "Restoring tile 12 of 24, 8 s left"."""
    parts = []
    if now.steps > 1:
        parts.append(tr("step {n} of {all}").format(n=now.step + 1, all=now.steps))
    if now.tiles > 1 or now.steps == 1:
        parts.append(tr("tile {n} of {all}").format(n=now.tile, all=now.tiles))
    left = tr("{time} left").format(time=duration(now.seconds_left))
    doing = task(kind).doing
    return tr("{doing}: {where}, {left}").format(doing=doing, where=", ".join(parts), left=left)


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
    if entry.status is Status.WAITING:
        return tr("Stop waiting")
    parameters = entry.parameters
    button = task(parameters.kind).button
    if parameters.kind == "upscale":
        button = tr("{enlarge} × {n}").format(enlarge=button, n=parameters.scale)
    if parameters.start is not None and parameters.latent is not None:
        share = percent(strength_of(parameters.start))
        return tr("{do} at {share}").format(do=button, share=share)
    if parameters.start is not None:  # a person has moved it
        level = " ".join(noise_words(float(named("linear").sigma(parameters.start))))
        return tr("{do} from {level}").format(do=button, level=level)
    again = entry.frames and entry.run and entry.run.task.damage.kind == parameters.kind
    return tr("{do} again").format(do=button) if again else button


def _not_measured(entry: OpenPicture | None) -> str:
    match entry.status if entry else None:
        case Status.OPENING:
            return tr("One moment: the picture is being opened.")
        case Status.MEASURING:
            return tr("One moment: the picture is being measured.")
    return ""


def restore_hint(document: Document) -> str:
    """The line under the button: how long, or why not."""
    entry = document.current
    if entry is not None and entry.status is Status.WAITING:
        return tr("It begins by itself. Ctrl+Enter takes the settings as they are now.")
    match document.readiness:
        case Readiness.NO_PICTURE:
            return ""
        case Readiness.MEASURING:
            return _not_measured(entry)
        case Readiness.NO_MASK:
            return tr("Paint what is to be filled, or load a mask that is white there.")
        case Readiness.BLOCKED:
            obstacle = entry.obstacle if entry else None
            return obstacle.sentence if obstacle else ""
        case Readiness.PREPARING:
            return tr("It begins in a moment.") if entry is not None and entry.eager else ""
        case Readiness.CLEAN:
            return tr("Nothing to clean. To try it all the same, raise Strength.")
        case Readiness.RUNNING:
            run = entry.making if entry else None
            if run is None or run.latent is None:
                return tr("What is done so far is kept when you stop.")
            return (
                "" if run.decoding else tr("The steps so far are kept as previews when you stop.")
            )
    if document.model_state is ModelState.LOADING:
        return tr("The model is still loading; it begins by itself.")
    seconds = document.expected_seconds()
    if seconds is None:
        return ""
    return tr("It will take about {time}.").format(time=duration(seconds))


def percent(share: float) -> str:
    """A share of 1: "30 %"."""
    return tr("{n:.0f} %").format(n=100 * share)


def about_look(kind: Kind, one_guess: bool, drawn: bool = True) -> str:
    """What the slider from Faithful to Vivid does; `drawn` if chance has a say in Vivid."""
    if one_guess:
        return tr("DPS and RePaint make one guess; there is no average of theirs.")
    if kind == "denoise":
        begin = tr("Many clean pictures could be under this noise.")
    else:
        begin = tr("Many pictures would look like this one after the damage.")
    return "\n".join(
        (
            begin,
            tr("Faithful: their average. Least error, and softer where it is unsure."),
            tr("Vivid: one of them, drawn by chance. Crisp everywhere, with invented detail.")
            if drawn
            else tr(
                "Vivid: one crisp picture near their average, with invented detail.\n"
                "To draw one of them by chance take the sampler DDPM, under More."
            ),
        )
    )


def about_seed(chance: bool, kind: Kind) -> str:
    """What a seed does, or why it does nothing now."""
    if chance:
        return tr("The same seed makes the same picture again, another seed another guess.")
    nothing = tr("Nothing is left to chance here, so a seed would change nothing.")
    if kind == "denoise":
        where = tr(
            "For other guesses move the look towards Vivid and take the sampler DDPM, under More."
        )
    else:
        where = tr("For other guesses move the look towards Vivid.")
    return f"{nothing}\n{where}"


def about_hole(entry: OpenPicture | None) -> str:
    """How much of the picture is to be filled."""
    if entry is None or entry.mask is None:
        return tr("Nothing is marked yet.")
    if not entry.prepared or entry.ground is None:
        return tr("Looking at the mask…")
    part = entry.ground.filled
    if part == 0:
        return tr("Nothing is marked yet.")
    share = tr("less than 0.1 %") if part < 0.001 else tr("{n:.1f} %").format(n=part * 100)
    return tr("{share} of the picture is to be filled.").format(share=share)


def enlarged_size(entry: OpenPicture | None, scale: int) -> str:
    """What comes out: "1280 × 960 pixels"."""
    if entry is None or entry.picture is None:
        return ""
    width, height = entry.picture.size
    return tr("{width} × {height} pixels").format(width=width * scale, height=height * scale)


def result_title(entry: OpenPicture) -> str:
    """What a result is called that is a picture of its own."""
    kind = entry.run.task.damage.kind if entry.run else "denoise"
    return tr("{title}, {done}").format(title=entry.title, done=task(kind).after)
