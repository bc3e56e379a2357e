"""Settings that few people need: samplers, methods of repair, guidance."""

from __future__ import annotations

from typing import get_args

from restorer.diffusion.samplers import SAMPLERS, samplers_for
from restorer.engine.damage import Method
from restorer.engine.task import CLASSIFIER
from restorer.engine.tasks import TASKS
from restorer.ui.settings.fields import amount_row, asks_prior, for_task, in_pixels, is_noise
from restorer.ui.text import tasks
from restorer.ui.widgets.binding import Check, Choice, Number, Option, Slider, Words
from restorer.ui.widgets.rows import Note, Row, State
from restorer.ui.widgets.scale import Scale
from restorer.words import marked as _
from restorer.words import number, tr

MOST_NOISE = 100

METHOD_TITLES = {
    "auto": _("Automatic"),
    "conditional": _("Trained network"),
    "ddnm": "DDNM",
    "diffpir": "DiffPIR",
    "dps": "DPS",
    "repaint": "RePaint",
}


def more_rows() -> list[Row]:
    """The rows under More."""
    amount = amount_row("amount", asks_prior)
    return [*_sampler_rows(), *_method_rows(), *_guide_rows(), amount]


def _stepping(state: State) -> bool:
    """A person can choose the sampler: only the prior, or a prompt, guides it."""
    return state.prompted or for_task(is_noise)(state)


def _sampler_rows() -> list[Row]:
    def samplers(state: State) -> list[Option]:
        names = samplers_for(latent=state.prompted)
        return [Option(name, tr(SAMPLERS[name].title)) for name in names]

    def worded(state: State) -> bool:
        return _stepping(state) and (state.prompted or state.parameters.classifier != CLASSIFIER)

    return [
        Choice("sampler", tr("Sampler"), samplers)
        .of("sampler", write=lambda _, sampler: {"sampler": sampler, "eta": _usual_eta(sampler)})
        .where(
            _stepping,
            lambda s: tasks.about_sampler(s.prompted),
            lambda s: s.prompted or s.parameters.faithfulness < 1,
        ),
        Slider("eta", tr("Noise put back (eta)"), words=_eta_words)
        .of("eta", reset=lambda s: {"eta": _usual_eta(s.parameters.sampler)})
        .where(
            _stepping,
            tr("0 is plain DDIM, without randomness; 1 adds as much noise as DDPM."),
            lambda s: SAMPLERS[s.parameters.sampler].eta is not None,
        ),
        Check("private", tr("Keep the prompt out of the file")).where(
            worded, tr("A saved picture says how it was made; anybody can read that.")
        ),
    ]


def _eta_words(state: State) -> str:
    if SAMPLERS[state.parameters.sampler].eta is None:
        return tr("by the sampler")
    return number(state.parameters.eta, ".2f")


def _usual_eta(sampler: str) -> float:
    return SAMPLERS[sampler].eta or 0.0


def _method_rows() -> list[Row]:
    repairing = in_pixels(lambda kind: kind.asks_prior and not kind.is_noise)
    methods = [Option(m, tr(METHOD_TITLES[m])) for m in get_args(Method)]
    return [
        Choice("method", tr("Method"), methods).where(
            repairing, tr("How each step is kept consistent with what is known of the picture.")
        ),
        Note("reason", _reason, "quiet").where(repairing),
        Number("noise", tr("Noise"), (-1, MOST_NOISE), tr("Automatic"))
        .of(
            "noise",
            lambda s: -1 if s.parameters.noise is None else round(s.parameters.noise),
            lambda _, noise: {"noise": None if noise < 0 else float(noise)},
        )
        .where(
            in_pixels(lambda kind: kind.measures_noise),
            tr("Noise in the picture besides the damage, of 255; 0 keeps what is known exactly."),
        ),
    ]


def _reason(state: State) -> str:
    """The method that was chosen automatically, and why."""
    task = state.task
    if task is None or state.parameters.method != "auto" or task.method == "auto":
        return ""
    at_once = task.method == "conditional"
    _, reason = TASKS[task.damage.kind].method(task.damage, at_once)
    return f"{tr(METHOD_TITLES[task.method])}. {tr(reason)}"


# What guides samples: a label, or words where there is CLIP.


def _guide_rows() -> list[Row]:
    def vivid(state: State) -> bool:
        return state.parameters.faithfulness < 1  # posterior means cannot be guided

    def worded(state: State) -> bool:
        return in_pixels(is_noise)(state) and _by_words(state)

    def guided(state: State) -> bool:
        return worded(state) or (in_pixels(is_noise)(state) and bool(state.parameters.toward))

    return [
        Choice("toward", tr("Guide"), _guides)
        .of("toward", _guide, lambda _, guide: {"classifier": guide[0], "toward": guide[1]})
        .where(in_pixels(is_noise), lambda s: tasks.about_guide(vivid(s)), vivid),
        Words("words", tr("Words"), 2, tr("Such as: an oil painting"), place="unseen")
        .of("toward")
        .where(worded, enabled=vivid),
        Slider("push", tr("Guide strength"), Scale(0, 100), lambda s: f"{s.parameters.push:.0f}")
        .of("push", write=lambda _, push: {"push": float(push)})
        .where(guided, tr("0 does not guide; double-click for the usual."), vivid),
    ]


def _by_words(state: State) -> bool:
    chosen = state.parameters.classifier
    return any(info.role.words and info.name == chosen for info in state.models)


def _guide(state: State) -> tuple[str, str]:
    """Name of the guiding model, and the label it guides to; "" for words."""
    parameters = state.parameters
    return parameters.classifier, "" if _by_words(state) else parameters.toward


def _guides(state: State) -> list[Option]:
    options = [Option((CLASSIFIER, ""), tr("Nothing"))]
    for info in state.models:
        options += [Option((info.name, name), tr(name).capitalize()) for name in info.labels]
        if info.role.words:
            options.append(Option((info.name, ""), tr("Words ({0})").format(info.title)))
    return options
