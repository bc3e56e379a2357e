"""One picture of an archive, as a line of the journal and of the report."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How far a picture has come."""

    SEALED = "sealed"  # its result is about to get its name
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Key:
    """What a result depends on: SHA-256 of the input's bytes, of the recipe and of the weights."""

    input: str
    recipe: str
    weights: str


@dataclass(frozen=True)
class JournalEntry:
    """A picture and its outcome.

    Attributes:
        name: of the input in its archive, with slashes.
        state: how far it has come.
        output: name of the result in the folder for results, with slashes; empty without one.
        key: what the result depends on; None where the input could not even be read.
        result: SHA-256 of the result's bytes.
        size: of the result in bytes.
        reason: why it failed, in a sentence.
        again: that may have been the machine's fault, not the picture's.
        source: path of the input as it was found.
        when: UTC, in ISO 8601.
        worker: host and process that did it.
        megapixels: of the input.
        found: what was found, in words.
        said: what was done, in sentences.
        noise: that was taken off in the last step, on the 0-255 scale.
        changed: something was done at all.
        caution: why to look at the result; may be empty.
        notes: what reading or writing could not keep.
        seconds: of reading, measuring, restoring and writing, by these names.
        picture: small JPEG of before and after, base64.
        skipped: it was done before; never written down.
    """

    name: str
    state: State
    output: str = ""
    key: Key | None = None
    result: str = ""
    size: int = 0
    reason: str = ""
    again: bool = False
    source: str = ""
    when: str = ""
    worker: str = ""
    megapixels: float = 0.0
    found: str = ""
    said: str = ""
    noise: float = 0.0
    changed: bool = False
    caution: str = ""
    notes: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    picture: str = ""
    skipped: bool = False

    @property
    def failed(self) -> bool:
        """Whether there is no result."""
        return self.state is State.FAILED

    def to_line(self) -> str:
        """As one line of JSON."""
        usual = asdict(JournalEntry(self.name, self.state))
        values = asdict(self)
        said = {name: value for name, value in values.items() if value != usual[name]}
        said |= {"name": self.name, "state": str(self.state)}
        said.pop("skipped", None)
        return json.dumps(said)

    @classmethod
    def from_line(cls, line: str) -> JournalEntry:
        """From one line of JSON.

        Raises:
            ValueError, TypeError, KeyError: it is no such line, or only a part of one.
        """
        values: dict[str, Any] = json.loads(line)
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in values.items() if name in known}
        values["state"] = State(values["state"])
        if values.get("key") is not None:
            values["key"] = Key(**values["key"])
        values["notes"] = tuple(values.get("notes", ()))
        return cls(**values)
