import pytest
import torch

from restorer.diffusion import hardware
from restorer.errors import BadInput


def pretend(monkeypatch, *, cuda: bool, mps: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "chosen"),
    [(True, False, "cuda"), (False, True, "mps"), (False, False, "cpu"), (True, True, "cuda")],
)
def test_auto_takes_the_fastest_kind_there_is(monkeypatch, cuda, mps, chosen):
    pretend(monkeypatch, cuda=cuda, mps=mps)
    assert hardware.choose_device("auto").type == chosen


@pytest.mark.parametrize("name", ["cuda", "mps", "abacus"])
def test_a_device_that_is_not_there_is_refused(monkeypatch, name):
    pretend(monkeypatch, cuda=False, mps=False)
    with pytest.raises(BadInput, match=name):
        hardware.choose_device(name)


@pytest.mark.parametrize(
    ("bf16", "fp32", "chosen"), [(1.0, 2.0, torch.bfloat16), (2.0, 1.0, None), (0.95, 1.0, None)]
)
def test_a_cpu_takes_bf16_only_where_it_is_clearly_faster(monkeypatch, bf16, fp32, chosen):
    monkeypatch.setattr(hardware, "_seconds", lambda dtype: fp32 if dtype is None else bf16)
    hardware._bf16_pays.cache_clear()
    assert hardware.choose_autocast(torch.device("cpu")) == chosen
    hardware._bf16_pays.cache_clear()


@pytest.mark.parametrize(("supported", "chosen"), [(True, torch.bfloat16), (False, torch.float16)])
def test_cuda_takes_half_precision(monkeypatch, supported, chosen):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: supported)
    assert hardware.choose_autocast(torch.device("cuda")) == chosen


def test_apple_gpus_compute_in_float32():
    assert hardware.choose_autocast(torch.device("mps")) is None


def test_timing_takes_some_time():
    assert 0 < hardware._seconds(None) < 10


def test_a_window_is_left_a_core(monkeypatch):
    asked = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    monkeypatch.setattr(hardware.os, "cpu_count", lambda: 4)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    hardware.limit_threads(spare=1)
    hardware.limit_threads(spare=9)
    assert asked == [3, 1]
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    hardware.limit_threads(spare=0)
    assert asked == [3, 1]
