"""The kinds of damage that a conditional prior can learn, and their shares of the examples."""

from __future__ import annotations

from typing import Literal, get_args

from restorer.errors import BadInput

Kind = Literal["jpeg", "smaller", "blur", "noise", "mix", "clean"]

#: How often each kind is drawn where nothing else is said.
SHARES: dict[Kind, float] = {
    "jpeg": 0.27, "smaller": 0.23, "blur": 0.17, "noise": 0.11, "mix": 0.17, "clean": 0.05,
}  # fmt: skip


def shares(text: str) -> dict[Kind, float]:
    """Parse shares such as "jpeg=0.3,smaller"; kinds without a number get their usual share.

    Clean pictures are always among them, so that a picture without damage stays as it is.

    Raises:
        BadInput: for anything else.
    """
    found: dict[Kind, float] = {"clean": SHARES["clean"]}
    for part in text.split(","):
        name, _, number = part.strip().partition("=")
        kind = next((kind for kind in get_args(Kind) if kind == name), None)
        if kind is None:
            raise BadInput(
                "There is no damage “{name}”; there are {Kind}.",
                name=name,
                Kind=", ".join(get_args(Kind)),
            )
        try:
            found[kind] = float(number) if number else SHARES[kind]
        except ValueError:
            found[kind] = -1.0
        if not 0 <= found[kind] < float("inf"):
            raise BadInput(
                "The share of {kind} must be a number from 0 up, not {number}.",
                kind=kind,
                number=number,
            )
    if not sum(found.values()):
        raise BadInput("At least one kind of damage must have a share above 0.")
    return found
