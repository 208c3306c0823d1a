"""Which run of which module made which nodes of a pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from explorer.records import Call
from explorer.worker.names import Names
from explorer.worker.scopes import Scopes
from explorer.worker.walk import NO_NUMBER


class Calls:
    """The runs of one pass, as the record has them: none where every module ran once."""

    def __init__(self, scopes: Scopes, names: Names, numbers: Iterable[int]) -> None:
        self._scopes = scopes
        made = {scopes.call(number) for number in numbers if number != NO_NUMBER}
        for call in [*made]:
            while call >= 0 and (call := scopes.around(call)) not in made:
                made.add(call)
        calls = sorted(made - {-1})
        modules = [id(scopes.module(call)) for call in calls]
        several = len({*modules}) < len(modules)
        self._places = {call: place for place, call in enumerate(calls)} if several else {}
        times = Counter[int]()
        self.records = tuple(
            self._record(call, names, times) for call in (calls if several else ())
        )

    def of(self, number: int) -> int | None:
        """Place of the run that made a node."""
        return self._places.get(self._scopes.call(number)) if self._places else None

    def _record(self, call: int, names: Names, times: Counter[int]) -> Call:
        module = self._scopes.module(call)
        times[id(module)] += 1
        parent = self._places.get(self._scopes.around(call))
        return Call(names.of_module(module) or "", times[id(module)], parent)
