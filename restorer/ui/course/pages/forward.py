"""The forward process: a picture under static, one step of fog, the jump, the schedule."""

from __future__ import annotations

from math import sqrt

import numpy as np

from restorer.diffusion.forward.pixel import one_step
from restorer.diffusion.schedule import LINEAR, cosine, scaled_linear
from restorer.ui.course.page import (
    Drag,
    Finding,
    Guess,
    Lines,
    MultipleChoice,
    Number,
    Page,
    Question,
    Tool,
)
from restorer.ui.course.page_actions import Explain, move_playhead
from restorer.ui.course.page_context import PageContext
from restorer.ui.inspector import words
from restorer.words import marked as _
from restorer.words import tr

#: What the schedules are called.
SCHEDULES = {"linear": LINEAR, "cosine": cosine(), "scaled linear": scaled_linear()}
_STEP = 10  # t that "one step" of the fog is made of, so that it can be seen


def _masterpiece(context: PageContext, guess: Guess) -> Finding:
    kept = 100 * sqrt(float(LINEAR.alpha_bar(context.place)))
    told = tr(
        "Measured, without ever having seen the clean picture: {noise:.0f} of 255. On the timeline "
        "below that is the place t = {t:.0f}: {kept:.0f} % of the picture and {rest:.0f} % of pure "
        "static would look just so. Restorer has begun to walk back from there. Watch the canvas."
    ).format(
        noise=context.noise, t=context.place, kept=kept, rest=100 * sqrt(1 - (kept / 100) ** 2)
    )
    equation = tr("σ = 2 · {noise:.1f} / 255 = {sigma:.3f}   →   t* = {t:.1f}").format(
        noise=context.noise, sigma=2 * context.noise / 255, t=context.place
    )
    return Finding(told, context.noise, equation)


def _fog(context: PageContext, guess: Guess) -> Finding:
    t = max(context.playhead.t, context.place)
    beta = float(LINEAR.betas[min(round(t), len(LINEAR) - 1)])
    state = context.state(t)
    before, eps = float(state.x_t[0]), float(state.eps[0])
    after = one_step(before, eps, beta)
    told = tr(
        "Both at once. Your pixel is drawn a little towards middle grey, and a little fresh static "
        "is laid over it, in such shares that the whole never grows brighter or darker. One step "
        "is hardly seen: at t = {t:.0f} it keeps {kept:.2f} % and adds {added:.1f} %. A thousand "
        "of them leave nothing. The timeline has moved ten steps; press the button for more."
    ).format(t=t, kept=100 * sqrt(1 - beta), added=100 * sqrt(beta))
    equation = tr(
        "x_t = √(1 − β) · x_(t−1) + √β · ε\n"
        "R  {after:.3f} = {a:.5f} · ({before:.3f}) + {b:.3f} · ({eps:.3f})     β = {beta:.5f}"
    ).format(after=after, a=sqrt(1 - beta), before=before, b=sqrt(beta), eps=eps, beta=beta)
    return Finding(told, equation=equation, pixel=context.pixel)


def _jump(context: PageContext, guess: Guess) -> Finding:
    assert isinstance(guess, int | float)
    state, snr = context.state(guess), float(LINEAR.snr_db(guess))
    told = tr(
        "You jumped from your picture to t = {t:.0f} at once; no step in between was computed. Two "
        "Gaussians added are one Gaussian, so all the small steps melt into one. There {kept:.0f} "
        "% of your picture as it came is left under {rest:.0f} % of fresh static; with the static "
        "that it came with, the signal-to-noise ratio is {snr:.0f} dB. Many people still see "
        "something below 0 dB, where there is more static than picture: the eye is a good denoiser."
    ).format(t=guess, kept=100 * sqrt(state.abar), rest=100 * sqrt(1 - state.abar), snr=snr)
    return Finding(told, equation=words.equation(state), pixel=context.pixel)


