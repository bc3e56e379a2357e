"""Dialogs for files and folders; they return None if a person cancels."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_file(parent: QWidget, title: str, kinds: str, folder: str | Path = "") -> Path | None:
    """Ask for an existing file; `kinds` is a filter of Qt: "Pictures (*.png *.jpg)"."""
    name, _ = QFileDialog.getOpenFileName(parent, title, str(folder), kinds)
    return Path(name) if name else None


def ask_target(parent: QWidget, title: str, suggested: Path, kinds: str) -> tuple[Path | None, str]:
    """Ask for a file to write; also returns the selected filter."""
    name, kind = QFileDialog.getSaveFileName(parent, title, str(suggested), kinds)
    return Path(name) if name else None, kind


def ask_folder(parent: QWidget, title: str, folder: str | Path = "") -> Path | None:
    """Ask for a folder."""
    name = QFileDialog.getExistingDirectory(parent, title, str(folder))
    return Path(name) if name else None
