"""Settings of a model with prompts: prompts, guidance, and a ControlNet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from restorer.engine.control import Control
from restorer.ui.widgets.binding import Choice, Option, Slider, Words
from restorer.ui.widgets.rows import Row, State
from restorer.ui.widgets.scale import Scale
from restorer.words import number, tr


def prompt_rows(open_control: Callable[[], None]) -> list[Row]:
    """`open_control` asks for the picture to show to a ControlNet."""

    def prompted(state: State) -> bool:
        return state.prompted

    def guided(state: State) -> bool:
        return state.parameters.guidance > 1

    example = tr("What the picture shows, such as: a sharp photo of a street")
    unwanted = tr("Such as: blurry, extra fingers, text")
    return [
        Words("prompt", tr("Prompt"), 3, example).where(prompted),
        Words("negative_prompt", tr("Negative prompt"), 2, unwanted).where(prompted, "", guided),
        Slider("guidance", tr("Guidance"), Scale(1.0, 20.0, 38), _guidance_words).where(
            prompted,
            tr(
                "How strongly the words guide. 7.5 is usual; 1 is off and twice as fast,\n"
                "much more looks overdone. Double-click for the usual."
            ),
        ),
        *_control_rows(open_control),
    ]


def _guidance_words(state: State) -> str:
    guidance = state.parameters.guidance
    return tr("off") if guidance <= 1 else number(guidance, "g")


def _control_rows(open_control: Callable[[], None]) -> list[Row]:
    def controlled(state: State) -> bool:
        return state.prompted and bool(state.parameters.control.kind)

    return [
        Choice("control", tr("ControlNet input"), _inputs, {"picture": open_control}, "over")
        .of("control", lambda s: s.parameters.control.kind, _with_input)
        .where(
            lambda s: bool(_networks(s)),
            tr(
                "What a ControlNet holds the result to: the picture (tile), its edges (canny),\n"
                "or a pose or depth map of the same size from a file."
            ),
        ),
        Choice("network", tr("ControlNet"), _networks, place="over")
        .of("control", lambda s: s.parameters.control.model, lambda s, v: _changed(s, model=v))
        .where(
            lambda s: controlled(s) and len(_networks(s)) > 1,
            tr("It must be made for the input that it is shown."),
        ),
        Slider("control_scale", tr("ControlNet strength"), Scale(0.0, 2.0, 200))
        .of(
            "control",
            lambda s: s.parameters.control.scale,
            lambda s, scale: _changed(s, scale=scale),
            lambda s: _changed(s, scale=Control.scale),
        )
        .where(controlled, tr("Double-click for 100 %.")),
    ]


def _inputs(state: State) -> list[Option]:
    control, file = state.parameters.control, state.parameters.control_name
    return [
        Option("", tr("Nothing")),
        Option("tile", tr("The picture itself")),
        Option("canny", tr("Its edges")),
        Option("picture", file if control.kind == "picture" else tr("A picture…")),
    ]


def _networks(state: State) -> list[Option]:
    """The ControlNets that fit the model; the value "" stands for its own."""
    model = state.parameters.latent
    if model is None or model.latent is None or model.latent.enlarges:
        return []
    own = [Option("", tr("The model's own"))] if model.latent.leader else []
    return own + [
        Option(info.name, info.title)
        for info in state.models
        if info.role.leads and info.text_width == model.text_width
    ]


def _changed(state: State, **changes: Any) -> dict[str, Any]:
    return {"control": replace(state.parameters.control, **changes)}


def _with_input(state: State, kind: Any) -> dict[str, Any]:
    """Change the input; without a selected ControlNet, the first one gets it."""
    changes = {"kind": kind, "picture": ""}
    return _changed(state, **changes, **({"model": network_of(state)} if kind else {}))


def network_of(state: State) -> str:
    """Name of the selected ControlNet, else of the first that fits."""
    names = [network.value for network in _networks(state)]
    chosen = state.parameters.control.model
    return chosen if chosen in names else str(names[0])
