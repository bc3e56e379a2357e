"""Plans what Restore would do, and whether it can: parameters, and slow preparations."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

import restorer.document.work as work
from restorer.document.changes import Changes, Notifier
from restorer.document.masks.commands import Masks
from restorer.document.models import Models
from restorer.document.open_picture import OpenPicture
from restorer.document.parameters import ChangeParameters, Parameters
from restorer.document.pictures import Pictures
from restorer.document.plan import LocalStrength, Plan, Prepared
from restorer.document.settings import Settings
from restorer.document.speed import expected_seconds, remember
from restorer.document.states import Readiness
from restorer.engine.control import Control, picture_digest
from restorer.engine.damage_files import read_control, read_kernel
from restorer.engine.run import Run
from restorer.engine.task import BUILTIN_MODEL
from restorer.engine.tasks import TASKS
from restorer.imaging.picture import Pixels


class Planner(QObject):
    """Plans the tasks of the open pictures.

    Where a repair begins, and with which numbers, is found out in the background whenever what
    it depends on has changed.
    """

    found_out = Signal(object)  # OpenPicture of which some of what was waited for is known

    def __init__(
        self,
        pictures: Pictures,
        masks: Masks,
        models: Models,
        settings: Settings,
        notifier: Notifier,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._pictures, self._models = pictures, models
        self._settings, self._notifier = settings, notifier
        self._gesture = 0
        pictures.measured.connect(self._prepare)
        pictures.switched.connect(self._on_switched)
        masks.changed.connect(self._plan_changed)

    def change(self, text: str, dragging: bool = False, **changes: Any) -> None:
        """Change parameters of the current picture; a drag is one undo step."""
        opened = self._pictures.current
        if opened is not None:
            self.change_of(opened, text, dragging, **changes)

    def change_of(
        self, opened: OpenPicture, text: str, dragging: bool = False, **changes: Any
    ) -> None:
        """The same for any open picture."""
        if "model" in changes:
            changes = self._with_model(opened.plan.parameters, changes["model"]) | changes
        if all(getattr(opened.plan.parameters, k) == v for k, v in changes.items()):
            return
        if not dragging:
            self.end_gesture()
        apply = partial(self._apply, opened)
        opened.undo.push(
            ChangeParameters(text, apply, opened.plan.parameters, changes, self._gesture)
        )

    def forget_model(self, name: str) -> None:
        """Replace a removed model by the built-in one."""
        if self._settings.model == name:
            self._settings.model = BUILTIN_MODEL
        for opened in self._pictures.all:
            before = opened.plan.parameters
            changes: dict[str, Any] = {}
            if before.model == name:
                changes |= {"model": BUILTIN_MODEL, **self._with_model(before, BUILTIN_MODEL)}
            if before.classifier == name:
                changes |= {"toward": Parameters.toward, "classifier": Parameters.classifier}
            if changes:
                self._apply(opened, replace(before, **changes))

    def end_gesture(self) -> None:
        """End a drag; the next change is an undo step of its own."""
        self._gesture += 1

    def load_kernel(self, text: str, path: Path) -> None:
        """Read the blur from a small picture of its kernel; `text` names the undo step."""

        def use(kernel: tuple[tuple[float, ...], ...]) -> None:
            self.change(text, kernel=kernel, kernel_name=path.name)

        self._pictures.compute(partial(read_kernel, path), use)

    def load_control(self, text: str, path: Path, leader: str) -> None:
        """Read the input of the ControlNet `leader`; `text` names the undo step."""
        opened = self._pictures.current
        if opened is None or opened.content.picture is None:
            return

        def use(pixels: Pixels) -> None:
            digest = picture_digest(pixels)
            opened.plan.control_pictures[digest] = pixels
            if opened is self._pictures.current:
                before = opened.plan.parameters.control
                control = replace(before, kind="picture", picture=digest, model=leader)
                self.change(text, control=control, control_name=path.name)

        self._pictures.compute(partial(read_control, path, opened.content.picture), use)

    @property
    def start(self) -> float | None:
        """The start t of a run; None if it would leave the picture alone, or is unknown."""
        task = self._pictures.current.plan.task if self._pictures.current else None
        return task.start if task else None

    @property
    def readiness(self) -> Readiness:
        """Readiness of the current picture."""
        current = self._pictures.current
        return self.readiness_of(current) if current else Readiness.NO_PICTURE

    def expected_seconds(self) -> float | None:
        """Expected seconds of Restore from the last run; None if there was none."""
        current = self._pictures.current
        return expected_seconds(self._settings, current) if current else None

    def remember_speed(self, run: Run) -> None:
        """Learn the speed from a finished run."""
        remember(self._settings, run)

    @staticmethod
    def readiness_of(opened: OpenPicture) -> Readiness:
        """Whether a run of this picture can begin; it may have to wait for others."""
        if opened.status.running or opened.results.steps is not None:
            return Readiness.RUNNING
        if opened.content.picture is None or opened.content.estimate is None:
            return Readiness.MEASURING
        if opened.settled:
            return Readiness.CLEAN
        if opened.proposal is not None:
            return Readiness.READY
        filling = TASKS[opened.plan.parameters.task].needs_hole
        if filling and opened.painted.mask is None:
            return Readiness.NO_MASK
        if not opened.plan.complete:
            return Readiness.PREPARING
        if opened.plan.task is None:
            return Readiness.BLOCKED
        if opened.plan.task.start is not None:
            return Readiness.READY
        if filling:
            return Readiness.NO_MASK
        waits = opened.content.searching or opened.painted.counting
        return Readiness.PREPARING if waits else Readiness.CLEAN

    # Helpers.

    def _with_model(self, before: Parameters, name: str) -> dict[str, Any]:
        """The parameters that change with the kind of model: start, steps, sampler."""
        latent = self._models.latent(name)
        if latent == before.latent:
            return {}
        changes: dict[str, Any] = {"latent": latent, "start": None, "steps": None}
        changes |= {"sampler": Parameters.sampler, "control": Control(), "control_name": ""}
        traits = latent.latent if latent else None
        if traits is not None and traits.enlarges and TASKS[before.task].grows:
            changes["scale"] = traits.factor
        return changes

    def _apply(self, opened: OpenPicture, parameters: Parameters) -> None:
        opened.plan.parameters = parameters
        self._plan_changed(opened)

    @Slot(object)
    def _plan_changed(self, opened: OpenPicture) -> None:
        self._prepare(opened)
        if opened is self._pictures.current:
            self._notifier.tell(Changes.PARAMETERS)

    @Slot()
    def _on_switched(self) -> None:
        self.end_gesture()
        if self._pictures.current is not None:
            self._prepare(self._pictures.current)

    @Slot(object)
    def _prepare(self, opened: OpenPicture) -> None:
        """Prepare a repair, unless that is done or under way."""
        if (
            opened.plan.complete
            or opened.plan.preparing
            or opened.content.picture is None
            or opened.content.estimate is None
        ):
            return
        request, latent = opened.plan.parameters.request.to_prepare, opened.plan.parameters.latent
        if TASKS[request.task].needs_hole and opened.painted.mask is None:
            return
        opened.plan.preparing = True
        if not opened.plan.strength_known:
            finding = partial(work.local_strength, *opened.plan.painted_strength)
            known_now = partial(self._strength_known, opened, opened.plan)
            self._pictures.ask(opened, finding, known_now)
            return
        known = (
            opened.content.picture,
            opened.content.estimate,
            opened.content.tables,
            opened.painted.mask,
        )
        preparing = partial(work.prepare, request, latent, *known)
        self._pictures.ask(opened, preparing, partial(self._prepared, opened, opened.plan))

    def _strength_known(self, opened: OpenPicture, plan: Plan, strength: LocalStrength) -> None:
        plan.preparing, plan.strength = False, strength
        self._plan_changed(opened)
        self.found_out.emit(opened)

    def _prepared(self, opened: OpenPicture, plan: Plan, prepared: Prepared) -> None:
        plan.preparing, plan.prepared = False, prepared
        self._plan_changed(opened)
        self.found_out.emit(opened)
