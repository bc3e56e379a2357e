"""Plain words about models with prompts."""

from __future__ import annotations

from restorer.document import OpenPicture
from restorer.engine.models import ModelInfo
from restorer.ui.words import task, tr


def cleaning_title(prompted: bool) -> str:
    """What is done to a picture as it is, in the list of tasks."""
    return tr("Redraw it, led by words") if prompted else task("denoise").title


def about_strength(prompted: bool) -> str:
    """What the slider Strength does."""
    if prompted:
        return tr(
            "How much is made anew: the start handle of the timeline. 20 to 40 % restores;\n"
            "above 60 % little of the picture is left. Double-click for the usual."
        )
    return tr(
        "How much noise is taken away: the start handle of the timeline.\n"
        "Double-click for what was measured."
    )


def about_sampler(prompted: bool) -> str:
    """What the choice of a sampler does."""
    if prompted:
        return tr("How the reverse process steps.")
    return tr(
        "How the reverse process steps. Fully Faithful, all would do the same.\n"
        "DDPM draws by chance, nearly as it should in 50 steps; the others make one\n"
        "crisp picture near the average."
    )


def about_model(info: ModelInfo) -> str:
    """What a model is, beside its name in a list."""
    hint = tr("{size:.1f} M parameters, licence {licence}").format(
        size=info.parameters / 1e6, licence=info.licence
    )
    return hint if info.latent is None else "\n".join((hint, tr("Led by a prompt.")))


def caution(entry: OpenPicture) -> str:
    """What of a result of a model with prompts not to believe."""
    if entry.decodable:
        return tr("Stopped: this is a preview. Decode it to see it as it is, and to save it.")
    if entry.preview:
        return tr("Stopped in the first step: this preview of it cannot be saved.")
    return tr("Details are made up: look twice at hands, faces and writing.")
