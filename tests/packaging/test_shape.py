"""The code keeps its shape: short functions, small classes that compose."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MOST_LINES = 60  # of a function
USUAL_LINES, LONG_LINES = 6, 26  # of half of all functions, and of all but one in twenty
MOST_OF_A_MODULE = 400
MOST_METHODS = 29  # of a class, with those that it inherits from our own
LONGEST_CHAIN = 2  # of our own classes, each the base of the one before

#: May stand between two more: each is one line of what it is, and has no code to look for.
BETWEEN = {
    "BadInput",  # what is caught as this is caught as RestorerError
    "EqualGain",  # of linear operators those with equal gain, which gives prox a formula
}


@dataclass
class Class:
    bases: list[str]
    methods: int


@dataclass
class Tree:
    """What there is in restorer/, by dotted name."""

    modules: dict[str, int] = field(default_factory=dict)  # lines
    functions: dict[str, int] = field(default_factory=dict)  # lines
    classes: dict[str, Class] = field(default_factory=dict)
    painters: list[str] = field(default_factory=list)  # that are begun and not ended

    def bases(self, name: str) -> list[str]:
        """Our own ones; a package hands on what its modules define."""
        found = []
        for base in self.classes[name].bases:
            package, _, simple = base.rpartition(".")
            found += [
                other
                for other in self.classes
                if other == base
                or (other.startswith(f"{package}.") and other.endswith(f".{simple}"))
            ]
        return found

    def chain(self, name: str) -> list[str]:
        """The class and its own bases; of several bases, the longest way up."""
        return [name, *max((self.chain(base) for base in self.bases(name)), key=len, default=[])]

    def methods(self, name: str) -> int:
        """Of the class and all its own bases."""
        own = self.classes[name].methods
        return own + sum(self.methods(base) for base in self.bases(name))


def read_tree() -> Tree:
    tree = Tree()
    for path in sorted((ROOT / "restorer").rglob("*.py")):
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        text = path.read_text("utf-8")
        tree.modules[dotted] = text.count("\n")
        read_module(tree, dotted.removesuffix(".__init__"), ast.parse(text))
    return tree


def read_module(tree: Tree, module: str, code: ast.Module) -> None:
    imported: dict[str, str] = {}
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom) and node.module:
            imported |= {
                name.asname or name.name: f"{node.module}.{name.name}" for name in node.names
            }
        elif isinstance(node, ast.FunctionDef):
            tree.painters += [f"{module}.{name}" for name in unended(node)]
            lines = (node.end_lineno or 0) - node.lineno + 1
            tree.functions[f"{module}.{node.name}"] = lines
        elif isinstance(node, ast.ClassDef):
            bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
            methods = sum(isinstance(part, ast.FunctionDef) for part in node.body)
            known = [imported.get(base, f"{module}.{base}") for base in bases]
            tree.classes[f"{module}.{node.name}"] = Class(known, methods)


def unended(function: ast.FunctionDef) -> list[str]:
    """Painters that a function begins and never ends: `painter = QPainter(...)`."""
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    words = ast.unparse(function) if "QPainter" in names else ""
    begun = re.findall(r"\b(\w+)(?:, \w+)* = \(?QPainter\(", words)
    return [f"{function.name}.{name}" for name in begun if f"{name}.end()" not in words]


@pytest.fixture(scope="module")
def tree() -> Tree:
    return read_tree()


def test_functions_are_short(tree: Tree) -> None:
    long = {name for name, lines in tree.functions.items() if lines > MOST_LINES}
    assert not long
    lines = sorted(tree.functions.values())
    assert lines[len(lines) // 2] <= USUAL_LINES
    assert lines[len(lines) * 19 // 20] <= LONG_LINES


def test_painters_are_ended(tree: Tree) -> None:
    # else they end with the frame of their function, which a debugger, a profiler or an exception
    # may hold: "endPaint() called with active painter", and then a crash
    assert not tree.painters


def test_modules_are_short(tree: Tree) -> None:
    assert not {name for name, lines in tree.modules.items() if lines > MOST_OF_A_MODULE}


def test_classes_are_small(tree: Tree) -> None:
    large = {name for name in tree.classes if tree.methods(name) > MOST_METHODS}
    assert not large


def test_classes_compose_instead_of_inheriting(tree: Tree) -> None:
    long = [chain for chain in map(tree.chain, tree.classes) if len(chain) > LONGEST_CHAIN]
    between = [[name.rpartition(".")[2] for name in chain[1:-1]] for chain in long]
    assert {tuple(names) for names in between} == {(name,) for name in BETWEEN}
