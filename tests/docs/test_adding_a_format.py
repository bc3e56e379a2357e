"""What docs/adding-a-format.md says is so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from restorer.cli.checks import check_output
from restorer.document import Settings
from restorer.imaging import formats
from restorer.imaging.formats import FORMATS
from restorer.jobs import Jobs
from restorer.training.pictures import find_pictures
from restorer.ui.window.window import MainWindow

from ..fakes import FakeEngine
from ..imaging import test_formats as every_row
from .blocks import blocks

PAGE = "adding-a-format.md"


@pytest.fixture(autouse=True)
def farbfeld(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The format of the page, for the time of a test."""
    module, row = blocks(PAGE)
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "farbfeld_file.py").write_text(module)
    monkeypatch.syspath_prepend(folder)
    names = vars(formats) | {}
    exec(row, names)
    yield
    del FORMATS["FARBFELD"]


def test_it_passes_what_every_row_must(tmp_path: Path) -> None:
    every_row.test_no_two_formats_share_a_suffix()
    every_row.test_what_is_written_is_recognised_and_nearly_the_same("FARBFELD", tmp_path)
    every_row.test_best_quality_loses_nothing_where_the_table_says_so("FARBFELD", tmp_path)
    every_row.test_a_range_of_its_own_is_kept_or_its_loss_is_told("FARBFELD", tmp_path)
    (tmp_path / "cut").mkdir()
    every_row.test_a_cut_file_is_a_sentence_or_a_part("FARBFELD", tmp_path / "cut")


def test_transparency_goes_with_it(tmp_path: Path) -> None:
    every_row.test_transparency_is_kept_or_laid_on_white("FARBFELD", tmp_path)


def test_metadata_that_it_does_not_hold_is_told(
    tmp_path: Path, srgb_profile: bytes, exif_blob: bytes, xmp_blob: bytes
) -> None:
    every_row.test_metadata_is_kept_or_its_loss_is_told(
        "FARBFELD", tmp_path, srgb_profile, exif_blob, xmp_blob
    )


def test_command_line_training_and_window_know_it(
    tmp_path: Path, qtbot: QtBot, settings_file: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_output(tmp_path / "x.ff", force=False)
    every_row.test_transparency_is_kept_or_laid_on_white("FARBFELD", tmp_path)
    assert find_pictures([tmp_path]) == [tmp_path / "x.ff"]
    asked = []

    def no_file(*arguments: object) -> tuple[list[str], str]:
        asked.append(str(arguments[-1]))
        return [], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", no_file)
    window = MainWindow(Jobs(FakeEngine), Settings(settings_file))
    qtbot.addWidget(window)
    window.files.open()
    assert "*.ff" in asked[0]
