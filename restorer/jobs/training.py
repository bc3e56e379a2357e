"""A training in a separate process: it can neither block nor crash the window."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal, Slot

import restorer
from restorer import words
from restorer.errors import ErrorKind, RestorerError
from restorer.training.events import Milestone, Started, from_json
from restorer.words import marked as _

log = logging.getLogger(__name__)

#: After Stop, a last step and a last measurement; whoever takes longer is ended.
GRACE_MS = 90_000

_TAIL = 20  # lines of what it complained of that are kept


def train_command() -> list[str]:
    """The command to run; a frozen build is its own interpreter."""
    itself = [] if getattr(sys, "frozen", False) else ["-m", "restorer"]
    return [sys.executable, *itself, "train"]


class TrainingProcess(QObject):
    """`restorer train ... --json --attached`; all methods are called from the main thread.

    `ended` comes once for each `start`: with an error, or None if it was done or was told to stop.
    """

    reported = Signal(object)  # Event
    ended = Signal(object)  # RestorerError | None

    def __init__(self, command: Sequence[str] = (), parent: QObject | None = None) -> None:
        """`command` replaces `train_command()`."""
        super().__init__(parent)
        self._command = list(command) or train_command()
        self._tail: list[str] = []
        self._begun = False  # there may be something to lose
        self.stopping = False
        self._process = QProcess(self)
        # Where `-m restorer` is this very package, whatever lies in the folder we were started in.
        self._process.setWorkingDirectory(str(Path(restorer.__file__).parent.parent))
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._complain)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)
        self._grace = QTimer(self, singleShot=True)
        self._grace.timeout.connect(self._process.kill)

    @property
    def running(self) -> bool:
        return self._process.state() is not QProcess.ProcessState.NotRunning

    def start(self, arguments: Sequence[str]) -> None:
        """Begin, with the arguments of `restorer train`."""
        assert not self.running
        self._tail.clear()
        self._begun = self.stopping = False
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("RESTORER_LANGUAGE", words.language())
        self._process.setProcessEnvironment(environment)
        program, *first = self._command
        self._process.start(program, [*first, *arguments, "--json", "--attached"])

    def stop(self) -> None:
        """Ask it to stop after a last milestone; a second call ends it at once."""
        if not self.running:
            return
        if self.stopping or not self._begun:
            self.stopping = True
            self._process.kill()
            return
        self.stopping = True
        self._process.closeWriteChannel()
        self._grace.start(GRACE_MS)

    def shutdown(self) -> None:
        """Stop and wait for the end; nothing is emitted afterwards."""
        self.blockSignals(True)
        if not self.stopping:
            self.stop()
        if self.running and not self._process.waitForFinished(GRACE_MS):
            self._process.kill()
            self._process.waitForFinished()

    @Slot()
    def _read(self) -> None:
        while self._process.canReadLine():
            line = self._process.readLine().toStdString()
            try:
                event = from_json(line)
            except ValueError:  # a library that prints
                log.info("training: %s", line.rstrip())
                continue
            self._begun |= isinstance(event, Started | Milestone)
            self.reported.emit(event)

    @Slot()
    def _complain(self) -> None:
        text = self._process.readAllStandardError().toStdString()
        self._tail = [*self._tail, *filter(None, text.splitlines())][-_TAIL:]

    @Slot(int, QProcess.ExitStatus)
    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._grace.stop()
        self._read()
        self._complain()
        fine = code == 0 and status is QProcess.ExitStatus.NormalExit
        self.ended.emit(None if fine or self.stopping else self._problem(code, status))

    @Slot(QProcess.ProcessError)
    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # all others end in `_finished`
            sentence = _("The training could not be started.")
            self.ended.emit(RestorerError(sentence, self._process.errorString()))

    def _problem(self, code: int, status: QProcess.ExitStatus) -> RestorerError:
        """The error that it reported; without one, that it was killed."""
        detail = "\n".join(self._tail)
        said = [line for line in self._tail if line.startswith("restorer: ")]
        if status is QProcess.ExitStatus.CrashExit or not said:
            return RestorerError(
                "The training stopped unexpectedly; the computer may have run out of memory.",
                f"exit code {code}\n{detail}".strip(),
            )
        problem = RestorerError(said[-1].removeprefix("restorer: "), detail)
        if code in tuple(ErrorKind):
            problem.kind = ErrorKind(code)
        return problem
