"""What is known of the operations of a pass, node by node, before it is written into boxes."""

from __future__ import annotations

from dataclasses import dataclass, field

from explorer.records import Call
from explorer.worker.calls import Calls
from explorer.worker.forward import Whence
from explorer.worker.taken import Taken
from explorer.worker.walk import NO_NUMBER, Graph
from explorer.worker.witnesses import Maker, Witnesses

Ticket = int | None


@dataclass(frozen=True)
class Facts:
    """A list of each, by node. An AccumulateGrad has neither name, value nor module."""

    types: list[str]
    names: list[str | None]
    scopes: list[str | None]
    calls: list[int | None]
    """Places in `runs`."""
    shapes: list[tuple[int, ...] | None]
    values: list[Ticket]
    """Tickets of results."""
    origins: Whence
    retained: set[int] = field(default_factory=set)
    """Nodes whose results keep their gradient."""
    makers: dict[int, Maker] = field(default_factory=dict)
    """Of nodes that a pass made."""
    runs: tuple[Call, ...] = ()
    """Of modules."""
    modules: dict[str, str] = field(default_factory=dict)
    """Path -> class."""


def facts_of(witnesses: Witnesses, taken: Taken, graph: Graph) -> Facts:
    """The facts of a pass."""
    numbers, names, scopes = graph.numbers, witnesses.names, witnesses.scopes
    tickets = witnesses.recorder.tickets
    origins = witnesses.origins.of_all(numbers, taken.forwards)
    for node, leaf in taken.leaves.items():
        origins.put(node, witnesses.bound(leaf))
    at_work = scopes.calls(numbers)
    modules = {call: names.of_module(scopes.module(call)) for call in {*at_work}}
    runs = Calls(scopes, names, modules)
    retained = names.retained
    return Facts(
        types=graph.types,
        names=names.of_results(numbers),
        scopes=[modules[call] for call in at_work],
        calls=[runs.place(call) for call in at_work],
        shapes=taken.shapes,
        values=[tickets.get((number, 0)) for number in numbers],
        origins=origins,
        retained={node for node, number in enumerate(numbers) if number in retained},
        makers=_makers(witnesses, numbers),
        runs=runs.records,
        modules=runs.classes,
    )


def _makers(witnesses: Witnesses, numbers: list[int]) -> dict[int, Maker]:
    if not witnesses.made:
        return {}
    own = (pair for pair in enumerate(numbers) if pair[1] != NO_NUMBER)
    found = ((node, witnesses.maker(number)) for node, number in own)
    return {node: maker for node, maker in found if maker is not None}
