"""No module imports, over however many others, itself."""

from __future__ import annotations

import grimp
from scipy.sparse import lil_array
from scipy.sparse.csgraph import connected_components


def circles() -> list[set[str]]:
    """Modules of which each imports each, directly or over others; imports for types left out."""
    graph = grimp.build_graph("restorer", exclude_type_checking_imports=True)
    modules = sorted(graph.modules)
    edges = lil_array((len(modules), len(modules)), dtype=bool)
    for row, module in enumerate(modules):
        for imported in graph.find_modules_directly_imported_by(module):
            edges[row, modules.index(imported)] = True
    count, parts = connected_components(edges.tocsr(), connection="strong")
    found = [{m for m, part in zip(modules, parts, strict=True) if part == n} for n in range(count)]
    return [circle for circle in found if len(circle) > 1]


def test_there_is_no_circle() -> None:
    assert circles() == []
