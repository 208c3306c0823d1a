"""Which run of which module made which nodes of a pass, and of which class these modules are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from torch.nn import Module

from explorer.records import Call
from explorer.worker.names import Names
from explorer.worker.scopes import Scopes


class Calls:
    """The runs of one pass, as the record has them: none where every module ran once."""

    def __init__(self, scopes: Scopes, names: Names, at_work: Iterable[int]) -> None:
        """`at_work` are the runs that made nodes, as `scopes` numbers them."""
        self._scopes = scopes
        made = {*at_work}
        for call in [*made]:
            while call >= 0 and (call := scopes.around(call)) not in made:
                made.add(call)
        calls = sorted(made - {-1})
        modules = [id(scopes.module(call)) for call in calls]
        self.classes = dict(_classes(map(scopes.module, calls), names))
        """Path of each module -> its class."""
        several = len({*modules}) < len(modules)
        self._places = {call: place for place, call in enumerate(calls)} if several else {}
        times = Counter[int]()
        self.records = tuple(
            self._record(call, names, times) for call in (calls if several else ())
        )

    def place(self, call: int) -> int | None:
        """Place of a run."""
        return self._places.get(call)

    def _record(self, call: int, names: Names, times: Counter[int]) -> Call:
        module = self._scopes.module(call)
        times[id(module)] += 1
        parent = self._places.get(self._scopes.around(call))
        return Call(names.of_module(module) or "", times[id(module)], parent)


def _classes(modules: Iterable[Module | None], names: Names) -> Iterator[tuple[str, str]]:
    """One that no variable leads to is called as its class already."""
    for module in {id(one): one for one in modules}.values():
        path, name = names.of_module(module), type(module).__name__
        if path and path != name:
            yield path, name
