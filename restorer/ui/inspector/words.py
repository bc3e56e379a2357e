"""The text about a pixel: plain words first, then the equation with its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from restorer.diffusion.schedule import noise_from_sigma
from restorer.engine.inspection import Inspection, ResidualReport, State, Update, Values
from restorer.engine.trajectory import FrameInfo
from restorer.words import number, tr


@dataclass(frozen=True, eq=False)
class PixelReport:
    """The inspection of a pixel, its state in words, and how the run went on from there."""

    summary: str
    onward: str
    found: Inspection


def no_pixel() -> str:
    """No pixel was pointed at yet."""
    return tr("Point at the picture. A click holds the pixel; here its place can be typed.")


def not_measured() -> str:
    """The noise of the picture is not known yet."""
    return tr("Nothing to show yet: the picture is still being read and measured.")


def latent() -> str:
    """The step has latents, not pixels."""
    return tr(
        "Nothing to show at this step: a model with prompts works on latents, not on pixels, so no "
        "pixel has an equation there. Move the playhead to your picture for the forward process."
    )


def forward(t: float, state: State) -> str:
    """About a pixel of the original under the noise of t."""
    if state.abar == 1:
        return tr(
            "Your picture as it came: no noise was added yet. Move the playhead towards noise and "
            "watch this pixel. −1 is black, 1 is white."
        )
    return tr(
        "Forward, at t {t:.0f}: {kept:.1f} % of your pixel x_0 is left, and the random number eps "
        "was mixed in, here as at 100 % zoom."
    ).format(t=t, kept=100 * sqrt(state.abar))


def without_network() -> str:
    """The run asked no network."""
    return tr(
        "Nothing to show at this step: no network was asked. What was measured of the damage was "
        "taken off in one go."
    )


def step(info: FrameInfo, of_mean: bool) -> str:
    """About a recorded step; `of_mean` of a run whose x_0 is the mean of its answers."""
    if info.guess:
        return tr(
            "Step {n} of {steps}: no noise was added. The network saw a guess at the clean "
            "picture, x_t, and was told that it is off by about {off} of 255, as noise of t "
            "{t:.0f} would be. It answered the pixel x_0; eps is what it changed, on that scale."
        ).format(
            n=info.index + 1,
            steps=info.steps,
            off=number(float(noise_from_sigma(info.sigma)), ".0f"),
            t=info.t,
        )
    if of_mean and info.index:
        return tr(
            "Step {n} of {steps}, t {t:.0f}: at Faithful the network is asked each time about your "
            "picture as it came, turned to another side. x_0 is the mean of its answers so far, "
            "and x_t your picture with its noise taken down to this t."
        ).format(n=info.index + 1, steps=info.steps, t=info.t)
    return tr(
        "Step {n} of {steps}, t {t:.0f}: the network saw the noisy x_t and predicted the clean "
        "pixel x_0, so that eps is its noise."
    ).format(n=info.index + 1, steps=info.steps, t=info.t)


def equation(state: State) -> str:
    """The equation of x_t for R, G and B."""
    title = tr("x_t = √ᾱ · x_0 + √(1 − ᾱ) · ε")
    return _lines(title, state.x_t, _mixed(state, state.abar))


def onward(info: FrameInfo, update: Update | None) -> str:
    """How a recorded step went on."""
    if update is not None and not update.mixed:
        return tr(
            "The next look, at t {t:.0f}: the answer takes the place of the guess, and the network "
            "is told that it is off by less. The rest is what holds it to your picture, or has "
            "stayed of the guess."
        ).format(t=update.t)
    if update is not None:
        return tr(
            "The way to t {t:.0f}: both are mixed again with less noise. The rest is what the "
            "sampler adds: fresh noise, or a correction by former steps."
        ).format(t=update.t)
    if info.index == info.steps - 1:
        return tr("The last step: the clean pixel x_0 is the result.")
    return tr("The next step has not been made.")


def update_equation(state: State, update: Update) -> str:
    """The equation of x_next for R, G and B."""
    title = tr("x_next = √ᾱ · x_0 + √(1 − ᾱ) · ε + rest")
    if not update.mixed:
        title = tr("x_next = √ᾱ · x_0 + rest")
    terms = _mixed(state, update.abar)[: 2 if update.mixed else 1]
    return _lines(title, update.x_next, [*terms, ("", update.rest)])


def path(x_0: Values) -> str:
    """The two ends of the path, for people who cannot see the curve."""
    ends = ("; ".join(_signed(float(value)) for value in row) for row in (x_0[0], x_0[-1]))
    return tr("Solid: x_0. Dashed: x_t. R, G, B of x_0 go from {0} to {1}").format(*ends)


def spread(found: ResidualReport) -> str:
    """Describe the histogram."""
    return tr(
        "Solid: these values, deviation {0:.1f}. Dashed: a Gaussian of that deviation."
    ).format(found.std)


def spectrum(found: ResidualReport) -> str:
    """Describe the spectrum."""
    return tr(
        "Long waves on the left, fine ones on the right. Dashed: white noise of {0:.0f} of 255, "
        "as the run was told."
    ).format(found.told)


def _mixed(state: State, abar: float) -> list[tuple[str, Values]]:
    """Factor and values of the two terms that every step has."""
    return [
        (f"{number(sqrt(abar), '.3f')}·", state.x_0),
        (f"{number(sqrt(1 - abar), '.3f')}·", state.eps),
    ]


def _lines(title: str, left: Values, terms: list[tuple[str, Values]]) -> str:
    """One line per channel: the left side, then the terms with their signs."""
    lines = [title]
    for channel, name in enumerate("RGB"):
        first, *others = ((factor, float(values[channel])) for factor, values in terms)
        right = _signed(first[1], first[0])
        for factor, value in others:
            right += f" {'−' if value < 0 else '+'} {_unsigned(value, factor)}"
        lines.append(f"{name}  {_signed(float(left[channel]))} = {right}")
    return "\n".join(lines)


def _signed(value: float, factor: str = "") -> str:
    return ("−" if value < 0 else "") + _unsigned(value, factor)


def _unsigned(value: float, factor: str) -> str:
    return factor + number(abs(value), ".3f")
