"""Words for the tasks: what each does, what Restore would do, what each control is for."""

from __future__ import annotations

from restorer.diffusion.samplers import SAMPLERS, samplers_for
from restorer.diffusion.schedule import LINEAR, noise_in_words
from restorer.document import Document, ModelState, OpenPicture, Readiness, Status
from restorer.engine.plan_latent import strength_of
from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.engine.tasks.kind import TaskWords
from restorer.ui.text import duration, percent
from restorer.words import tr


def task(kind: str) -> TaskWords:
    """The words for a kind of task, in the person's language."""
    return TASKS[kind].words.translated


def restore_button(document: Document) -> str:
    """The text of the button Restore."""
    opened = document.pictures.current
    if opened is None:
        return tr("Restore")
    if opened.status.running or opened.results.steps is not None:
        return tr("Stopping…") if opened.status is Status.STOPPING else tr("Stop")
    if opened.status is Status.WAITING:
        return tr("Stop waiting")
    if opened.proposal is not None:
        first, *others = opened.proposal.steps
        return tr("Clean everything") if others else task(first).button
    if document.planner.readiness is Readiness.CLEAN:
        return tr("Save result") if saves(document) else tr("Other tasks")
    parameters = opened.plan.parameters
    button = task(parameters.task).button
    if TASKS[parameters.task].grows:
        button = tr("{enlarge} × {n}").format(enlarge=button, n=parameters.scale)
    if parameters.start is not None and parameters.latent is not None:
        share = percent(strength_of(parameters.start))
        return tr("{do} at {share}").format(do=button, share=share)
    if parameters.start is not None:  # a person moved the start
        level = noise_in_words(float(LINEAR.sigma(parameters.start)))
        return tr("{do} from {level}").format(do=button, level=level)
    shown = opened.results.shown if opened.results.frames else None
    again = shown is not None and shown.task.damage.kind == parameters.task
    return tr("{do} again").format(do=button) if again else button


def saves(document: Document) -> bool:
    """The button saves: the result is unsaved, and nothing is left to clean."""
    opened = document.pictures.current
    clean = document.planner.readiness is Readiness.CLEAN
    return clean and opened is not None and opened.unsaved and opened.judged


def _not_measured(opened: OpenPicture | None) -> str:
    match opened.status if opened else None:
        case Status.OPENING:
            return tr("Opening the picture…")
        case Status.MEASURING:
            return tr("Measuring the picture…")
    return ""


def _starts_soon(opened: OpenPicture) -> str:
    """What the run waits for after Restore was pressed, or would wait for."""
    pressed = opened.plan.begins_soon
    if not opened.content.searching:
        return tr("It starts in a moment.") if pressed else ""
    if pressed:
        return tr("It starts once the search for scratches is over.")
    return tr("Restorer is still looking for scratches.")


def restore_hint(document: Document) -> str:
    """The line under the button: the expected time, or why a run cannot start."""
    opened = document.pictures.current
    if opened is not None and opened.status is Status.WAITING:
        return tr("It starts by itself. Ctrl+Enter takes over the current settings.")
    match document.planner.readiness:
        case Readiness.NO_PICTURE:
            return ""
        case Readiness.MEASURING:
            return _not_measured(opened)
        case Readiness.NO_MASK:
            return tr("Paint the area to fill, or load a mask that is white there.")
        case Readiness.BLOCKED:
            obstacle = opened.plan.obstacle if opened else None
            return obstacle.sentence if obstacle else ""
        case Readiness.PREPARING:
            return _starts_soon(opened) if opened is not None else ""
        case Readiness.CLEAN if opened is not None and opened.settled:
            return tr(
                "All steps are done. If you still see damage, mark it (M). To begin anew, go back "
                "to the original."
            )
        case Readiness.CLEAN if opened is not None and opened.judged:
            return tr("All that was found is done. If you still see damage, mark it (M).")
        case Readiness.CLEAN:
            return tr("Nothing to clean. To clean it anyway, raise Strength.")
        case Readiness.RUNNING:
            run = opened.results.making if opened else None
            if run is None and opened is not None and opened.results.shown is None:
                return tr("It starts in a moment.")
            if run is None or run.latent is None:
                return tr("If you stop, you keep what is done so far.")
            return "" if run.decoding else tr("If you stop, you keep the steps so far as previews.")
    if document.models.state is ModelState.LOADING:
        return tr("The model is still loading; a run waits until it is there.")
    if opened is not None and opened.proposal is not None:
        several = len(opened.proposal.steps) > 1
        return tr("One step after the other. A step that is seen to do harm is undone.") * several
    seconds = document.planner.expected_seconds()
    if seconds is None:
        return ""
    return tr("Takes about {time}.").format(time=duration(seconds))


