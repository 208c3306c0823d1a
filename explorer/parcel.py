"""A Trace as it travels: each tensor once, and nothing that says no more than a default.

One tensor stands in many places: on an edge, in the step that sends it and in the one that receives
it, in the table of leaves. A parcel has all tensors in one list, with their elements beside it;
where a record has a tensor, what travels in its stead has a place in that list. The types of what
travels follow from the records.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Any, Union, get_args, get_origin

from msgspec import NODEFAULT, Struct, defstruct, field, structs

from explorer.elements import NOTHING, Elements, put_back, taken_out
from explorer.records import Record, TensorView, Trace

Place = int
"""Of a tensor in the list."""

Tensor = Callable[[Any], Any]
"""What becomes of one tensor."""

Change = Callable[[Any, Tensor], Any]


class ParcelError(ValueError):
    """A place in the list of tensors leads nowhere, or elements belong to none of them."""


def pack(trace: Trace) -> Struct:
    """The parcel with a Trace in it."""
    tensors: list[TensorView] = []
    places: dict[int, Place] = {}

    def place(view: TensorView) -> Place:
        known = places.get(id(view))
        if known is None:
            known = places[id(view)] = len(tensors)
            tensors.append(view)
        return known

    rest = _PACKING.of(Trace)(trace, place)
    views, elements = taken_out(tensors)
    return Parcel(views, rest, elements)


def unpack(parcel: Any) -> Trace:
    """The Trace in a parcel; each tensor of the list is one object in it. Raises ParcelError."""
    try:
        tensors = put_back(parcel.tensors, parcel.elements)
    except ValueError as error:
        raise ParcelError(str(error)) from error

    def tensor(place: Place) -> TensorView:
        if not 0 <= place < len(tensors):
            raise ParcelError(f"there is no tensor {place}")
        return tensors[place]

    trace: Trace = _UNPACKING.of(Trace)(parcel.trace, tensor)
    return trace


class _Way:
    """From records to what travels, or back, field by field. It is worked out once: reading the
    fields of all records takes longer than a small Trace takes on its way."""

    def __init__(self, becomes: Callable[[type[Record]], type[Struct]]) -> None:
        self._becomes = becomes
        self._known: dict[type[Record], Change] = {}

    def of(self, record: type[Record]) -> Change:
        """The change of a whole record."""
        known = self._known.get(record)
        if known is None:
            known = self._known[record] = self._made(record)
        return known

    def _made(self, record: type[Record]) -> Change:
        fields, becomes = structs.fields(record), self._becomes(record)
        read = attrgetter(*(known.name for known in fields))
        changes = [(at, self._within(known.type)) for at, known in enumerate(fields)]
        inner = [(at, change) for at, change in changes if change is not None]

        def change(value: Any, tensor: Tensor) -> Any:
            found = [*read(value)]
            for at, inside in inner:
                if found[at] is not None:
                    found[at] = inside(found[at], tensor)
            return becomes(*found)

        return change

    def _within(self, hint: Any) -> Change | None:
        """The change of what a field holds; None where it has no tensors."""
        if hint is TensorView:
            return _of_tensor
        if isinstance(hint, type) and issubclass(hint, Record):
            return None if traveller(hint) is hint else self.of(hint)
        inside = next(filter(None, map(self._within, get_args(hint))), None)
        if inside is None or get_origin(hint) in (Union, UnionType):
            return inside
        return _each(inside, mapping=get_origin(hint) is dict)


def _each(change: Change, *, mapping: bool) -> Change:
    """The change of all items of a tuple, or of all values of a dictionary."""
    if mapping:
        return lambda items, tensor: {key: change(item, tensor) for key, item in items.items()}
    return lambda items, tensor: tuple(
        [None if item is None else change(item, tensor) for item in items]
    )


def _of_tensor(view: Any, tensor: Tensor) -> Any:
    return tensor(view)


@cache
def traveller(record: type[Record]) -> type[Struct]:
    """What travels in place of a record: the record itself where it has no tensors inside."""
    fields = structs.fields(record)
    hints = [_travelling(known.type) for known in fields]
    if all(hint is known.type for hint, known in zip(hints, fields, strict=True)):
        return record
    described: list[Any] = [
        (known.name, hint) if known.required else (known.name, hint, _default(known))
        for known, hint in zip(fields, hints, strict=True)
    ]
    return defstruct(record.__name__, described, omit_defaults=True, forbid_unknown_fields=True)


def _travelling(hint: Any) -> Any:
    """The type of a field, with places for tensors; the very same where there are none."""
    if hint is TensorView:
        return Place
    if isinstance(hint, type) and issubclass(hint, Record):
        return traveller(hint)
    inner = get_args(hint)
    changed = tuple(map(_travelling, inner))
    if all(one is other for one, other in zip(inner, changed, strict=True)):
        return hint
    origin = get_origin(hint)
    return Union[changed] if origin in (Union, UnionType) else origin[changed]  # noqa: UP007


def _default(known: structs.FieldInfo) -> Any:
    """The default of a field, as `defstruct` wants it."""
    if known.default is NODEFAULT:
        return field(default_factory=known.default_factory)
    return known.default


Parcel = defstruct(
    "Parcel",
    [
        ("tensors", tuple[TensorView, ...]),
        ("trace", traveller(Trace)),
        ("elements", Elements, NOTHING),
    ],
    omit_defaults=True,
    forbid_unknown_fields=True,
)

_PACKING, _UNPACKING = _Way(traveller), _Way(lambda record: record)
