"""What docs/adding-a-sampler.md says is so."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from restorer.cli.arguments import parse
from restorer.cli.request import sampler_options
from restorer.diffusion import samplers
from restorer.diffusion.samplers import SAMPLERS
from restorer.diffusion.scales import vp_scales
from restorer.diffusion.schedule import LINEAR
from restorer.document import Settings
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.methods import evaluations_a_step
from restorer.engine.progress import CancelToken
from restorer.engine.task import RestorationTask
from restorer.imaging.picture import Picture
from restorer.jobs import Jobs
from restorer.ui.window.window import MainWindow

from ..diffusion.gaussian import GaussianDenoiser
from ..fakes import FakeEngine
from .blocks import blocks, table

PAGE = "adding-a-sampler.md"


@pytest.fixture(autouse=True)
def heun(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sampler of the page, for the time of a test."""
    function, row = blocks(PAGE)
    monkeypatch.setattr(samplers, "SAMPLERS", SAMPLERS)
    monkeypatch.setattr(samplers, "heun", None, raising=False)
    monkeypatch.setitem(SAMPLERS, "heun", None)  # type: ignore[arg-type]
    names = vars(samplers)
    exec(compile(function + row, PAGE, "exec", flags=annotations_flag(), dont_inherit=True), names)


def annotations_flag() -> int:
    """The module has the future's annotations."""
    import __future__

    return __future__.annotations.compiler_flag


def test_the_command_line_knows_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["restore", "--help"])
    assert "heun" in capsys.readouterr().out
    arguments = parse(["restore", "a.png", "-o", "b.png", "--sampler", "heun"])
    assert sampler_options(arguments) == {"sampler": "heun", "eta": 0.0}


def test_the_window_offers_it(qtbot: QtBot, settings_file: QSettings) -> None:
    window = MainWindow(Jobs(FakeEngine), Settings(settings_file))
    qtbot.addWidget(window)
    lists = window.findChildren(QComboBox)
    assert any(box.findText("Heun") >= 0 for box in lists)


def test_the_engine_runs_it() -> None:
    task = RestorationTask(start=100.0, steps=3, sampler="heun", faithfulness=0.0)
    assert RestorationTask.from_json(task.to_json()) == task
    assert evaluations_a_step(task) == 2
    grey = Picture(np.full((16, 16, 3), 0.5, np.float32))
    engine = Engine()
    engine.load("builtin", "cpu")
    frames = list(engine.run(task, Inputs(grey), CancelToken()))
    assert len(frames) == 3
    assert np.abs(frames[-1].x0).max() < 0.1


def test_it_is_of_second_order() -> None:
    """Under a Gaussian prior the flow scales what deviates from the mean as its deviation falls."""
    prior, schedule = GaussianDenoiser(), LINEAR
    begin = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    sigmas = [float(schedule.sigma(t)) for t in (600, 100)]
    (a, _), (a_end, _) = map(vp_scales, sigmas)
    before, after = (math.hypot(prior.deviation, sigma) for sigma in sigmas)
    exact = a_end * (prior.mean + (begin / a - prior.mean) * after / before)

    def off(count: int) -> float:
        times, generator = np.linspace(600, 100, count + 1), torch.Generator()
        *_, last = SAMPLERS["heun"].reverse(prior, begin, times, schedule, 0.0, generator)
        return float((last.x_t - exact).abs().max())

    assert off(32) < 0.01
    assert math.log2(off(16) / off(32)) == pytest.approx(2, abs=0.3)


def test_the_table_of_the_page_is_the_programs() -> None:
    rows = table(PAGE)
    assert [row[0].strip("`") for row in rows] == [name for name in SAMPLERS if name != "heun"]
    for name, title, pixels, scheduler, eta, evaluations, draws, sentence in rows:
        sampler = SAMPLERS[name.strip("`")]
        assert (sampler.title, sampler.scheduler, sampler.sentence) == (title, scheduler, sentence)
        assert (sampler.steps is not None) == (pixels == "yes")
        assert ("" if sampler.eta is None else f"{sampler.eta:g}") == eta
        assert sampler.evaluations == int(evaluations)
        assert (sampler.draws(0.0), sampler.draws(1.0)) == {
            "always": (True, True),
            "with eta": (False, True),
            "never": (False, False),
        }[draws]
