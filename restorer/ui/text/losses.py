"""Words about unsaved work: what closing would lose, and where results were saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from restorer.document import OpenPicture, Status
from restorer.document.session_store import SavedPicture, SessionStore
from restorer.ui.text import versions
from restorer.words import tr

_NAMED = 5  # a sentence names at most so many pictures


def not_restored(pictures: Sequence[OpenPicture]) -> list[str]:
    """A sentence about pictures that are not restored yet; empty for no pictures."""
    if not pictures:
        return []
    if len(pictures) > 1:
        named = tr("{0} pictures are still to be restored: {1}.")
        return [named.format(len(pictures), _names(pictures))]
    if pictures[0].status is Status.WAITING:
        return [tr("“{0}” still waits to be restored.").format(pictures[0].source.title)]
    return [tr("“{0}” is still being restored.").format(pictures[0].source.title)]


def unsaved(pictures: Sequence[OpenPicture]) -> list[str]:
    """A sentence about pictures whose results are not saved; empty for no pictures."""
    if not pictures:
        return []
    if len(pictures) > 1:
        named = tr("{0} results are not saved: {1}.")
        return [named.format(len(pictures), _names(pictures))]
    return [tr("The result of “{0}” is not saved.").format(pictures[0].source.title)]


def left_unsaved(pictures: Sequence[OpenPicture]) -> list[str]:
    """A sentence about each picture that has unsaved results besides the shown one."""
    words = tr("“{0}” has results that are not on view and not saved: {1}.")
    return [
        words.format(
            opened.source.title, ", ".join(versions.title(opened, run) for run in recoverable)
        )
        for opened in pictures
        if (recoverable := opened.results.left_unsaved)
    ]


def saved(pictures: Sequence[OpenPicture]) -> str:
    """Where the results of these pictures were saved."""
    files = [file for opened in pictures if (file := opened.results.saved_to) is not None]
    if not all(map(_is_beside, pictures)):
        folders = ", ".join(dict.fromkeys(str(file.parent) for file in files))
        if len(files) == 1:
            return tr("The result was saved as {0}.").format(files[0])
        return tr("{0} results were saved in {1}.").format(len(files), folders)
    if len(pictures) == 1:
        return tr("The result was saved beside its picture, named “…-restored”.")
    words = tr("{0} results were saved beside their pictures, named “…-restored”.")
    return words.format(len(pictures))


def _is_beside(opened: OpenPicture) -> bool:
    """It was saved beside its own file, under a name with "-restored"."""
    source, file = opened.source.path or opened.source.origin, opened.results.saved_to
    return (
        source is not None
        and file is not None
        and file.parent == source.parent
        and f"{source.stem}-restored" in file.stem
    )


def recoverable(sessions: Mapping[SessionStore, Sequence[SavedPicture]]) -> str:
    """What can be recovered after a crash; "" for nothing."""
    pictures = [picture for session in sessions.values() for picture in session]
    if not pictures:
        return ""
    results = sum(len(picture.results) for picture in pictures)
    paused = all(session.was_paused for session in sessions)
    ended = tr("Restorer was closed while runs were paused; they go on where they were.")
    said = ended if paused else tr("Restorer ended unexpectedly last time.")
    if len(pictures) == 1:
        said += " " + tr("“{0}” was open.").format(pictures[0].name)
    else:
        said += " " + tr("{0} pictures were open.").format(len(pictures))
    if results == 1:
        return said + " " + tr("One result is not saved.")
    return said + " " + tr("{0} results are not saved.").format(results) if results else said


def not_as_they_were(gone: Sequence[str], changed: Sequence[str]) -> str:
    """Why the files of a session are missing or have changed; "" if none are."""
    sentences = []
    if gone:
        words = tr(
            "Not where they were: {0}. Your work on them is kept; put them back, then choose "
            "“Open the last session again”."
        )
        sentences.append(words.format(", ".join(gone)))
    if changed:
        words = tr("Changed since, so their results no longer fit: {0}.")
        sentences.append(words.format(", ".join(changed)))
    return " ".join(sentences)


def _names(pictures: Sequence[OpenPicture]) -> str:
    names = ", ".join(tr("“{0}”").format(opened.source.title) for opened in pictures[:_NAMED])
    more = len(pictures) - _NAMED
    return tr("{0} and {1} more").format(names, more) if more > 0 else names
