"""A large picture is restored bit for bit as a small one is: in bands, in tiles, in files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from restorer.degradation.estimate import estimate
from restorer.degradation.impulses import find_impulses, without
from restorer.diffusion.answers import Answers
from restorer.engine.consistency import check
from restorer.engine.damage import Damage
from restorer.engine.inputs import Inputs
from restorer.engine.progress import Cancelled, CancelToken
from restorer.engine.run import Run
from restorer.engine.strength import strength_digest
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Quantity, Trajectory
from restorer.imaging import bands, scratch
from restorer.imaging.geometry import quick_thumbnail, reduced
from restorer.imaging.picture import Picture
from restorer.imaging.raster import to_float, to_integers
from tests.engine.known import AnalyticEngine, picture_with, task_for

SIZE = (300, 400)
PICTURE = picture_with(25.0, SIZE)
GREY = replace(PICTURE, pixels=np.repeat(PICTURE.pixels[..., :1], 3, axis=2), grey=True)


def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the picture had a hundred megapixels."""
    monkeypatch.setattr(bands, "PIXELS", 5000)
    monkeypatch.setattr(scratch, "BUDGET", 0)
    monkeypatch.setattr(scratch, "_LEAST", 0)


def run(picture: Picture, task: RestorationTask, budget: int = 1 << 30, **maps: object) -> Run:
    made = Run(1, task, Inputs(picture, **maps), Trajectory(task, budget))
    assert len([*made.carry_out(AnalyticEngine(), lambda: None)]) == task.steps
    return made


