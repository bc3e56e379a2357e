"""The code keeps its shape: short functions, small classes that compose, imports without circles.

What is over a limit and known is listed here with who will cut it; a name that is listed and no
longer over the limit fails, so that the list only shrinks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]

MOST_LINES = 60  # of a function
MOST_METHODS = 30  # of a class, with those that it inherits from our own
LONGEST_CHAIN = 2  # of our own classes, each the base of the one before

# By name, wherever they move; beside them who will cut them.
KNOWN_LONG = {"_restore", "run"}  # request
KNOWN_LARGE: set[str] = set()
#: Each of the classes in between is one line of what it is, and has no code to look for.
CHAINS_THAT_MAY = {
    "TruncatedFile",  # is caught as BadInput, which is caught as RestorerError
    # operators: linear, and of these with equal gain in all directions, which gives prox a formula
    "Grayscale",
    "Identity",
    "Mask",
}


@dataclass
class Class:
    bases: list[str]
    methods: int


@dataclass
class Tree:
    """What there is in restorer/, by dotted name."""

    functions: dict[str, int] = field(default_factory=dict)  # lines
    classes: dict[str, Class] = field(default_factory=dict)
    imports: dict[str, set[str]] = field(default_factory=dict)

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

    def reached(self, module: str) -> set[str]:
        """All that is imported by what a module imports."""
        found: set[str] = set()
        new = self.imports[module]
        while new:
            found |= new
            new = {further for one in new for further in self.imports[one]} - found
        return found


def read_tree() -> Tree:
    tree = Tree()
    for path in sorted((ROOT / "restorer").rglob("*.py")):
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        read_module(tree, dotted.removesuffix(".__init__"), ast.parse(path.read_text("utf-8")))
    for found in tree.imports.values():
        found.intersection_update(tree.imports)
    return tree


def read_module(tree: Tree, module: str, code: ast.Module) -> None:
    imported: dict[str, str] = {}
    tree.imports[module] = needed = set()
    for node in at_run_time(code):
        if isinstance(node, ast.ImportFrom) and node.module:
            needed.add(node.module)
            imported |= {
                name.asname or name.name: f"{node.module}.{name.name}" for name in node.names
            }
        elif isinstance(node, ast.Import):
            needed.update(name.name for name in node.names)
        elif isinstance(node, ast.FunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            tree.functions[f"{module}.{node.name}"] = lines
        elif isinstance(node, ast.ClassDef):
            bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
            methods = sum(isinstance(part, ast.FunctionDef) for part in node.body)
            known = [imported.get(base, f"{module}.{base}") for base in bases]
            tree.classes[f"{module}.{node.name}"] = Class(known, methods)
    needed.update(imported.values())
    needed.discard(module)


def at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only the type checker sees."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield child
            yield from at_run_time(child)


def simple(names: set[str]) -> set[str]:
    return {name.rpartition(".")[2] for name in names}


TREE = read_tree()


def test_functions_are_short() -> None:
    long = {name for name, lines in TREE.functions.items() if lines > MOST_LINES}
    assert simple(long) == KNOWN_LONG


def test_classes_are_small() -> None:
    large = {name for name in TREE.classes if TREE.methods(name) > MOST_METHODS}
    assert simple(large) == KNOWN_LARGE


def test_classes_compose_instead_of_inheriting() -> None:
    long = {name for name in TREE.classes if len(TREE.chain(name)) > LONGEST_CHAIN}
    assert simple(long) == CHAINS_THAT_MAY


def test_imports_run_in_no_circle() -> None:
    """Imports within functions count: a circle that is put off is one all the same."""
    assert not {module for module in TREE.imports if module in TREE.reached(module)}