def about_look(kind: str, one_guess: bool, drawn: bool = True) -> str:
    """What the slider from Faithful to Vivid does; `drawn` if Vivid is drawn at random."""
    if one_guess:
        return tr("DPS and RePaint make one guess; they have no average.")
    if TASKS[kind].is_noise:
        begin = tr("Many clean pictures could lie under this noise.")
    else:
        begin = tr("Many pictures would look like this one once damaged.")
    return "\n".join(
        (
            begin,
            tr(
                "Faithful: their average. It has the least error, and is softer where it is unsure."
            ),
            tr("Vivid: one of them, drawn at random. Crisp everywhere, with invented detail.")
            if drawn
            else tr(
                "Vivid: one crisp picture near their average, with invented detail.\n"
                "To draw one of them at random, choose the sampler DDPM under More."
            ),
        )
    )


def about_seed(chance: bool, kind: str) -> str:
    """What the seed does, or why it has no effect now."""
    if chance:
        return tr("The same seed gives the same picture again, another seed another guess.")
    nothing = tr("Nothing is random here, so a seed would change nothing.")
    if TASKS[kind].is_noise:
        where = tr(
            "For other guesses, move Look towards Vivid and choose the sampler DDPM under More."
        )
    else:
        where = tr("For other guesses, move Look towards Vivid.")
    return f"{nothing}\n{where}"


def about_hole(opened: OpenPicture | None) -> str:
    """How much of the picture will be filled."""
    if opened is None or opened.painted.mask is None:
        return tr("Nothing is marked yet.")
    if not opened.plan.complete or opened.plan.prepared is None:
        return tr("Looking at the mask…")
    part = opened.plan.prepared.filled
    if part == 0:
        return tr("Nothing is marked yet.")
    share = tr("less than 0.1 %") if part < 0.001 else tr("{n:.1f} %").format(n=part * 100)
    text = tr("{share} of the picture will be filled.").format(share=share)
    marks = opened.painted.marks
    if marks == 0:  # they are being counted
        return text
    count = tr("One mark: {text}") if marks == 1 else tr("{n} marks: {text}")
    return count.format(n=marks, text=text)


def enlarged_size(opened: OpenPicture | None, scale: int) -> str:
    """Size of the enlarged picture: "1280 × 960 pixels"."""
    if opened is None or opened.content.picture is None:
        return ""
    width, height = opened.content.picture.size
    return tr("{width} × {height} pixels").format(width=width * scale, height=height * scale)


def result_title(opened: OpenPicture) -> str:
    """Title of a result that is opened as a picture."""
    kind = opened.results.shown.task.damage.kind if opened.results.shown else DEFAULT_TASK
    return tr("{title}, {done}").format(title=opened.source.title, done=task(kind).after)


def title(kind: str, prompted: bool) -> str:
    """Name of a task in the list; it may differ for a model with prompts."""
    words = task(kind)
    return (prompted and words.prompted) or words.title


def about_strength(prompted: bool) -> str:
    """What the slider Strength does."""
    if prompted:
        return tr(
            "How much is redrawn, as with the start handle of the timeline. 20 to 40 % restores;\n"
            "above 60 % little of the picture is left. Double-click for the default."
        )
    return tr(
        "How much noise is removed; the same as the start handle of the timeline.\n"
        "Double-click for the measured value."
    )


def about_sampler(prompted: bool) -> str:
    """What the sampler does."""
    if prompted:
        return tr("How the reverse process steps.")
    lines = [tr("How the reverse process steps. With Look at Faithful, all give the same result.")]
    for name in samplers_for(latent=False):
        sampler = SAMPLERS[name]
        lines.append(tr("{name}: {what}").format(name=tr(sampler.title), what=tr(sampler.sentence)))
    return "\n".join(lines)


def about_guide(vivid: bool) -> str:
    """What guidance does for a model in pixels, or why it has no effect."""
    if vivid:
        return tr(
            "Guides a vivid result towards what a classifier takes for this,\n"
            "or towards what CLIP thinks fits your words."
        )
    return tr("Only a vivid result can be guided: move Look towards Vivid.")
