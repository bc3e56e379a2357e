"""`restorer models`: lists, adds, checks and removes models."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from restorer.engine import hub, library
from restorer.engine.models import ModelInfo, all_models, find_model
from restorer.errors import BadInput, ModelRefused
from restorer.words import plural, tr

_HUB = "hub:"


def run(arguments: Namespace) -> int:
    """Do the action; without one, list."""
    if arguments.action != "list" and arguments.model is None:
        raise BadInput("Name the model: restorer models {action} MODEL.", action=arguments.action)
    return {"list": _list, "add": _add, "verify": _verify, "remove": _remove}[arguments.action](
        arguments
    )


def _list(arguments: Namespace) -> int:
    """List models with licence, size and path; --json prints a list of objects, even for one."""
    models = all_models() if arguments.model is None else [find_model(arguments.model)]
    if arguments.json:
        print(json.dumps({"models": [_plain(model) for model in models]}))
        return 0
    for model in models:
        size = tr(
            "{parameters:.1f} M parameters, {size:.1f} MB",
            parameters=model.parameters / 1e6,
            size=model.bytes / 1e6,
        )
        print(f"{model.name:18} {model.title} ({model.kind}), {size}, {tr(model.licence)}")
        print(f"{'':18} {model.path}")
    return 0


def _add(arguments: Namespace) -> int:
    source: str = arguments.model
    if source.startswith(_HUB):
        found = hub.look_up(source.removeprefix(_HUB))
        if arguments.json and not arguments.yes:
            print(json.dumps({"name": found.name, "bytes": found.bytes, "licence": found.licence}))
            return 0
        if not arguments.json:
            print(
                tr(
                    "{name}: {size:.0f} MB, licence {licence}.",
                    name=found.name,
                    size=found.bytes / 1e6,
                    licence=tr(found.licence),
                )
            )
        if not arguments.yes:
            print(tr("Nothing was fetched; say --yes to fetch it."))
            return 0
        with _bar(tr("Fetching")) as bar:
            info = hub.fetch(found, arguments.name, _onto(bar))
    else:
        with _bar(tr("Copying")) as bar:
            info = library.add(Path(source).expanduser(), arguments.name, _onto(bar))
    _say(
        arguments,
        info,
        tr(
            "“{title}” is here; restorer restore --model {name} uses it.",
            title=info.title,
            name=info.name,
        ),
    )
    return 0


def _verify(arguments: Namespace) -> int:
    try:
        with _bar(tr("Reading")) as bar:
            files = library.verify(arguments.model, _onto(bar))
    except ModelRefused as error:
        if arguments.json:
            answer = {"model": arguments.model, "verified": False, "reason": error.sentence}
            print(json.dumps(answer))
        raise
    if arguments.json:
        print(json.dumps({"model": arguments.model, "verified": files > 0, "files": files}))
    elif files:
        print(plural("{n} file as taken in.", "{n} files as taken in.", files))
    else:
        print(tr("This model has no sums to compare with; restorer models add makes them."))
    return 0


def _remove(arguments: Namespace) -> int:
    folder = library.own_folder(arguments.model)
    if arguments.yes:
        library.remove(arguments.model)
    if arguments.json:
        print(json.dumps({"model": arguments.model, "path": str(folder), "removed": arguments.yes}))
    elif arguments.yes:
        print(tr("{folder} is gone.", folder=folder))
    else:
        print(tr("Nothing was removed; say --yes to delete {folder}.", folder=folder))
    return 0


def _say(arguments: Namespace, info: ModelInfo, sentence: str) -> None:
    print(json.dumps(_plain(info)) if arguments.json else sentence)


def _plain(model: ModelInfo) -> dict[str, Any]:
    return asdict(model) | {"path": str(model.path)}


def _bar(what: str) -> tqdm[None]:
    return tqdm(
        desc=what,
        unit="B",
        unit_scale=True,
        leave=False,
        disable=True if sys.stderr is None else None,
    )


def _onto(bar: tqdm[None]) -> library.OnProgress:
    def on_progress(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return on_progress
