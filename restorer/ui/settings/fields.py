"""The settings of the panel, one row each: the parameter, the tasks that have it, the words."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QToolButton

from restorer.diffusion.schedule import LINEAR
from restorer.engine.plan import start_for
from restorer.engine.plan_latent import ALL_NOISE, misfit, strength_of
from restorer.engine.tasks import TASKS, TaskKind
from restorer.engine.tasks.deblur import parse_blur
from restorer.engine.tasks.kind import Number as TaskNumber
from restorer.ui.text import models, percent, tasks
from restorer.ui.widgets.binding import (
    Check,
    Choice,
    Number,
    Option,
    Segments,
    Slider,
)
from restorer.ui.widgets.rows import Condition, Note, Row, State
from restorer.ui.widgets.scale import Scale
from restorer.words import number as written
from restorer.words import tr

#: Range of the slider Strength, noise on the 0-255 scale; the timeline goes further.
STRENGTH = Scale(float(LINEAR.noise(0)), 150.0, 1000, log=True)
#: Range of the slider Strength for a model with prompts: t + 1.
REDRAWN = Scale(0.0, ALL_NOISE + 1, 1000)
#: Range of the slider Width for each kind of blur, in pixels.
WIDTHS = {
    "gaussian": Scale(0.3, 12.0, 200, log=True),
    "disc": Scale(0.6, 24.0, 200, log=True),
    "motion": Scale(1.0, 40.0, 200, log=True),
}
#: A disc of this radius, or a line of this length, spreads as far as a Gaussian of deviation 1.
SPREADS = {"gaussian": 1.0, "disc": 2.0, "motion": math.sqrt(12)}
KERNEL = "kernel"
MIDDLING_QUALITY = 50
MOST_STEPS, MOST_SEED = 100, 2**31 - 1


def for_task(suits: Callable[[TaskKind], bool]) -> Condition:
    """A condition on the kind of task, for any model."""
    return lambda state: suits(TASKS[state.parameters.task])


def in_pixels(suits: Callable[[TaskKind], bool]) -> Condition:
    """A condition on the kind of task, for models in pixels."""
    return lambda state: not state.prompted and suits(TASKS[state.parameters.task])


def is_noise(kind: TaskKind) -> bool:
    """The task removes noise."""
    return kind.is_noise


def asks_prior(kind: TaskKind) -> bool:
    """The task uses a network."""
    return kind.asks_prior


def amount_row(name: str, suits: Callable[[TaskKind], bool]) -> Row:
    """The slider Amount, for some kinds of tasks."""

    def words(state: State) -> str:
        return tr("all") if state.parameters.amount == 1 else percent(state.parameters.amount)

    hint = tr("How much of the change is kept; 0 leaves the picture as it is.")
    return Slider(name, tr("Amount"), words=words).of("amount").where(for_task(suits), hint)


def task_rows(open_kernel: Callable[[], None]) -> list[Row]:
    """The rows that belong to single kinds of tasks."""
    numbers = [_number_row(kind, n) for kind in TASKS.values() for n in kind.numbers]
    return [
        *(*_denoise_rows(), *_upscale_rows(), *_deblur_rows(open_kernel), _quality_row()),
        *numbers,
        amount_row("amount_of_change", lambda kind: not kind.asks_prior),
    ]


def _number_row(kind: TaskKind, number: TaskNumber) -> Row:
    """The slider for a number that only one kind of task has."""

    def value(state: State) -> float:
        return dict(state.parameters.numbers).get(number.name, number.usual)

    def others(state: State) -> tuple[tuple[str, float], ...]:
        return tuple(pair for pair in state.parameters.numbers if pair[0] != number.name)

    def suits(state: State) -> bool:
        estimate = state.opened.content.estimate if state.opened else None
        known = estimate is not None and not (estimate.toned or estimate.grey or estimate.uneven)
        return not (number.of_one_tone and known) or bool(others(state) != state.parameters.numbers)

    scale = Scale(number.least, number.most, 200)
    return (
        Slider(number.name, tr(number.title), scale, lambda s: written(value(s), ".3g"))
        .of(
            "numbers",
            value,
            lambda s, chosen: {"numbers": (*others(s), (number.name, chosen))},
            lambda s: {"numbers": others(s)},
        )
        .where(lambda s: s.parameters.task == kind.name and suits(s), tr(number.hint))
    )


# Cleaning: how much noise to remove.


def _denoise_rows() -> list[Row]:
    return [
        Slider("strength", tr("Strength"), STRENGTH, _noise_words)
        .of("start", _noise, lambda _, noise: {"start": start_for(noise)})
        .where(in_pixels(is_noise), tasks.about_strength(prompted=False)),
        Slider("redrawn", tr("Strength"), REDRAWN, lambda s: percent(_redrawn(s) / 1000))
        .of("start", _redrawn, lambda _, t: {"start": max(0.0, t - 1)})
        .where(lambda s: s.prompted and for_task(is_noise)(s), tasks.about_strength(prompted=True)),
        Check("camera", tr("Camera photo"))
        .of("camera", write=lambda _, on: {"camera": on, "start": None})
        .where(
            in_pixels(is_noise),
            tr(
                "Noise straight from a camera is blotchy and looks smaller than it is.\n"
                "This starts from a level that suits most cameras; fine-tune it with Strength."
            ),
        ),
    ]


def _start(state: State) -> float | None:
    return state.task.start if state.task else None


def _redrawn(state: State) -> float:
    start = _start(state)
    return 0.0 if start is None else strength_of(start) * REDRAWN.high


def _noise(state: State) -> float | None:
    start = _start(state)
    return None if start is None else float(LINEAR.noise(start))


def _noise_words(state: State) -> str:
    noise = _noise(state)
    return tr("nothing") if noise is None else f"{noise:.0f}"


# Enlarging: by which factor.


def _upscale_rows() -> list[Row]:
    hint = tr("{n} times as wide and high")
    sizes = [Option(n, f"× {n}", hint.format(n=n)) for n in (2, 3, 4)]
    return [
        Segments("scale", tr("Size"), sizes).where(for_task(lambda kind: kind.grows)),
        Note("size", lambda s: tasks.enlarged_size(s.opened, s.parameters.scale), "caption").where(
            for_task(lambda kind: kind.grows)
        ),
    ]


# Sharpening: the kind of blur, and its width.


def _blurred(kind: TaskKind) -> bool:
    return "blur" in kind.options


def _deblur_rows(open_kernel: Callable[[], None]) -> list[Row]:
    def measured(state: State) -> bool:
        return for_task(_blurred)(state) and not state.parameters.kernel

    return [
        Choice("blur", tr("Blur"), _blurs, {KERNEL: open_kernel})
        .of("blur", lambda s: KERNEL if s.parameters.kernel else _blur(s)[0], _as_wide)
        .where(
            for_task(_blurred),
            tr(
                "What a point of light became: a soft spot (Gaussian), a disc, a line,\n"
                "or what a small picture shows (a kernel with odd sides)."
            ),
        ),
        Slider("width", tr("Width"), lambda s: WIDTHS[_blur(s)[0]], _width_words)
        .of(
            "blur",
            lambda s: _blur(s)[1],
            lambda s, width: {"blur": blur_text(_blur(s)[0], width, _blur(s)[2])},
        )
        .where(measured, tr("Too narrow leaves the picture soft, too wide draws rims at edges.")),
        Slider("direction", tr("Direction"), Scale(0, 179, 179), lambda s: f"{_blur(s)[2]:.0f}°")
        .of(
            "blur",
            lambda s: round(_blur(s)[2]) % 180,
            lambda s, degrees: {"blur": blur_text(*_blur(s)[:2], degrees)},
        )
        .where(lambda s: measured(s) and _blur(s)[0] == "motion"),
    ]


def _blur(state: State) -> tuple[str, float, float]:
    """Kind, width in pixels, and direction in degrees (0 if the kind has none)."""
    kind, (width, *degrees) = parse_blur(state.parameters.blur)
    return kind, width, degrees[0] if degrees else 0.0


def _blurs(state: State) -> list[Option]:
    file = state.parameters.kernel_name if state.parameters.kernel else tr("From a file…")
    return [
        Option("gaussian", tr("Soft all over")),
        Option("disc", tr("Out of focus")),
        Option("motion", tr("Shaken or moved")),
        Option(KERNEL, file),
    ]


def _as_wide(state: State, kind: str) -> dict[str, object]:
    """Change to another kind of blur of the same spread."""
    before, width, _ = _blur(state)
    blur = blur_text(kind, width / SPREADS[before] * SPREADS[kind])
    return {"blur": blur, "kernel": (), "kernel_name": ""}


def _width_words(state: State) -> str:
    return tr("{n:.1f} pixels").format(n=_blur(state)[1])


def blur_text(kind: str, width: float, degrees: float = 0.0) -> str:
    """A blur as `Damage` writes it, within the range of the slider."""
    scale = WIDTHS[kind]
    width = min(max(width, scale.low), scale.high)
    return f"{kind}:{width:.2g},{degrees:g}" if kind == "motion" else f"{kind}:{width:.2g}"


# Removing JPEG blocks: how strongly the file was compressed.


def _quality_row() -> Row:
    return (
        Slider("quality", tr("Quality of the file"), Scale(1, 100, 99), lambda s: _quality(s)[1])
        .of("quality", lambda s: _quality(s)[0], lambda _, value: {"quality": round(value)})
        .where(
            for_task(lambda kind: kind.needs_tables),
            tr(
                "How strongly the file was compressed: 90 is hardly at all, 10 is heavily.\n"
                "Double-click for what the file or its blocks say."
            ),
        )
    )


def _quality(state: State) -> tuple[int, str]:
    """The quality of the JPEG, and where the number comes from."""
    opened = state.opened
    if state.parameters.quality is not None:
        return state.parameters.quality, str(state.parameters.quality)
    if opened is not None and opened.content.tables is not None:
        return opened.content.tables.quality, tr("{n}, says the file").format(
            n=opened.content.tables.quality
        )
    blocks = opened.content.estimate.blocks if opened and opened.content.estimate else None
    if blocks is not None:
        return blocks.quality, tr("{n}, by its blocks").format(n=blocks.quality)
    return MIDDLING_QUALITY, tr("not known")


# For every task: look, steps, seed, model.


def common_rows(dice: QToolButton) -> list[Row]:
    """`dice` is the button for another seed."""
    ends = tr("Faithful"), tr("Vivid")
    return [
        Slider("look", tr("Look"), Scale(1.0, 0.0), _look_words, ends)
        .of("faithfulness")
        .where(in_pixels(asks_prior), _about_look, lambda s: not _one_guess(s)),
        Number("steps", tr("Steps"), (1, MOST_STEPS))
        .of("steps", lambda s: s.task.steps if s.task else s.parameters.steps)
        .where(
            for_task(asks_prior), tr("Passes of the network; each is one frame on the timeline.")
        ),
        Number("seed", tr("Seed"), (0, MOST_SEED), button=dice).where(
            for_task(asks_prior),
            lambda s: tasks.about_seed(_chance(s), s.parameters.task),
            _chance,
        ),
        Choice("model", tr("Model"), _models).where(
            for_task(asks_prior), tr("The network that knows what clean pictures look like.")
        ),
    ]


def _one_guess(state: State) -> bool:
    """The method makes a single guess, so there is no average."""
    parameters = state.parameters
    return not TASKS[parameters.task].is_noise and parameters.method in ("dps", "repaint")


def _about_look(state: State) -> str:
    parameters = state.parameters
    vivid_by_chance = replace(parameters, faithfulness=0.0).chance
    return tasks.about_look(parameters.task, _one_guess(state), vivid_by_chance)


def _look_words(state: State) -> str:
    vivid = round((1 - state.parameters.faithfulness) * 100)
    if vivid == 0:
        return tr("faithful")
    return tr("vivid") if vivid == 100 else tr("{n} % vivid").format(n=vivid)


def _chance(state: State) -> bool:
    """The seed makes a difference; always when a grey picture is cleaned."""
    opened, parameters = state.opened, state.parameters
    cleaning = TASKS[parameters.task].is_noise
    return parameters.chance or (cleaning and opened is not None and opened.content.grey)


def _models(state: State) -> list[Option]:
    """The models; those that do not fit the task are disabled and say why.

    Where the plan uses another model than the selected one, the title says so.
    """
    used = {info.name: info for info in state.models}.get(state.task.model if state.task else "")
    options = []
    for info in state.models:
        if info.role.restores:
            title, why_not = info.title, misfit(info, state.parameters.task)
            hint = why_not or models.about_model(info)
            if info.name == state.parameters.model and used is not None and used is not info:
                title, hint = tr("{0} (automatic)").format(used.title), models.about_model(used)
            options.append(Option(info.name, title, hint, enabled=not why_not))
    return options
