"""Methods of PyTorch's classes that somebody stands in for while a program runs.

To change a class is to mark all its heirs, and in a forked worker each mark copies a page: 2 MB for
`nn.Module`. So a method is replaced once for good, before the fork, by one that asks who stands in
for it; what a run does is to say so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Method = Callable[..., Any]
Key = tuple[type, str]

_standing: dict[Key, Method] = {}
_originals: dict[Key, Method] = {}
_entrances: dict[Key, Method] = {}


def original(owner: type, name: str) -> Method:
    """The method as PyTorch has it."""
    key = owner, name
    if key not in _originals:
        _originals[key] = getattr(owner, name)
    return _originals[key]


@contextmanager
def standing_in(owner: type, name: str, own: Method) -> Iterator[None]:
    """Meanwhile `own` is called in place of the method; nobody else's standing is forgotten."""
    key = owner, name
    entrance = _entrance(key)
    before = _standing.get(key)
    _standing[key] = own
    try:
        yield
    finally:
        if before is None:
            del _standing[key]
        else:
            _standing[key] = before
        if owner.__dict__.get(name) is not entrance:  # the program put its own there
            setattr(owner, name, entrance)


def _entrance(key: Key) -> Method:
    """What stands in the class from now on."""
    if key in _entrances:
        return _entrances[key]
    owner, name = key
    inner = original(owner, name)

    @functools.wraps(inner)
    def entrance(*args: Any, **kwargs: Any) -> Any:
        own = _standing.get(key)
        return inner(*args, **kwargs) if own is None else own(*args, **kwargs)

    _entrances[key] = entrance
    setattr(owner, name, entrance)
    return entrance
