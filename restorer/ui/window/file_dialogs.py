"""Opening, pasting, saving, copying: dialogs that ask for a file or a decision."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, count
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from restorer.document import Document, Layer, OpenPicture
from restorer.errors import BadInput
from restorer.imaging.formats import (
    FORMATS,
    Format,
    SaveOptions,
    readable_suffixes,
    ways_to_save,
)
from restorer.jobs.background import Background, go_on
from restorer.ui.canvas import Dropped, picture_from, read_mime
from restorer.ui.text import losses
from restorer.ui.widgets.files import ask_file, ask_target
from restorer.ui.widgets.qimage import to_clipboard, to_qimage
from restorer.ui.widgets.question import confirmed, message_box
from restorer.ui.window.save_all import SaveAll, suggested_name, writable
from restorer.words import tr

_NAMED = 3  # so many skipped links are named


class FileDialogs(QObject):
    """The dialogs of a window; the document carries out the decisions.

    Signals:
        opening: a person opens something else, so older messages can go.
    """

    opening = Signal()

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._window = window
        self._folders = Background("folders", self)
        self.saves = SaveAll(
            document, lambda *question: self._confirm(*question), self._folder, self
        )

    @Slot()
    def open(self) -> None:
        pictures = tr("Pictures ({0})").format(_readable())
        names, _ = QFileDialog.getOpenFileNames(
            self._window, tr("Open"), self._folder(), f"{pictures};;{tr('All files')} (*)"
        )
        if names:
            self.open_paths([Path(name) for name in names])

    def open_paths(self, paths: list[Path]) -> None:
        """Open files; a folder opens the pictures in it."""
        self._folders.cancel()
        self.opening.emit()
        if any(path.is_dir() for path in paths):
            looking = partial(pictures_in, paths)
            self._folders.run(looking, self._open_found, self._document.notices.report)
        else:
            self._open_files(paths)

    def edit(self, path: Path) -> None:
        """Open a file for another program that waits; results are saved back into it."""
        self.opening.emit()
        self._document.pictures.open_files([path], back=True)
        words = tr("Save writes the result back into {0}; then close the window.")
        self._document.notices.hint.emit(words.format(path.name))

    def _open_found(self, found: tuple[list[Path], list[Path]]) -> None:
        """Open the pictures found in folders, and name the links that were skipped."""
        files, links = found
        self._open_files(files)
        if links:
            words = tr("Links to folders are not followed: {0}. Open them by themselves.")
            names = ", ".join(link.name for link in links[:_NAMED]) + ", …" * (len(links) > _NAMED)
            self._document.notices.hint.emit(words.format(names))

    def _open_files(self, files: list[Path]) -> None:
        if not files:
            self._document.notices.report(BadInput(tr("There are no pictures in this folder.")))
            return
        self._document.settings.folder = str(files[0].resolve().parent)
        self._document.pictures.open_files(files)

    @Slot(object)
    def open_dropped(self, dropped: Dropped) -> None:
        if dropped.paths:
            self.open_paths(list(dropped.paths))
        elif dropped.image is not None:
            self.opening.emit()
            making = partial(picture_from, dropped.image)
            self._document.pictures.open_picture(making, _title_of_pasted(self._document))

    @Slot()
    def paste(self) -> None:
        found = read_mime(QGuiApplication.clipboard().mimeData())
        if found is None:
            self._document.notices.report(BadInput(tr("There is no picture to paste.")))
        else:
            self.open_dropped(found)

    @Slot()
    def copy(self) -> None:
        """Copy the result to the clipboard."""
        self._with_consent(self._copy)

    def _copy(self) -> None:
        opened = self._document.pictures.current
        result = opened.savable if opened else None
        if result is not None:
            job = partial(to_qimage, result.pixels, result.icc, result.alpha)
            self._document.pictures.compute(job, self._copied)

    def _copied(self, image: QImage) -> None:
        to_clipboard(image)
        self._document.notices.hint.emit(tr("The result is copied."))

    @Slot()
    def load_mask(self, layer: Layer = Layer.MASK) -> None:
        """Ask for a picture that is white where the current one will be filled."""
        path = self._ask_picture(tr("Load mask"))
        if path is not None:
            self._document.masks.load(tr("Load mask"), path, layer)

    def save_mask(self, layer: Layer) -> None:
        """Ask for a file and save the painted mask."""
        path = self._ask_mask_target(layer)
        if path is not None:
            self._document.masks.save(path, True, layer)

    @Slot()
    def load_kernel(self) -> None:
        """Ask for a small picture of a blur kernel."""
        path = self._ask_picture(tr("Load blur"))
        if path is not None:
            self._document.planner.load_kernel(tr("Blur"), path)

    @Slot(str)
    def load_control(self, leader: str) -> None:
        """Ask for a picture for the ControlNet `leader`, "" for the model's own."""
        path = self._ask_picture(tr("ControlNet input"))
        if path is not None:
            self._document.planner.load_control(tr("ControlNet input"), path, leader)

    def _ask_picture(self, title: str) -> Path | None:
        pictures = tr("Pictures ({0})").format(_readable())
        return ask_file(self._window, title, pictures, self._default_folder())

    @Slot()
    def save(self) -> None:
        """Save to the same file as last time, or ask."""
        self._with_consent(self._save)

    def _save(self) -> None:
        opened = self._document.pictures.current
        target = opened.save_target if opened else None
        if opened is None or target is None:
            self._save_as()
        else:
            options = opened.results.save_options
            self._document.saver.save(target, force=True, options=options)

    @Slot()
    def save_as(self) -> None:
        """Ask for a file; the opened file is replaced only after a second question."""
        self._with_consent(self._save_as)

    def _with_consent(self, keep: Callable[[], None]) -> None:
        """Keep the current result; if it has lost detail, only after a question."""
        opened = self._document.pictures.current
        if opened is None or not self._document.saver.may_keep() or opened.savable is None:
            return
        if opened.results.shown is None:  # the picture was only cropped
            keep()
            return

        def agreed() -> None:
            judgement = opened.results.shown.judgement if opened.results.shown else None
            if judgement is not None and judgement.alarm and not judgement.accepted:
                question = tr("{0} Keep this result all the same?")
                sentence = question.format(judgement.sentence)
                judgement.accepted = self._confirm(sentence, tr("Keep it"))
            if judgement is None or judgement.accepted or not judgement.alarm:
                keep()

        self._document.saver.when_judged(agreed)

    def _save_as(self) -> None:
        opened = self._document.pictures.current
        if opened is None:
            return
        file = opened.source.path or opened.source.origin
        folder = self._document.settings.place_for_results(file) or Path(self._folder())
        ways = ways_to_save()
        title, suggested = tr("Save result"), folder / suggested_name(opened)
        if file is not None and not writable(file):
            title = tr("Save result as {1}: {0} cannot be written")
            title = title.format(_kind(file), _kind(suggested))
        path, chosen = ask_target(self._window, title, suggested, ";;".join(ways))
        format, options = ways.get(chosen, (FORMATS["PNG"], SaveOptions()))
        path = path and self._with_writable_suffix(path, format)
        if path is None:
            return
        if file is not None and path.exists() and path.samefile(file):
            question = tr("This is the picture you opened. Replace it for good?")
            if not self._confirm(question, tr("Replace")):
                return
        if path.suffix.lower() not in format.suffixes:
            options = SaveOptions()  # the name decides, not the selected type
        self._document.saver.save(path, force=True, options=options)

    def _with_writable_suffix(self, path: Path, format: Format) -> Path | None:
        """The path with a writable suffix; None if the person refuses it."""
        if writable(path):
            return path
        if path.suffix.lower() in readable_suffixes():
            wanted = path.with_suffix(format.suffixes[0])
            question = tr("{0} cannot be written. Save it as “{1}”?")
            question = question.format(_kind(path), wanted.name)
            if not self._confirm(question, tr("Save")):
                return None
        else:  # no suffix, or a dot in the name
            wanted = path.with_name(path.name + format.suffixes[0])
        return self._free_or_replaced(wanted)

    def _free_or_replaced(self, path: Path) -> Path | None:
        """The path, or None if a person wants to keep the existing file."""
        replacing = tr("Replace “{0}”?").format(path.name)
        if path.exists() and not self._confirm(replacing, tr("Replace")):
            return None
        return path

    def _ask_mask_target(self, layer: Layer) -> Path | None:
        opened = self._document.pictures.current
        if opened is None:
            return None
        stem = Path(opened.source.path.name if opened.source.path else opened.source.title).stem
        suggested = self._default_folder() / f"{stem}-{layer.value}.png"
        path, _ = ask_target(self._window, tr("Save mask"), suggested, tr("PNG (*.png)"))
        if path is None or path.suffix.lower() == ".png":
            return path
        return self._free_or_replaced(path.with_name(f"{path.name}.png"))

    def _default_folder(self) -> Path:
        """The folder of the current picture, or the last one used."""
        opened = self._document.pictures.current
        return opened.source.path.parent if opened and opened.source.path else Path(self._folder())

    def may_lose(self, pictures: Sequence[OpenPicture], others: Sequence[str] = ()) -> bool:
        """Ask once before runs are stopped or results lost; True to go on.

        Results that the person wants to keep are then being saved.

        Args:
            others: sentences about other work that would be stopped.
        """
        running = [opened for opened in pictures if opened.results.making is not None]
        unsaved = [opened for opened in pictures if opened.unsaved]
        left = losses.left_unsaved(pictures)
        said = [*losses.not_restored(running), *losses.unsaved(unsaved), *left, *others]
        if not said:
            return True
        savable = [opened for opened in unsaved if not opened.results.preview]
        stops = bool(others or running)
        answer = self._ask_to_lose("\n".join(said), stops, savable)
        if answer is QMessageBox.StandardButton.SaveAll:
            return self.saves.save(savable)
        return answer is not QMessageBox.StandardButton.Cancel

    def _ask_to_lose(
        self, sentences: str, stops: bool, savable: Sequence[OpenPicture]
    ) -> QMessageBox.StandardButton:
        """Save all, Discard or Cancel.

        Args:
            sentences: what would be lost.
            stops: something would also be stopped.
            savable: pictures whose results can be saved.
        """
        box = message_box(self._window, sentences)
        roles = QMessageBox.ButtonRole
        save = None
        if savable:
            save = box.addButton(
                tr("Save all") if len(savable) > 1 else tr("Save"), roles.AcceptRole
            )
            folder = self._document.settings.place_for_results(None)
            where = tr("beside their pictures") if folder is None else f"“{folder}”"
            lie = tr("Saved results lie {where}, named “…-restored”.").format(where=where)
            beside = any(opened.save_target is None for opened in savable)
            box.setInformativeText(lie if beside else "")
        discards = tr("Stop and discard") if stops else tr("Discard")
        discard = box.addButton(discards, roles.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        if save is not None and box.clickedButton() is save:
            return QMessageBox.StandardButton.SaveAll
        if box.clickedButton() is discard:
            return QMessageBox.StandardButton.Discard
        return QMessageBox.StandardButton.Cancel

    def _confirm(self, question: str, do_it: str) -> bool:
        return confirmed(self._window, question, do_it)

    def _folder(self) -> str:
        """Where dialogs begin; one that is gone would be taken for the name of a file."""
        place = QStandardPaths.StandardLocation
        usual = map(QStandardPaths.writableLocation, (place.PicturesLocation, place.HomeLocation))
        folders = (self._document.settings.folder, *usual)
        return next((one for one in folders if one and Path(one).is_dir()), "")


def pictures_in(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """These files, and for each folder the pictures in it and its subfolders, by name.

    Hidden folders are skipped.

    Returns:
        The pictures, and links to folders, which are not followed.
    """
    suffixes = readable_suffixes()
    files: list[Path] = []
    links: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        for folder, folders, names in os.walk(path):
            go_on()
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            links += [link for name in folders if (link := Path(folder, name)).is_symlink()]
            found = (Path(folder, name) for name in sorted(names))
            files += [file for file in found if file.suffix.lower() in suffixes]
    return files, links


def _kind(path: Path) -> str:
    """The usual name of the format with this suffix: "GIF"."""
    return path.suffix[1:].upper()


def _readable() -> str:
    return " ".join(f"*{suffix}" for suffix in readable_suffixes())


def _title_of_pasted(document: Document) -> str:
    """A title that no other picture has."""
    taken = {opened.source.title for opened in document.pictures.all}
    others = (tr("Pasted picture {n}", n=number) for number in count(2))
    return next(title for title in chain([tr("Pasted picture")], others) if title not in taken)
