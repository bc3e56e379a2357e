"""The reverse process: what a network predicts, what its answers are, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from restorer.diffusion.samplers import posterior
from restorer.engine.inspection import inspect_step
from restorer.engine.plan import start_for
from restorer.engine.run import Run
from restorer.engine.trajectory import Quantity
from restorer.engine.truth import Patch, detail, score
from restorer.engine.views import CLEAN, NOISE, NOISY
from restorer.imaging.geometry import thumbnail
from restorer.ui.course.page import (
    Figure,
    Finding,
    MultipleChoice,
    Myth,
    Number,
    Page,
    Question,
    Tool,
)
from restorer.ui.course.page_actions import CompareWays, ExplainRun, Ways, always, next_frame
from restorer.ui.course.page_context import PageContext, TrialResult
from restorer.ui.inspector import words
from restorer.words import marked as _
from restorer.words import tr

_SIDE = 220  # of a figure, pixels
_DRAWS = 25  # steps of what is drawn by chance: nearly a sample, in a few seconds


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is taken from the window: a run, and a pixel of the picture that it began with."""

    run: Run
    pixel: tuple[int, int]

    @property
    def place(self) -> tuple[int, int]:
        """x, y of that pixel in the run's frames."""
        x, y = (at * self.run.task.damage.growth for at in self.pixel)
        return x, y


def _asked(context: PageContext) -> _Asked:
    run = context.run
    assert run is not None
    return _Asked(run, context.pixel)


def _next_view(context: PageContext) -> None:
    """What the network sees, what it says of the noise, what it says of the picture."""
    views = (NOISY, NOISE, CLEAN)
    shown = context.document.display.view
    at = views.index(shown) + 1 if shown in views else 0
    context.document.display.set_view(views[at % 3])


def _network(asked: _Asked) -> Finding:
    frames = asked.run.trajectory
    index = len(frames) // 2
    found = inspect_step(asked.run, index, *asked.place)
    info = frames.infos[index]
    told = tr(
        "It names the static. Step {n} of your own run: the network was given the noisy state x_t "
        "and how noisy it is, and named the static ε in it. What is left when that is taken off "
        "is its idea of the clean picture, x_0. Knowing one of the two is knowing the other: your "
        "pixel's numbers below fit to the last digit."
    ).format(n=index + 1)
    titles = tr("x_t, what it sees\nt {0:.0f}").format(info.t), tr("ε, what it names"), tr("x_0")
    quantities = Quantity.X_T, Quantity.EPS, Quantity.X0
    figures = tuple(
        Figure(thumbnail(frames.view(index, quantity), _SIDE), title)
        for quantity, title in zip(quantities, titles, strict=True)
    )
    return Finding(told, equation=words.equation(found.state), figures=figures, pixel=asked.pixel)


def _mean_and_draw(patch: Patch, tried: list[TrialResult]) -> Finding:
    mean, draw = (np.clip(one.pixels, 0, 1) for one in tried)
    of_mean, of_draw = (score(pixels, patch.truth).psnr for pixels in (mean, draw))
    half = score((mean + draw) / 2, patch.truth).psnr
    told = tr(
        "The average has less error: {mean:.1f} dB against {draw:.1f} dB. Many clean pictures fit "
        "a noisy one. Their average is nearest to all of them and looks like none: its detail is "
        "{blur:.0f} % as strong as the truth's. One that is drawn from them looks real, "
        "{crisp:.0f} %, and pays for guessing: for a perfect draw 3 dB, here {cost:.1f}. The "
        "slider Look in the panel goes from the one to the other; half way has {half:.1f} dB."
    ).format(
        mean=of_mean,
        draw=of_draw,
        cost=of_mean - of_draw,
        half=half,
        blur=100 * detail(mean) / detail(patch.truth),
        crisp=100 * detail(draw) / detail(patch.truth),
    )
    ratio = 10 ** ((of_mean - of_draw) / 10)
    equation = tr("error² of the draw = {0:.2f} × that of the average\n(perfect draw: 2)")
    return Finding(told, equation=equation.format(ratio))


