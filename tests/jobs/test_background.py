"""Work off the main thread: what arrives, what does not, and that nothing is left behind."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid

from restorer.engine.progress import Cancelled
from restorer.errors import BadInput, ErrorKind, RestorerError
from restorer.imaging.bands import raise_if_stopped
from restorer.jobs.background import Background, Job, go_on, report


@dataclass
class Desk:
    """A background and what it answered."""

    owner: QObject = field(default_factory=QObject)
    values: list[object] = field(default_factory=list)
    errors: list[RestorerError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.background = Background("test", self.owner)

    def run(self, work, newest_only: bool = False) -> Job:
        return self.background.run(
            work, self.values.append, self.errors.append, newest_only=newest_only
        )


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.background.shutdown()


class Gate:
    """Work that has begun once `begun` is set and goes on when it is let go."""

    def __init__(self, value: object = None) -> None:
        self.begun, self.go, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.value = value

    def __call__(self) -> object:
        self.begun.set()
        try:
            while not self.go.wait(0.001):
                go_on()
            return self.value
        finally:
            self.ended.set()


def settle() -> None:
    """Let everything arrive that has been sent."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()


def test_answers_arrive_in_order_in_the_main_thread(qtbot: QtBot, desk: Desk) -> None:
    threads: list[int] = []
    for n in range(200):
        desk.background.run(
            partial(int, n),
            lambda value: (threads.append(threading.get_ident()), desk.values.append(value)),
            desk.errors.append,
        )
    assert desk.background.running
    qtbot.waitUntil(lambda: len(desk.values) == 200)
    assert desk.values == list(range(200))
    assert set(threads) == {threading.get_ident()}
    assert not desk.background.running


def test_the_work_is_done_in_another_thread_which_ends_with_it(qtbot: QtBot, desk: Desk) -> None:
    desk.run(threading.current_thread)
    qtbot.waitUntil(lambda: bool(desk.values))
    (thread,) = desk.values
    assert thread is not threading.current_thread()
    assert isinstance(thread, threading.Thread)
    assert thread.name == "restorer-test"
    thread.join(10)
    assert not thread.is_alive()


def test_an_error_is_a_value_and_the_next_work_is_done(qtbot: QtBot, desk: Desk) -> None:
    def refuse() -> None:
        raise BadInput("Not this one.")

    desk.run(refuse)
    desk.run(lambda: 1 / 0)
    desk.run(lambda: "fine")
    qtbot.waitUntil(lambda: desk.values == ["fine"])
    known, unexpected = desk.errors
    assert known.sentence == "Not this one."
    assert unexpected.kind is ErrorKind.INTERNAL
    assert "ZeroDivisionError" in unexpected.detail


