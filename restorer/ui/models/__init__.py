"""Model > Manage models: what there is and what each can do; adding, checking, removing."""

from restorer.ui.models.dialog import ModelsDialog

__all__ = ["ModelsDialog"]