def _one_step(asked: _Asked) -> Finding:
    frames = asked.run.trajectory
    found = inspect_step(asked.run, 0, *asked.place)
    now, then = frames.infos[0], frames.infos[1]
    abar_t, abar_s = (1 / (1 + info.sigma**2) for info in (now, then))
    q = posterior(abar_t, abar_s)
    x_0, x_t = float(found.state.x_0[0]), float(found.state.x_t[0])
    z = float(np.random.default_rng(0).standard_normal())
    x_s = q.on_x0 * x_0 + q.on_x_t * x_t + q.std * z
    told = tr(
        "{on_x0:.0f} % of its guess, {on_x_t:.0f} % of what was there. The network's first guess "
        "is far from sure, so it is not simply taken: a step goes only a part of the way towards "
        "it, and puts a little fresh static back (next page). From there it is asked again. Press "
        "the button and watch step after step."
    ).format(on_x0=100 * q.on_x0, on_x_t=100 * q.on_x_t)
    equation = tr(
        "DDPM, from t {t:.0f} to t {s:.0f}, R of your pixel, z drawn by chance:\n"
        "x_s = {a:.3f} · x_0 + {b:.3f} · x_t + {c:.3f} · z\n"
        "    = {a:.3f} · ({x_0:.3f}) + {b:.3f} · ({x_t:.3f}) + {c:.3f} · ({z:.3f}) = {x_s:.3f}"
    ).format(t=now.t, s=then.t, a=q.on_x0, b=q.on_x_t, c=q.std, x_0=x_0, x_t=x_t, z=z, x_s=x_s)
    return Finding(told, 100 * q.on_x0, equation, pixel=asked.pixel)


def _noise_back(patch: Patch, tried: list[TrialResult]) -> Finding:
    with_noise, without, mean = (detail(np.clip(one.pixels, 0, 1)) for one in tried)
    truth = detail(patch.truth)
    told = tr(
        "It comes out blurred. Neighbouring pixels differ {without:.0f} % as much as in the truth "
        "without the noise, {with_noise:.0f} % with it, and in the average {mean:.0f} %. After "
        "each step there is less static left than the network is told of, so it takes detail for "
        "static and smooths it away, again at every step, until even the average is crisper. "
        "Noise that is put back keeps the state as noisy as it is said to be. "
        "(DDIM and DPM-Solver++ keep it so without chance: they put back the static the network "
        "has just named.)"
    ).format(
        without=100 * without / truth,
        with_noise=100 * with_noise / truth,
        mean=100 * mean / truth,
    )
    return Finding(told)


def _step_ways(patch: Patch) -> Ways:
    every = max(2, round(start_for(patch.noise)))
    return (
        (tr("DDPM, {0}").format(every), {"sampler": "ddpm", "steps": every}),
        (tr("DDIM, 20"), {"sampler": "ddim", "steps": 20}),
        (tr("DPM++, 8"), {"sampler": "dpmpp", "steps": 8}),
    )


def _steps(patch: Patch, tried: list[TrialResult]) -> Finding:
    errors = [score(one.pixels, patch.truth).psnr for one in tried]
    rows = "\n".join(
        tr("{title:<12}{n:4d} evaluations{s:6.1f} s{psnr:6.1f} dB").format(
            title=title, n=one.evaluations, s=one.seconds, psnr=error
        )
        for title, one, error in zip(
            (tr("DDPM"), tr("DDIM"), tr("DPM-Solver++")), tried, errors, strict=True
        )
    )
    told = tr(
        "{few} evaluations in {fast:.1f} s instead of {many} in {slow:.1f} s, counted and timed on "
        "this computer just now. DDPM must go in small steps because each is a small draw by "
        "chance. DDIM and DPM-Solver++ follow a smooth curve to the clean picture, and a curve can "
        "be followed in long strides; DPM-Solver++ also looks back at its last guess to see which "
        "way it bends. From pure static DDPM would take a thousand steps, about {all:.0f} s for a "
        "piece of this size."
    ).format(
        few=tried[2].evaluations,
        fast=tried[2].seconds,
        many=tried[0].evaluations,
        slow=tried[0].seconds,
        all=1000 * tried[0].seconds / tried[0].evaluations,
    )
    return Finding(told, tried[2].evaluations, rows)


def _starts(patch: Patch) -> tuple[float, float, float]:
    t = start_for(patch.noise)
    return t / 3, t, 2.2 * t


def _start_ways(patch: Patch) -> Ways:
    return tuple((tr("from t {0:.0f}").format(t), {"start": t, "steps": 8}) for t in _starts(patch))


def _start(patch: Patch, tried: list[TrialResult]) -> Finding:
    late, right, early = (score(one.pixels, patch.truth).psnr for one in tried)
    told = tr(
        "From where it stands: {right:.1f} dB. From too near to clean ({late:.1f} dB) the static "
        "stays: the network is told of less than there is. From too far ({early:.1f} dB) it is "
        "told of static that is not there, and takes detail of your picture for it. Text-to-image "
        "programs begin at pure static because they have no picture; here there is one, and "
        "beginning at its place keeps it, and saves all the steps above."
    ).format(late=late, right=right, early=early)
    return Finding(told)