def test_an_unexpected_error_is_logged_with_its_trace(
    qtbot: QtBot, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.run(lambda: 1 / 0)
    qtbot.waitUntil(lambda: bool(desk.errors))
    (record,) = [r for r in caplog.records if r.levelname == "ERROR"]
    assert record.exc_info is not None
    assert record.threadName == "restorer-test"


def test_an_error_keeps_no_picture_alive(qtbot: QtBot, desk: Desk) -> None:
    seen: list[weakref.ref] = []

    def fail() -> None:
        large = np.zeros(10)
        seen.append(weakref.ref(large))
        raise BadInput("No.")

    desk.run(fail)
    qtbot.waitUntil(lambda: bool(desk.errors))
    gc.collect()
    assert seen[0]() is None


def test_values_are_let_go_of(qtbot: QtBot, desk: Desk) -> None:
    large = np.zeros(10)
    seen = weakref.ref(large)
    job = desk.background.run(partial(np.asarray, large), lambda value: None, desk.errors.append)
    del large
    qtbot.waitUntil(lambda: not job.running)
    qtbot.waitUntil(lambda: seen() is None)


def test_what_is_cancelled_before_it_begins_never_begins(qtbot: QtBot, desk: Desk) -> None:
    first, second = Gate(1), Gate(2)
    desk.run(first)
    job = desk.run(second)
    desk.run(lambda: 3)
    job.cancel()
    first.go.set()
    qtbot.waitUntil(lambda: desk.values == [1, 3])
    assert not second.begun.is_set()
    assert not job.running


def test_what_is_cancelled_on_its_way_ends_and_says_nothing(qtbot: QtBot, desk: Desk) -> None:
    first = Gate(1)
    job = desk.run(first)
    assert first.begun.wait(10)
    job.cancel()
    assert not job.running
    assert not desk.background.running
    assert first.ended.wait(10), "go_on has not ended it"
    desk.run(lambda: 2)
    qtbot.waitUntil(lambda: desk.values == [2])


def test_an_answer_that_waits_to_be_heard_can_still_be_cancelled(desk: Desk) -> None:
    first = Gate(1)
    job = desk.run(first)
    first.go.set()
    assert first.ended.wait(10)
    thread = desk.background._thread
    if thread is not None:
        thread.join(10)  # the answer has been sent, and nothing has been heard
    desk.background.cancel()
    settle()
    assert not job.running
    assert desk.values == []


def test_work_that_gives_up_by_itself_is_no_error(qtbot: QtBot, desk: Desk) -> None:
    def give_up() -> None:
        raise Cancelled

    job = desk.run(give_up)
    qtbot.waitUntil(lambda: not job.running)
    assert not desk.background.running
    assert (desk.values, desk.errors) == ([], [])


def test_newest_only_skips_what_waits_and_finishes_what_has_begun(qtbot: QtBot, desk: Desk) -> None:
    first, skipped = Gate(1), Gate(2)
    desk.run(first, newest_only=True)
    assert first.begun.wait(10)
    jobs = [desk.run(skipped, newest_only=True) for _ in range(50)]
    desk.run(lambda: 3, newest_only=True)
    first.go.set()
    qtbot.waitUntil(lambda: desk.values == [1, 3])
    assert not skipped.begun.is_set()
    assert not any(job.running for job in jobs)


def test_shares_arrive_but_not_all_and_none_after_cancelling(qtbot: QtBot, desk: Desk) -> None:
    shares: list[float] = []

    def work() -> None:
        for n in range(10**9):
            report(n % 100, 100)

    job = desk.background.run(work, desk.values.append, desk.errors.append, shares.append)
    qtbot.waitUntil(lambda: len(shares) > 2)
    job.cancel()
    heard = len(shares)
    qtbot.wait(120)
    assert len(shares) == heard < 1000
    assert all(0 <= share < 1 for share in shares)
    desk.background.run(partial(report, 0, 0), desk.values.append, desk.errors.append)
    qtbot.waitUntil(lambda: desk.values == [None])


def test_shutdown_ends_work_under_way_and_begins_nothing(qtbot: QtBot, desk: Desk) -> None:
    first, waiting = Gate(1), Gate(2)
    desk.run(first)
    desk.run(waiting)
    assert first.begun.wait(10)
    desk.background.shutdown()
    assert first.ended.is_set()
    assert not waiting.begun.is_set()
    after = desk.run(lambda: 3)
    assert not after.running
    desk.background.shutdown()  # twice does no harm
    settle()
    assert (desk.values, desk.errors) == ([], [])


@pytest.mark.parametrize("how", ["deleted", "later", "collected"])
@pytest.mark.parametrize("answered", [False, True])
def test_nothing_is_said_to_an_owner_that_is_gone(qtbot: QtBot, how: str, answered: bool) -> None:
    desk = Desk()
    values, errors, work = desk.values, desk.errors, Gate(1)
    desk.background.run(work, values.append, errors.append)
    assert work.begun.wait(10)
    if answered:  # but not heard yet
        work.go.set()
        assert work.ended.wait(10)
    match how:
        case "deleted":
            delete(desk.owner)
        case "later":
            desk.owner.deleteLater()
            QCoreApplication.sendPostedEvents(desk.owner, QEvent.Type.DeferredDelete)
            assert not isValid(desk.owner)
        case _:
            del desk
            gc.collect()
    assert work.ended.wait(10)
    settle()
    time.sleep(0.01)
    settle()
    assert (values, errors) == ([], [])


def test_a_window_that_is_an_owner_and_a_listener_goes_with_its_background(qtbot: QtBot) -> None:
    class Owner(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.background = Background("test", self)

        def hear(self, value: object) -> None:
            pytest.fail(f"{value} came to something that is gone")

    for _ in range(100):
        owner = Owner()
        owner.background.run(partial(int, 1), owner.hear, owner.hear)
        delete(owner)
        settle()


#: What hands may do, in any order: (what, to which job, how it ends or whether newest only).
MOVES = st.one_of(
    st.tuples(st.just("run"), st.sampled_from(["value", "error", "gives up"]), st.booleans()),
    st.tuples(st.just("cancel"), st.integers(0, 20), st.just(False)),
    st.tuples(st.just("cancel all"), st.just(0), st.just(False)),
    st.tuples(st.just("let go"), st.integers(0, 20), st.just(False)),
    st.tuples(st.just("wait"), st.just(0), st.just(False)),
    st.tuples(st.just("listen"), st.just(0), st.just(False)),
)


@dataclass(eq=False)
class Asked:
    """One piece of work in a test of many, and what is known of it."""

    end: str
    gate: Gate = field(default_factory=Gate)
    job: Job | None = None
    answers: int = 0
    must_be_silent: bool = False

    def __call__(self) -> None:
        self.gate()
        if self.end == "error":
            raise BadInput("No.")
        if self.end == "gives up":
            raise Cancelled

    def answered(self, _: object) -> None:
        assert not self.must_be_silent
        self.answers += 1


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(MOVES, max_size=25), close=st.sampled_from(["end", "shutdown", "delete"]))
def test_whatever_is_done_each_is_answered_once_or_never(
    qtbot: QtBot, moves: list[tuple], close: str
) -> None:
    owner = QObject()
    background = Background("test", owner)
    asked: list[Asked] = []
    order: list[Asked] = []
    for what, which, newest in moves:
        match what:
            case "run":
                work = Asked(which)
                waiting = [a for a in asked if a.job is not None and a.job.running]
                begun = {a for a in waiting if a.gate.begun.is_set()}
                work.job = background.run(
                    work,
                    lambda value, work=work: (order.append(work), work.answered(value)),
                    lambda error, work=work: (order.append(work), work.answered(error)),
                    newest_only=newest,
                )
                for other in waiting if newest else ():
                    assert other.job is not None
                    if not other.job.running:
                        assert other not in begun, "what had begun was dropped"
                        other.must_be_silent = True
                asked.append(work)
            case "cancel" if asked:
                one = asked[which % len(asked)]
                assert one.job is not None
                one.must_be_silent |= one.job.running
                one.job.cancel()
            case "cancel all":
                for one in asked:
                    one.must_be_silent |= one.job is not None and one.job.running
                background.cancel()
            case "let go" if asked:
                asked[which % len(asked)].gate.go.set()
            case "wait":
                time.sleep(0.002)
            case "listen":
                settle()
    if close == "end":
        for one in asked:
            one.gate.go.set()
        qtbot.waitUntil(lambda: not background.running)
    else:
        for one in asked:
            one.must_be_silent |= one.job is not None and one.job.running
        (background.shutdown if close == "shutdown" else partial(delete, owner))()
    background.shutdown()
    settle()
    assert order == sorted(order, key=asked.index), "answers came out of order"
    for one in asked:
        assert one.job is not None
        assert not one.job.running
        expected = 0 if one.must_be_silent or one.end == "gives up" else 1
        assert one.answers == expected
        if one.must_be_silent and one.gate.begun.is_set():
            assert one.gate.ended.wait(10), "it has not heard that nobody waits"


def test_what_goes_by_bands_ends_once_nobody_waits_for_it(desk: Desk) -> None:
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        try:
            while True:
                raise_if_stopped()
                begun.set()
                time.sleep(0.001)
        finally:
            ended.set()

    job = desk.run(work)
    assert begun.wait(60)
    job.cancel()
    assert ended.wait(60) and not desk.values and not desk.errors
