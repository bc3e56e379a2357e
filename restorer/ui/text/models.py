"""Words for models: what each can do, its size, the limitations of its results."""

from __future__ import annotations

from PySide6.QtCore import QLocale

from restorer.document import OpenPicture
from restorer.engine.models import ModelInfo
from restorer.engine.plan_latent import misfit
from restorer.engine.tasks import TASKS
from restorer.ui.text.tasks import task
from restorer.words import tr


def role(info: ModelInfo) -> str:
    """The role of a model in a word or two."""
    return tr(info.role.title)


def ability(info: ModelInfo) -> str:
    """What a model can do, in a sentence or two."""
    if info.role.ability:
        return tr(info.role.ability).format(labels=tr(" or ").join(map(tr, info.labels)))
    kinds = [kind for kind in TASKS.values() if kind.offered and not misfit(info, kind.name)]
    if info.latent is None:
        return _sentence([task(kind.name).ability for kind in kinds])
    if info.latent.enlarges:
        words = _sentence([tr("enlarges {0} times").format(info.latent.factor)])
    else:
        words = _sentence([task(kind.name).redraws or task(kind.name).ability for kind in kinds])
    if info.latent.fills:
        words += " " + tr("It is made for filling.")
    if info.latent.leader:
        words += " " + tr("A ControlNet comes with it.")
    return words + " " + tr("It makes up details.")


def size(info: ModelInfo) -> str:
    """Number of parameters, and bytes."""
    numbers = info.parameters / 1e6
    count = tr("{0:.2f} billion") if numbers >= 1000 else tr("{0:.1f} million")
    count = count.format(numbers / 1000 if numbers >= 1000 else numbers)
    return tr("{0} parameters, {1}").format(count, amount(info.bytes))


def amount(number: int) -> str:
    """Bytes in a readable unit."""
    return QLocale().formattedDataSize(number, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def _sentence(parts: list[str]) -> str:
    *most, last = parts
    words = tr("{0} and {1}").format(", ".join(most), last) if most else last
    return words[0].upper() + words[1:] + "."


def about_model(info: ModelInfo) -> str:
    """The tooltip of a model in a list."""
    hint = tr("{size:.1f} M parameters, licence {licence}").format(
        size=info.parameters / 1e6, licence=tr(info.licence)
    )
    return hint if info.latent is None else "\n".join((hint, tr("Follows a prompt.")))


def caution(opened: OpenPicture) -> str:
    """The warning about a result of a model with prompts."""
    if opened.results.decodable:
        return tr("Stopped: this is a preview. Decode it to see the real picture and to save it.")
    if opened.results.preview:
        return tr("Stopped in the first step: this preview cannot be saved.")
    return tr("The model makes up details: check hands, faces and writing.")