def _schedule(context: PageContext, guess: Guess) -> Finding:
    t = np.arange(1000.0)
    left = {name: 100 * np.sqrt(schedule.alpha_bar(t)) for name, schedule in SCHEDULES.items()}
    told = tr(
        "The cosine schedule still has {cosine:.0f} % of the picture half way, the linear one "
        "{linear:.0f} %, and that of Stable Diffusion {scaled:.0f} %. A schedule only says how "
        "fast the fog falls. Restorer's own networks use the linear one of DDPM. Your picture "
        "stands at t = {t:.0f} on it; on another schedule the same noise has another t. So it is "
        "the noise that counts, not t. Steps > Schedule room shows all of it."
    ).format(
        cosine=left["cosine"][500],
        linear=left["linear"][500],
        scaled=left["scaled linear"][500],
        t=context.place,
    )
    lines = tuple((name, t, kept) for name, kept in left.items())
    equation = tr("ᾱ_t = (1 − β_1)(1 − β_2) … (1 − β_t)\nᾱ_500 = {0:.4f} (linear)").format(
        float(LINEAR.alphas_cumprod[500])
    )
    curves = Lines(tr("√ᾱ: how much of the picture is left, in %"), "t", lines)
    return Finding(told, float(left["cosine"][500]), equation, lines=curves)


PAGES = (
    Page(
        "masterpiece",
        _("A masterpiece under static"),
        (Question.WHAT, Question.WHERE),
        (
            _(
                "What you see is a picture and static, added pixel by pixel. A diffusion model is "
                "a network that has learned one thing: to tell the two apart. Everything else in "
                "this course follows from that."
            ),
            _(
                "Restorer first measures how strong the static is: how far a pixel typically lies "
                "from its true value, where black is 0 and white is 255."
            ),
        ),
        Number(_("How strong is it here, do you think?"), 0, 150, _("of 255"), 8),
        Explain(_masterpiece, then=lambda context: context.restore()),
        equation=_("t* is where σ_t = 2 · noise / 255"),
    ),
    Page(
        "fog",
        _("Fog settles"),
        (Question.WHAT, Question.HOW),
        (
            _(
                "To learn to take static off, a network must see it put on. The forward process "
                "does that in a thousand small steps, from a clean picture to nothing but static. "
                "Left of your picture on the timeline lies the rest of that way."
            ),
        ),
        MultipleChoice(
            _("What does one step of it do to a pixel?"),
            (
                _("It adds a little static and leaves the pixel as it is"),
                _("It draws the pixel towards grey, and adds a little static"),
                _("It replaces a few pixels by static"),
            ),
            1,
        ),
        Explain(_fog, then=move_playhead(_STEP)),
        equation=_("x_t = √(1 − β_t) · x_(t−1) + √β_t · ε"),
        tool=Tool(_("Let fog settle, 10 steps"), move_playhead(_STEP)),
    ),
    Page(
        "jump",
        _("The jump"),
        (Question.HOW, Question.WHEN),
        (
            _(
                "Nobody takes a thousand steps to train a network. There is a formula that goes "
                "to any t in one jump, and the canvas uses it now: drag the playhead, and the fog "
                "follows your hand."
            ),
        ),
        Drag(
            _(
                "Drag the playhead on the timeline to the left, to the first place where you "
                "would no longer recognise the picture."
            )
        ),
        Explain(_jump),
        equation=_("x_t = √ᾱ_t · x_0 + √(1 − ᾱ_t) · ε"),
    ),
    Page(
        "schedule",
        _("The schedule"),
        (Question.WHEN, Question.HOW),
        (
            _(
                "β_t says how much static step t adds; ᾱ_t, the product of all (1 − β), how much "
                "of the picture's power is left. Three schedules are in use: β rising in a line "
                "(DDPM), a cosine for ᾱ, and a line for √β (Stable Diffusion)."
            ),
            _("At t = 500, half way, the linear schedule has left 28 % of the picture."),
        ),
        Number(_("And the cosine schedule, how much has it left there?"), 0, 100, "%", 8),
        Explain(_schedule),
        equation=_("ᾱ_t = ∏ (1 − β_s)     σ_t = √((1 − ᾱ_t) / ᾱ_t)     SNR_t = ᾱ_t / (1 − ᾱ_t)"),
    ),
)
