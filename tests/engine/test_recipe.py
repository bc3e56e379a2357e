"""What is asked for goes into a file and comes back; what there is not is named."""

import json

import pytest

from restorer.engine.control import Control
from restorer.engine.recipe import digest, from_values, read_recipe, to_values, write_recipe
from restorer.engine.request import Request
from restorer.errors import BadInput

REQUESTS = (
    Request(),
    Request(task="auto", faithfulness=0.5, seed=2**60),
    Request(task="deblur", kernel=((0.0, 0.5), (0.25, 0.25)), noise=3.0),
    Request(task="inpaint", sensitivity=0.25, method="repaint", steps=12),
    Request(rotate=90.0, crop=(1.0, 2.5, 30.0, 40.0)),
    Request(corners=(0.0, 0.0, 9.0, 1.0, 9.0, 9.0, 0.0, 8.0), rotate=-1.5),
    Request(prompt="a “house”\nby the sea", control=Control("canny", 0.5), guidance=3.0),
)


@pytest.mark.parametrize("suffix", [".toml", ".json"])
@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.task)
def test_a_request_comes_back_from_its_file(tmp_path, request_, suffix) -> None:
    path = tmp_path / f"recipe{suffix}"
    write_recipe(request_, path)
    assert read_recipe(path) == request_
    assert digest(read_recipe(path)) == digest(request_)


def test_only_what_is_not_as_usual_is_written() -> None:
    assert to_values(Request(task="upscale", scale=4)) == {"task": "upscale", "scale": 4}


def test_other_recipes_have_other_digests() -> None:
    assert len({digest(request) for request in REQUESTS}) == len(REQUESTS)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"tsak": "auto"}, "There is no setting 'tsak'; did you mean task?"),
        ({"task": "wash"}, 'The setting task cannot be "wash".'),
        ({"steps": "many"}, 'The setting steps cannot be "many".'),
        ({"steps": 2.5}, "The setting steps cannot be 2.5."),
        ({"camera": 1}, "The setting camera cannot be 1."),
        ({"seed": True}, "The setting seed cannot be true."),
        ({"noise": float("nan")}, "The setting noise cannot be NaN."),
        ({"numbers": {"height": 3}}, 'The setting numbers cannot be {"height": 3}.'),
        ({"kernel": [["x"]]}, 'The setting kernel cannot be [["x"]].'),
        ({"control": {"colour": "red"}}, 'The setting control cannot be {"colour": "red"}.'),
        ({"crop": [1, 2, 3]}, "The setting crop cannot be [1, 2, 3]."),
        ([1, 2], "A recipe is a table of settings."),
    ],
)
def test_what_there_is_not_is_named(tmp_path, values, said) -> None:
    with pytest.raises(BadInput) as refused:
        from_values(values)
    assert refused.value.sentence == said
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(values))
    with pytest.raises(BadInput, match=str(path)):
        read_recipe(path)


@pytest.mark.parametrize("content", [b"task = ", b"\xff\xfe", b"[" * 100_000, b" " * (2 << 20)])
def test_what_is_no_recipe_is_said_to_be_none(tmp_path, content) -> None:
    for name in ("recipe.toml", "recipe.json"):
        path = tmp_path / name
        path.write_bytes(content)
        if content.strip() or name == "recipe.json":
            with pytest.raises(BadInput, match="is no recipe"):
                read_recipe(path)


def test_no_file_is_overwritten(tmp_path) -> None:
    path = tmp_path / "recipe.toml"
    write_recipe(Request(), path)
    with pytest.raises(BadInput, match="exists already"):
        write_recipe(Request(task="auto"), path)
    with pytest.raises(BadInput, match=r"a \.toml or \.json file"):
        write_recipe(Request(), tmp_path / "recipe.txt")
