"""`-`: a picture comes in and goes out through pipes."""

import io
import sys
from types import SimpleNamespace

import pytest

from restorer.cli.main import main
from restorer.imaging.read import read_bytes


@pytest.fixture
def piped(monkeypatch, capsysbinary, tmp_path):
    """Runs the command line with bytes as standard input: exit code, what comes, and is said."""
    monkeypatch.chdir(tmp_path)

    def run(data, *arguments):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = main([*map(str, arguments)])
        out, err = capsysbinary.readouterr()
        return code, out, err.decode()

    return run


def test_a_picture_goes_through_pipes_in_its_own_format_or_another(piped, noisy, tmp_path):
    data = noisy.read_bytes()
    code, out, said = piped(data, "noise", "-", "-o", "-", "--noise", 0)
    assert (code, said) == (0, "")
    picture = read_bytes(out)
    assert picture.format == "PNG" and (picture.pixels == read_bytes(data).pixels).all()
    code, out, said = piped(b"", "noise", noisy, "-o", "jpg:-", "--noise", 0)
    assert (code, said) == (0, "") and read_bytes(out).format == "JPEG"
    code, out, _ = piped(data, "restore", "-", "-o", "-", "--rotate", 90, "--noise", 0)
    assert code == 0 and read_bytes(out).size == (96, 128)
    assert sorted(tmp_path.iterdir()) == [noisy]


def test_what_is_no_picture_or_no_pipe_is_said(piped, noisy, monkeypatch):
    code, _, said = piped(b"\0\1", "estimate", "-")
    assert code == 2 and "standard input is not a picture" in said
    assert "standard input is empty" in piped(b"", "estimate", "-")[2]
    code, out, said = piped(b"", "restore", noisy, "-o", "-", "--json")
    assert (code, out) == (2, b"") and "choose one" in said
    code, out, said = piped(b"", "noise", noisy, "-o", "gif:-", "--noise", 0)
    assert (code, out) == (2, b"") and "no extension that can be written" in said
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    assert main(["estimate", "-"]) == 2
