"""Entry point: arguments in, exit code out, one line for an error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from restorer.cli.arguments import COMMANDS, parse
from restorer.errors import as_restorer_error

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 done, 1 internal error, 2 bad input or usage, 3 model missing or refused,
        4 out of memory, 130 interrupted.
    """
    arguments = parse(sys.argv[1:] if argv is None else list(argv))
    logging.basicConfig(level=logging.DEBUG if arguments.debug else logging.WARNING)
    try:
        run = COMMANDS[arguments.command].load()
        code: int = run(arguments)
        return code
    except KeyboardInterrupt:
        print("restorer: interrupted; nothing was written.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if arguments.debug:
            raise
        problem = as_restorer_error(error)
        print(f"restorer: {problem.sentence}", file=sys.stderr)
        return int(problem.kind)
