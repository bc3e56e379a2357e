"""The window."""

import builtins

import PySide6.QtCore  # noqa: F401

# PySide puts a hook into every later import that reads the module's whole source, in search of
# `from __feature__ import`, which nobody here uses. For torch and diffusers that is 1.5 s in which
# the interpreter is held again and again, and 150 MB.
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
