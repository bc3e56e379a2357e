from types import SimpleNamespace

import psutil
import pytest
import torch

from restorer.diffusion import hardware, timing
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


@pytest.mark.parametrize(("pays", "chosen"), [(True, torch.bfloat16), (False, None)])
def test_a_cpu_takes_bf16_where_it_pays_or_is_asked_for(monkeypatch, pays, chosen):
    monkeypatch.setattr(timing, "bfloat16_pays", lambda: pays)
    cpu = torch.device("cpu")
    assert hardware.choose_autocast(cpu) == chosen
    assert hardware.choose_autocast(cpu, "float32") is None
    assert hardware.choose_autocast(cpu, "bfloat16") == torch.bfloat16


@pytest.mark.parametrize(("supported", "chosen"), [(True, torch.bfloat16), (False, torch.float16)])
def test_cuda_takes_half_precision(monkeypatch, supported, chosen):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: supported)
    cuda = torch.device("cuda")
    assert hardware.choose_autocast(cuda) == chosen
    assert hardware.choose_autocast(cuda, "float32") is None
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "Old GPU")
    if not supported:
        with pytest.raises(BadInput, match="Old GPU does not compute in bfloat16"):
            hardware.choose_autocast(cuda, "bfloat16")


def test_apple_gpus_compute_in_float32():
    assert hardware.choose_autocast(torch.device("mps")) is None
    with pytest.raises(BadInput, match="Apple GPU does not compute in bfloat16"):
        hardware.choose_autocast(torch.device("mps"), "bfloat16")


def test_what_fits_on_a_cpu_does_not_hang_on_what_others_use(monkeypatch):
    """Else a busy machine would compute less precisely."""
    used = iter([0.1, 0.9])
    total = 16 << 30

    def memory():
        return SimpleNamespace(total=total, available=int(total * next(used)))

    monkeypatch.setattr(psutil, "virtual_memory", memory)
    cpu = torch.device("cpu")
    assert hardware.room(cpu) == hardware.room(cpu) == 12 << 30


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
