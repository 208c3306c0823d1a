"""Whatever the gallery, the oracle's programs and the tables of layers and losses produce has a
formula, or is known to have none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import pytest

from explorer.formulas.holding import rows_for
from explorer.formulas.without import SENTENCES
from explorer.gallery import EXAMPLES
from explorer.layers import LAYERS
from explorer.losses import LOSSES
from explorer.records import Node, Program, Trace
from explorer.worker.execute import execute
from tests.formulas.runs import layer, loss
from tests.programs import AUTOMATIC, PROGRAMS

SOURCES = {
    **{f"example {one.slug}": one.source for one in EXAMPLES},
    **PROGRAMS,
    **{f"automatic {name}": source for name, source in AUTOMATIC.items()},
    **{f"layer {name}": layer(name) for name in LAYERS},
    **{f"loss {name}": loss(name) for name in LOSSES},
}
HONEST = {
    "complex": "formulas are proven for real numbers; only conj also for complex ones",
    "automatic complex": "formulas are proven for real numbers",
    "losses": "a weight for each element is not in the formula of cross-entropy",
}
"""Program -> why one of its operations rightly has no formula."""


@cache
def kinds(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """Kinds of nodes that a program gives, and those of them that have no formula."""
    trace = execute(Program(SOURCES[name]))
    assert trace.failure is None, trace.failure
    all_kinds = {node.op for one in trace.passes for node in one.nodes if node.op}
    return frozenset(all_kinds), frozenset(str(node.op) for node in bare(trace))


def bare(trace: Trace) -> Iterator[Node]:
    """Operations without a formula, but for the program's own Functions."""
    for one in trace.passes:
        steps = {step.node: step for step in one.steps}
        for node in one.nodes:
            if node.op is None or node.op in SENTENCES or not node.op[-1].isdigit():
                continue
            if next(rows_for(node, steps.get(node.id)), None) is None:
                yield node


@pytest.mark.parametrize("name", SOURCES)
def test_every_operation_has_a_formula(name: str) -> None:
    _, without = kinds(name)
    assert bool(without) == (name in HONEST), without


def test_the_list_of_operations_without_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for name in SOURCES:
        for kind in kinds(name)[1]:
            found[kind].add(name)
    every = frozenset[str]().union(*(kinds(name)[0] for name in SOURCES))
    with capsys.disabled():
        print(f"{len(every)} kinds of nodes from {len(SOURCES)} programs")  # noqa: T201
        for kind, names in sorted(found.items()):
            print(f"  without a formula: {kind} in {', '.join(sorted(names))}")  # noqa: T201
    assert set().union(*found.values()) == set(HONEST)
