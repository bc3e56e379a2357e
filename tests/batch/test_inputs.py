"""Folders, lists, patterns and standard input all end in pictures with names of their own."""

import io
import os

import pytest

from restorer.batch.archive import output_name, watched
from restorer.batch.inputs import found_in
from restorer.batch.order import BatchOptions
from restorer.engine.request import Request
from restorer.errors import BadInput


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Empty files in folders; they are named, never read."""
    for name in ("x/a.png", "x/b/C.JPG", "x/b/.hidden.png", "x/.git/d.png", "x/e.txt", "y/a.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "x/out").mkdir()
    (tmp_path / "x/out/made.png").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(tree, *inputs: str, stdin: str = "", left_out=lambda _: None) -> list[str]:
    return [item.name for item in found_in(inputs, io.StringIO(stdin), tree / "x/out", left_out)]


def test_a_folder_is_mirrored_without_its_name_and_without_the_results(tree) -> None:
    left_out = []
    assert names(tree, "x", left_out=left_out.append) == ["a.png", "b/C.JPG"]
    assert [path.name for path in left_out] == ["e.txt"]


def test_links_to_folders_are_not_followed_but_told(tree) -> None:
    (tree / "x/there").symlink_to(tree / "y")
    (tree / "x/round").symlink_to(tree / "x")
    left_out = []
    assert names(tree, "x", left_out=left_out.append) == ["a.png", "b/C.JPG"]
    assert sorted(path.name for path in left_out) == ["e.txt", "round", "there"]
    assert names(tree, "x", "x/there") == ["x/a.png", "x/b/C.JPG", "there/a.png"]


def test_of_several_folders_each_keeps_its_name(tree) -> None:
    assert names(tree, "x", "y") == ["x/a.png", "x/b/C.JPG", "y/a.png"]


def test_files_are_called_as_tells_them_apart(tree) -> None:
    assert names(tree, "x/a.png") == ["a.png"]
    assert names(tree, "x/a.png", "x/b/C.JPG") == ["a.png", "C.JPG"]
    assert names(tree, "x/a.png", "y/a.png") == ["x/a.png", "y/a.png"]


def test_a_pattern_is_mirrored_from_where_it_varies(tree) -> None:
    assert names(tree, "x/**/*.[pj]*") == ["a.png"]
    assert names(tree, str(tree / "x/b/*.JPG")) == ["C.JPG"]
    assert names(tree, "x/**/*.JPG") == ["b/C.JPG"]


def test_a_list_names_files_beside_it_and_elsewhere(tree) -> None:
    (tree / "x/list").write_text(f"a.png\r\n\nb\n{tree}/y/a.png\nnot there.png\n")
    elsewhere = (tree / "y/a.png").relative_to(tree.anchor).as_posix()
    assert names(tree, "@x/list") == ["a.png", "b/C.JPG", elsewhere, "not there.png"]


def test_a_list_of_another_system_is_read(tree) -> None:
    (tree / "list.txt").write_bytes(b"\xef\xbb\xbfx/a.png\r\n\r\ny/a.png\r\n")
    assert names(tree, "@list.txt") == ["x/a.png", "y/a.png"]


def test_a_folder_that_cannot_be_read_is_told(tree, monkeypatch) -> None:
    whole = os.scandir

    def scandir(path):
        if str(path).endswith("x"):
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert "x" in names(tree, ".")


def test_standard_input_takes_lines_and_zero_bytes(tree) -> None:
    assert names(tree, "-", stdin="x/a.png\ny/a.png\n") == ["x/a.png", "y/a.png"]
    assert names(tree, "-", stdin="x/a.png\0y/a.png\0") == ["x/a.png", "y/a.png"]


def test_nothing_is_named_twice(tree) -> None:
    assert names(tree, "x/a.png", "x/a.png") == ["a.png"]


@pytest.mark.parametrize("missing", ["z", "z/*.png", "@z"])
def test_what_does_not_exist_is_said(tree, missing) -> None:
    with pytest.raises(BadInput):
        names(tree, missing)


@pytest.mark.parametrize(
    ("name", "suffix", "output"),
    [
        ("b/a.jpg", "", "b/a.jpg"),
        ("a.HEIC", "", "a.HEIC.png"),
        ("no ending", "", "no ending.png"),
        ("a.NEF", "", "a.NEF.tif"),
        ("a.tiff", ".tif", "a.tiff"),
        ("a.jpg", ".tif", "a.jpg.tif"),
    ],
)
def test_no_two_pictures_share_a_result(tmp_path, name, suffix, output) -> None:
    assert output_name(name, BatchOptions(tmp_path, Request(), "", "", suffix)) == output


def test_a_watch_takes_what_rests_and_what_changes(tree) -> None:
    looks = watched(lambda: found_in(["y"], io.StringIO(), tree), pause=0)
    new = tree / "y/a.png"  # written just now
    assert next(looks) is None
    assert next(looks).name == "a.png"  # and it has not changed since
    assert [next(looks), next(looks)] == [None, None]
    os.utime(new, (1, 1))
    assert next(looks).name == "a.png"
    new.unlink()
    assert [next(looks), next(looks)] == [None, None]
