"""`restorer doctor`: the state of this installation, for bug reports."""

from __future__ import annotations

import json
from argparse import Namespace

from restorer.engine.health import Check, ComputeOptions, examine
from restorer.errors import ErrorKind


def run(arguments: Namespace) -> int:
    """Print the findings; 0 if all is well, 1 if something is wrong."""
    found: dict[str, list[Check]] = {}
    for title, findings in examine(ComputeOptions(arguments.device, arguments.precision)):
        found[title] = findings
        if not arguments.json:
            _print_section(title, findings)
    troubles = [one.trouble for findings in found.values() for one in findings if one.trouble]
    if arguments.json:
        values = {title: {one.name: one.value for one in some} for title, some in found.items()}
        print(json.dumps(values | {"troubles": troubles}))
    else:
        print("\n".join(troubles or ["All is well."]))
    return int(ErrorKind.INTERNAL) if troubles else 0


def _print_section(title: str, findings: list[Check]) -> None:
    print(title.capitalize())
    width = max((len(one.name) for one in findings), default=0)
    for one in findings:
        print(f"  {one.name:{width}}  {one.value}")
    print(flush=True)
