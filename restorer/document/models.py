"""The models that can be chosen, and the one in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from restorer.document.changes import Changes, Notifier
from restorer.document.states import ModelState
from restorer.engine.models import ModelInfo
from restorer.jobs import Jobs

if TYPE_CHECKING:
    from restorer.engine.engine import ModelStatus


class Models:
    """The models of a document.

    Attributes:
        known: those that can be chosen, by name.
        state, loaded: of the one in memory; `loaded` is None until there is one.
    """

    def __init__(self, jobs: Jobs, notifier: Notifier) -> None:
        self._jobs, self._notifier = jobs, notifier
        self.known: dict[str, ModelInfo] = {}
        self.state = ModelState.ABSENT
        self.loaded: ModelStatus | None = None

    def set_known(self, models: Sequence[ModelInfo]) -> None:
        """Set the available models."""
        self.known = {info.name: info for info in models}

    def latent(self, name: str) -> ModelInfo | None:
        """The metadata of a model with prompts; None for any other."""
        info = self.known.get(name)
        return info if info is not None and info.role.prompted else None

    def load(self, name: str) -> None:
        self._jobs.preload(name)

    def set_state(self, state: ModelState, loaded: ModelStatus | None = None) -> None:
        """Handle a message of the worker."""
        self.state, self.loaded = state, loaded
        self._notifier.tell(Changes.MODEL)