STRENGTH = np.random.default_rng(4).random(SIZE, np.float32)
CASES = {
    "noise": (PICTURE, task_for(25.0, steps=3, undo_clipping=True), {}),
    "blend": (PICTURE, task_for(25.0, steps=3, faithfulness=0.5, sampler="ddpm", grain=0.3), {}),
    "grey": (GREY, task_for(25.0, steps=2), {}),
    "local": (PICTURE, task_for(25.0, steps=2, local=((0.5, 1.0), (1.0, 2.0))), {}),
    "strength": (
        PICTURE,
        task_for(25.0, steps=1, amount=0.8, strength=strength_digest(STRENGTH)),
        {"strength": STRENGTH},
    ),
    "stripes": (
        replace(
            PICTURE,
            pixels=np.clip(PICTURE.pixels + 0.1 * STRENGTH[:, :1, None], 0, 1).astype(np.float32),
        ),
        RestorationTask(start=50.0, steps=1, damage=Damage("destripe")),
        {},
    ),
    "fading": (
        replace(PICTURE, pixels=np.clip(0.4 + 0.3 * PICTURE.pixels, 0, 1)),
        RestorationTask(start=50.0, steps=1, damage=Damage("fade")),
        {},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_run_and_its_check(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    picture, task, maps = CASES[case]
    usual = run(picture, task, **maps)
    said = check(task, usual.inputs, usual.trajectory.result)
    small_parts(monkeypatch)
    large = run(picture, task, budget=0, **maps)
    assert scratch.is_in_file(large.trajectory.result)
    assert not large.trajectory.in_memory
    np.testing.assert_array_equal(large.trajectory.result, usual.trajectory.result)
    for index in range(task.steps):
        for quantity in Quantity:
            one, other = (r.trajectory.read(index, quantity) for r in (large, usual))
            np.testing.assert_array_equal(one, other)
    told = check(task, large.inputs, large.trajectory.result)
    assert (told.remains, told.sentence) == (said.remains, said.sentence)
    np.testing.assert_array_equal(told.residual, said.residual)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3])
def test_measuring_it(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    rng = np.random.default_rng(1)
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    waves = np.stack([np.sin(down / 30 + c) * np.cos(across / 40) for c in range(3)], axis=2)
    pixels = (0.5 + 0.3 * waves + 0.01 * rng.standard_normal(waves.shape)).astype(np.float32)
    lost = rng.random(SIZE) < share
    pixels[lost] = rng.integers(0, 2, (int(lost.sum()), 1))
    hit = find_impulses(pixels)
    assert hit.any() == (share > 0)
    usual = estimate(pixels), without(pixels, hit)
    small_parts(monkeypatch)
    monkeypatch.setattr(bands, "PIXELS", 5000)
    assert estimate(pixels) == usual[0]
    np.testing.assert_array_equal(without(pixels, hit), usual[1])


@pytest.mark.parametrize("bits", [8, 16])
def test_reading_and_writing_its_values(monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    usual = to_integers(np.clip(PICTURE.pixels, 0, 1), bits)
    small_parts(monkeypatch)
    pixels = to_float(usual, 2**bits - 1)
    assert scratch.is_in_file(pixels)
    np.testing.assert_array_equal(pixels, (usual / np.float32(2**bits - 1)).astype(np.float32))
    np.testing.assert_array_equal(to_integers(pixels, bits), usual)


class _StopsAt(CancelToken):
    """Is set when it is looked at for the n-th time."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.left = n

    def raise_if_cancelled(self) -> None:
        if self.left == 0:
            self.cancel()
        self.left -= 1
        super().raise_if_cancelled()


def test_a_stop_anywhere_leaves_what_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it comes, after it nothing is looked at again: there is nothing left to do."""
    small_parts(monkeypatch)
    task = task_for(25.0, steps=2)
    counted = _StopsAt(1 << 30)
    whole = Run(1, task, Inputs(PICTURE), Trajectory(task), cancel=counted)
    assert len([*whole.carry_out(AnalyticEngine(tile=128), lambda: None)]) == 2
    looks = (1 << 30) - counted.left
    assert looks > 200
    for n in (*range(0, looks, looks // 40), looks - 1):
        token = _StopsAt(n)
        stopped = Run(2, task, Inputs(PICTURE), Trajectory(task), cancel=token)
        with pytest.raises(Cancelled):
            [*stopped.carry_out(AnalyticEngine(tile=128), lambda: None)]
        assert token.left == -1
        assert len(stopped.thumbnails) == len(stopped.trajectory)
        if len(stopped.trajectory) and stopped.part is None:
            for quantity in (Quantity.X0, Quantity.X_T):
                one, other = (run.trajectory.read(0, quantity) for run in (stopped, whole))
                np.testing.assert_array_equal(one, other)


def test_a_network_looks_between_its_blocks() -> None:
    torch = pytest.importorskip("torch")
    from restorer.diffusion.denoiser import PriorDenoiser
    from restorer.diffusion.prior import PriorUNet

    denoiser = PriorDenoiser(PriorUNet(channels=(8, 16), blocks=1, mid_blocks=2))
    token = _StopsAt(2)
    with pytest.raises(Cancelled), bands.stoppable(token.raise_if_cancelled):
        denoiser(torch.zeros(1, 3, 32, 32), 0.2)
    denoiser(torch.zeros(1, 3, 32, 32), 0.2)  # nobody stops this one


@pytest.mark.parametrize("factor", [1, 2, 3, 7])
def test_making_it_smaller(monkeypatch: pytest.MonkeyPatch, factor: int) -> None:
    pixels = np.random.default_rng(2).random((301, 403, 3), np.float32)
    monkeypatch.setattr(bands, "PIXELS", 5000)
    rows, columns = 301 // factor, 403 // factor
    squares = pixels[: rows * factor, : columns * factor]
    expected = squares.reshape(rows, factor, columns, factor, 3).mean(axis=(1, 3))
    np.testing.assert_array_equal(reduced(pixels, factor), expected)


def test_a_thumbnail(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = quick_thumbnail(PICTURE.pixels, 50)
    small_parts(monkeypatch)
    np.testing.assert_array_equal(quick_thumbnail(PICTURE.pixels, 50), usual)


def test_a_run_that_begins_again_asks_only_for_the_rest(tmp_path: Path) -> None:
    """After a stop anywhere; what was cut short on the disk is asked for again."""
    picture, task = picture_with(25.0, (90, 120)), task_for(25.0, steps=3, undo_clipping=True)
    engine = AnalyticEngine(tile=64)
    whole = Run(1, task, Inputs(picture), Trajectory(task))
    assert len([*whole.carry_out(engine, lambda: None)]) == 3
    asked = engine.evaluations
    counted = _StopsAt(1 << 30)
    [
        *Run(1, task, Inputs(picture), Trajectory(task), cancel=counted).carry_out(
            engine, lambda: None
        )
    ]
    looks = (1 << 30) - counted.left
    for stop in (looks // 2, looks - 1):
        first, second = AnalyticEngine(tile=64), AnalyticEngine(tile=64)
        begun = Run(2, task, Inputs(picture), Trajectory(task), cancel=_StopsAt(stop))
        begun.answers = Answers(tmp_path / "a")
        begun.answers.forget_unless_from("here")
        with pytest.raises(Cancelled):
            [*begun.carry_out(first, lambda: None)]
        spoilt = [*(tmp_path / "a").glob("0000-000002.npy")]
        for file in spoilt:
            file.write_bytes(file.read_bytes()[:-100])
        again = Run(3, task, Inputs(picture), Trajectory(task), answers=Answers(tmp_path / "a"))
        again.answers.forget_unless_from("here")
        assert len([*again.carry_out(second, lambda: None)]) == 3
        assert 0 < again.answers.recalled == first.evaluations - len(spoilt)
        assert second.evaluations == asked - again.answers.recalled
        np.testing.assert_array_equal(again.trajectory.result, whole.trajectory.result)
        again.answers.forget_unless_from("elsewhere")  # other bits: nothing of it counts
        assert not [*(tmp_path / "a").iterdir()]


@pytest.mark.parametrize("local", [(), ((0.5, 1.0), (1.0, 2.0))])
def test_what_is_looked_at_comes_first_and_changes_nothing(local: object) -> None:
    """The view moves in mid-run, and so does the order; the result is the same bytes."""
    picture, task = picture_with(25.0, (150, 200)), task_for(25.0, steps=2, local=local)
    results, boxes = [], []
    for views in ([None], [(0.9, 0.9, 1.0, 1.0), (0.0, 0.4, 0.1, 0.6)]):
        made = Run(1, task, Inputs(picture), Trajectory(task))
        made.look.at = views[0]
        put, told = made.partials.put, boxes.append([]) or boxes[-1]

        def watched(tile: object, made=made, put=put, told=told, views=views) -> bool:
            told.append(tile.box)
            made.look.at = views[-1]
            return put(tile)

        made.partials.put = watched
        assert len([*made.carry_out(AnalyticEngine(tile=64), lambda: None)]) == 2
        results.append(made.trajectory.result)
    np.testing.assert_array_equal(*results)
    (by_rows, by_view), left_middle = boxes, (0, 60, 64, 90)
    assert sorted(by_rows) == sorted(by_view) != by_view
    assert by_rows[0][:2] == (0, 0) and by_view[0][2:] == (200, 150)
    assert by_view[1][0] == 0 and by_view[1][1] < left_middle[3] and by_view[1][3] > left_middle[1]
