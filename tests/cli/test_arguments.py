"""Defaults of the command line that decide a result."""

from __future__ import annotations

import pytest

from restorer.cli import sheet
from restorer.cli.arguments import COMMANDS, parse
from restorer.cli.examples import EXAMPLES, FIRST, typed
from restorer.cli.request import refuse_strangers, request_from, sampler_options
from restorer.engine.task import RestorationTask
from restorer.errors import BadInput


def test_what_restore_does_unless_asked_is_what_a_task_does() -> None:
    asked = parse(["restore", "in.png", "-o", "out.png"])
    values = vars(asked) | sampler_options(asked)
    for name in ("sampler", "eta", "seed", "faithfulness", "amount", "grain"):
        assert values[name] == getattr(RestorationTask, name), name
    ddim = parse(["restore", "in.png", "-o", "out.png", "--sampler", "ddim"])
    assert sampler_options(ddim)["eta"] == 0  # --sampler ddim is DDIM
    assert asked.precision == "auto"


def test_the_sheet_calls_pure_noise_by_its_part(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    from restorer.resources import resource_path

    titles: list[str] = []
    made = sheet.contact_sheet

    def contact_sheet(tiles, **options):
        titles.extend(title for title, _ in tiles)
        return made(tiles, **options)

    monkeypatch.setattr(sheet, "contact_sheet", contact_sheet)
    picture, out = resource_path("samples", "panda.webp"), tmp_path / "out.png"
    assert sheet.run(parse(["sheet", str(picture), "-o", str(out)])) == 0
    assert titles == [
        "t 0, noise 1",
        "t 100, noise 44",
        "t 400, sqrt(1 - abar) 0.90",
        "t 999, sqrt(1 - abar) 1.00",
    ]


def test_the_window_computes_as_precisely_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from restorer.cli import window
    from restorer.jobs.jobs import real_engine
    from restorer.ui import app

    made = []

    def run(paths: list[str], precision: str, shared: bool) -> int:
        made.append((paths, precision, shared))
        return 0

    monkeypatch.setattr(app, "run", run)
    assert window.run(parse(["--precision", "bfloat16"])) == 0
    assert made == [([], "bfloat16", False)]
    assert real_engine("bfloat16").load("builtin", "cpu").place == "CPU bfloat16"


@pytest.mark.parametrize("task", ["fade", "destripe"])
@pytest.mark.parametrize(
    "option",
    [
        *("--steps=3", "--noise=5", "--start=40", "--seed=1", "--model=camera", "--sampler=ddim"),
        *("--eta=1", "--faithfulness=0.5", "--toward=photo", "--spread=x.png"),
    ],
)
def test_what_no_network_is_asked_for_is_refused_and_not_ignored(task: str, option: str) -> None:
    asked = ["restore", "in.png", "-o", "out.png", "--task", task]
    name = option.partition("=")[0]
    with pytest.raises(BadInput, match=f"--task {task} asks no network; leave {name} out"):
        refuse_strangers(parse([*asked, option]), (task,))
    refuse_strangers(parse(asked), (task,))
    refuse_strangers(parse([*asked[:-2], "--task=auto", option]), (task, "denoise"))


@pytest.mark.parametrize(
    ("text", "asked"), [("0.3", (0.3, False)), ("even", (1.0, True)), ("even:0.5", (0.5, True))]
)
def test_grain_is_kept_or_put_back_evenly(text: str, asked: tuple[float, bool]) -> None:
    arguments = parse(["restore", "a.png", "-o", "b.png", "--grain", text])
    request = request_from(arguments)
    assert (request.grain, request.even_grain) == asked


def test_examples_of_help_can_be_typed(capsys: pytest.CaptureFixture[str]) -> None:
    assert EXAMPLES.keys() == COMMANDS.keys()
    for line, _ in (*sum(EXAMPLES.values(), ()), *FIRST):
        words = typed(line)
        assert parse(words).command == (words[0] if words[0] in COMMANDS else "window"), line
    for words in (["help", "restore"], ["restore", "--help"]):
        with pytest.raises(SystemExit) as ended:
            parse(words)
        said = capsys.readouterr().out
        assert ended.value.code == 0
        assert said.index(EXAMPLES["restore"][0][0]) < said.index("usage: restorer restore -o OUT")