PAGES = (
    Page(
        "network",
        _("What a network sees and predicts"),
        (Question.WHAT, Question.WHO),
        (
            _(
                "Who does the work? A network of eight million numbers, a U-Net. It is shown a "
                "noisy picture x_t and told how noisy it is, nothing else: no words, no names."
            ),
        ),
        MultipleChoice(
            _("What does it answer?"),
            (
                _("Which static lies over the picture"),
                _("The next, slightly cleaner picture"),
                _("The most similar picture that it remembers"),
            ),
            0,
        ),
        ExplainRun(_network, _asked, lambda context: context.goto_frame(_middle(context))),
        equation=_("x_0 = (x_t − √(1 − ᾱ_t) · ε) / √ᾱ_t"),
        tool=Tool(_("Show the next of the three"), _next_view),
        myth=Myth(
            _("It searches its training pictures for one that fits, and pastes that."),
            _(
                "It has none to search. It only answers, pixel by pixel, how the light around "
                "there would have to be changed to look less like static. The last page counts "
                "how little it could remember."
            ),
        ),
    ),
    Page(
        "average",
        _("The average and the draw"),
        (Question.WHY, Question.WHAT),
        (
            _(
                "One noisy picture fits many clean ones: hair may lie this way or that. A restorer "
                "can answer with the average of them all, or draw one of them."
            ),
            _(
                "Both are made now, of a lively piece whose true picture is known, so that the "
                "error can be measured, in dB: the more, the nearer to the truth."
            ),
        ),
        MultipleChoice(
            _("Which one has less error?"),
            (_("The average"), _("The draw"), _("They are the same")),
            0,
        ),
        CompareWays(
            always(
                (_("average"), {"faithfulness": 1.0, "steps": 1}),
                (_("draw"), {"sampler": "ddpm", "steps": _DRAWS}),
            ),
            _mean_and_draw,
        ),
        equation=_("average: E[x_0 | x_t]\ndraw:    x_0 ~ p(x_0 | x_t)"),
        myth=Myth(
            _("A good restorer recovers what was lost."),
            _(
                "What the static has drowned is gone. The average leaves it out; a draw puts "
                "something plausible in its place. Neither is a memory of what was there."
            ),
        ),
    ),
    Page(
        "step",
        _("One step back, by hand"),
        (Question.HOW,),
        (
            _(
                "At the first step the network guesses the clean picture at once. That guess is "
                "blurred: it is an average. So one goes only a part of the way, and asks again."
            ),
        ),
        Number(
            _("How much of the first guess goes into the state after the first step?"),
            0,
            100,
            "%",
            10,
        ),
        ExplainRun(_one_step, _asked, lambda context: context.goto_frame(0)),
        equation=_("x_s = A · x_0 + B · x_t + C · z,   z ~ N(0, 1)"),
        tool=Tool(_("One step"), next_frame),
    ),
    Page(
        "noise",
        _("Why noise is put back"),
        (Question.WHY,),
        (
            _(
                "DDPM, the first of the samplers, adds fresh static after every step. That seems "
                "absurd: is it not what we want to get rid of? So let us leave it out."
            ),
        ),
        MultipleChoice(
            _("Without it, the result will be…"),
            (_("sharper"), _("the same, only sooner"), _("blurred")),
            2,
        ),
        CompareWays(
            always(
                (_("put back"), {"sampler": "ddpm", "steps": _DRAWS}),
                (_("left out"), {"sampler": "ddpm-quiet", "steps": _DRAWS}),
                (_("average"), {"faithfulness": 1.0, "steps": 1}),
            ),
            _noise_back,
        ),
        equation=_("x_s = A · x_0 + B · x_t + C · z\nleft out: C = 0"),
    ),
    Page(
        "steps",
        _("A thousand steps and eight"),
        (Question.WHEN, Question.HOW),
        (
            _(
                "Every step asks the network once, and that is what takes the time. DDPM goes "
                "through every single t. This page really does so, on a small piece; it takes "
                "half a minute."
            ),
        ),
        Number(
            _("With how many evaluations does Restorer's usual sampler get at least as near?"),
            1,
            120,
            _("evaluations"),
            6,
        ),
        CompareWays(_step_ways, _steps),
        equation=_("time = evaluations × time of one evaluation"),
    ),
    Page(
        "start",
        _("Start where the picture stands"),
        (Question.WHERE, Question.WHEN),
        (
            _(
                "The handle under the axis says where the reverse process begins. Restorer puts it "
                "where your picture stands. One may begin nearer to clean, or further off in the "
                "fog, as Strength in the panel does."
            ),
        ),
        MultipleChoice(
            _("From where does it come nearest to the truth?"),
            (
                _("Nearer to clean: less is changed"),
                _("Exactly where it stands"),
                _("Far in the fog: more is cleaned"),
            ),
            1,
        ),
        CompareWays(_start_ways, _start),
        equation=_("x_t* = √ᾱ_t* · (2 · picture − 1): no noise is added"),
    ),
)


def _middle(context: PageContext) -> int:
    run = context.run
    return len(run.trajectory) // 2 if run is not None else 0
