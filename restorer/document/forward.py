"""The forward process of an open picture: it begins at the picture's own t, not at t = 0."""

from __future__ import annotations

from restorer.diffusion.schedule import LINEAR, Schedule
from restorer.document.open_picture import OpenPicture


def forward_alpha_bar(t: float, place: float, schedule: Schedule) -> float:
    """abar of q(x_t | x_place): the share of a picture at `place` that is left at t, 0..1."""
    return min(1.0, float(schedule.alpha_bar(t) / schedule.alpha_bar(place)))


def place_of(picture: OpenPicture | None) -> float | None:
    """The measured t of the picture; 0 for a model with prompts, which takes it as clean."""
    if picture is None or picture.content.estimate is None:
        return None
    if picture.plan.parameters.latent is not None:
        return 0.0
    return float(LINEAR.t_from_noise(picture.content.estimate.noise))
