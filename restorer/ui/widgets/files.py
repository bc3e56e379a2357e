"""Asking for files and folders; None where a person has thought better of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_file(parent: QWidget, title: str, kinds: str, folder: str | Path = "") -> Path | None:
    """For a file that is there; `kinds` as Qt has them: "Pictures (*.png *.jpg)"."""
    name, _ = QFileDialog.getOpenFileName(parent, title, str(folder), kinds)
    return Path(name) if name else None


def ask_target(parent: QWidget, title: str, suggested: Path, kinds: str) -> tuple[Path | None, str]:
    """For a file to write, and of which kind it was said to be."""
    name, kind = QFileDialog.getSaveFileName(parent, title, str(suggested), kinds)
    return Path(name) if name else None, kind


def ask_folder(parent: QWidget, title: str, folder: str | Path = "") -> Path | None:
    """For a folder."""
    name = QFileDialog.getExistingDirectory(parent, title, str(folder))
    return Path(name) if name else None
