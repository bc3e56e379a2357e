"""`restorer models`: what is installed."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict

from restorer.engine.models import list_models


def run(arguments: Namespace) -> int:
    """Print the models with licence, size and place."""
    models = list_models()
    if arguments.json:
        print(
            json.dumps({"models": [asdict(model) | {"path": str(model.path)} for model in models]})
        )
        return 0
    for model in models:
        size = f"{model.parameters / 1e6:.1f} M parameters, {model.bytes / 1e6:.1f} MB"
        print(f"{model.name:12} {model.title}, {size}, {model.licence}\n{'':12} {model.path}")
    return 0
