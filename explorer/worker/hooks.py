"""Hooks of the program that change gradients: what each was given, and what it made of it.

Tensors and modules take hooks through methods of Python, which are watched. The engine runs them
just before (or after) the node that they belong to, so a change belongs to the step that ends next.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch

from explorer.records import HookKind
from explorer.worker import methods
from explorer.worker.evidence import Evidence, evidence_of
from explorer.worker.places import Place
from explorer.worker.recorder import Recorder
from explorer.worker.snapshots import Snapshots

Tickets = tuple[int | None, ...]


_REGISTERING = re.compile(r"register_\w*hook")


class Change(NamedTuple):
    """One hook that changed something."""

    kind: HookKind
    name: str
    place: Place | None
    """Where it was registered."""
    before: Tickets
    after: Tickets


class Hooks:
    """All hooks that a program registers."""

    def __init__(self, source: str, recorder: Recorder, snapshots: Snapshots) -> None:
        self._names_some = _REGISTERING.search(source) is not None
        self._recorder = recorder
        self._snapshots = snapshots
        self._pending: list[Change] = []
        self._ours: dict[int, Callable[..., Any]] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Hooks that are registered meanwhile tell what they change, also later."""
        tensor, module = torch.Tensor, torch.nn.Module
        kinds: list[tuple[Any, str, Callable[..., Any]]] = [
            (tensor, "register_hook", self._of_tensor),
            (tensor, "register_post_accumulate_grad_hook", self._after_accumulating),
            (module, "register_full_backward_hook", self._of_module),
            (module, "register_full_backward_pre_hook", self._before_module),
        ]
        with ExitStack() as stack:
            for owner, name, telling in kinds:
                registering = self._registering(methods.original(owner, name), telling)
                stack.enter_context(methods.standing_in(owner, name, registering))
            yield

    @property
    def may_be(self) -> bool:
        """Whether there may be hooks: of the program's, those that it gives to nodes are not seen
        before they run, but it has to name the method."""
        return bool(self._ours) or self._names_some

    @property
    def pending(self) -> bool:
        """Whether something has changed since `taken` was asked last."""
        return bool(self._pending)

    def taken(self) -> list[Change]:
        """What has changed since this was asked last."""
        if not self._pending:
            return []
        taken, self._pending = self._pending, []
        return taken

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What changes meanwhile belongs to no step."""
        before = self.taken()
        try:
            yield
        finally:
            self._pending = before

    def note_unseen(self, before: int, after: int) -> None:
        """Another tensor arrived than was sent, and no hook that is watched did it."""
        if not self._pending:
            self._pending.append(Change("node", "hook", None, (before,), (after,)))

    def _registering(
        self, original: Callable[..., Any], telling: Callable[..., Any]
    ) -> Callable[..., Any]:
        def register(owner: Any, hook: Any, *args: Any, **kwargs: Any) -> Any:
            # PyTorch may come back here with what it was given: the method itself is overridable.
            if callable(hook) and id(hook) not in self._ours:
                told = telling(hook, self._recorder.running())
                # PyTorch names a hook in what it says of it.
                hook = functools.update_wrapper(told, hook, ("__name__", "__qualname__"), ())
                self._ours[id(hook)] = hook
            return original(owner, hook, *args, **kwargs)

        return register

    def _of_tensor(self, hook: Callable[..., Any], place: Place | None) -> Callable[..., Any]:
        def told(gradient: torch.Tensor) -> Any:
            self._snapshots.keep(gradient)
            before, was = self._seen((gradient,)), evidence_of(gradient)
            result = hook(gradient)
            if result is not None or evidence_of(gradient) != was:
                after = gradient if result is None else result
                self._note("tensor", hook, place, before, (after,))
            return result

        return told

    def _after_accumulating(
        self, hook: Callable[..., Any], place: Place | None
    ) -> Callable[..., Any]:
        def told(leaf: torch.Tensor) -> Any:
            old = leaf.grad
            before, was = self._seen((old,)), _evidence(old)
            result = hook(leaf)
            if leaf.grad is not old or _evidence(old) != was:
                self._note("post accumulate", hook, place, before, (leaf.grad,))
            return result

        return told

    def _of_module(self, hook: Callable[..., Any], place: Place | None) -> Callable[..., Any]:
        def told(module: Any, inputs: Any, outputs: Any) -> Any:
            before, was = self._seen(inputs), _all_evidence(inputs)
            result = hook(module, inputs, outputs)
            if result is not None or _all_evidence(inputs) != was:
                after = inputs if result is None else result
                self._note("module", hook, place, before, after)
            return result

        return told

    def _before_module(self, hook: Callable[..., Any], place: Place | None) -> Callable[..., Any]:
        def told(module: Any, outputs: Any) -> Any:
            before, was = self._seen(outputs), _all_evidence(outputs)
            result = hook(module, outputs)
            if result is not None or _all_evidence(outputs) != was:
                after = outputs if result is None else result
                self._note("module", hook, place, before, after)
            return result

        return told

    def _note(
        self, kind: HookKind, hook: object, place: Place | None, before: Tickets, after: Any
    ) -> None:
        name = str(getattr(hook, "__name__", type(hook).__name__))
        self._pending.append(Change(kind, name, place, before, self._seen(after)))

    def _seen(self, gradients: Any) -> Tickets:
        """Tickets of the gradients as they are now; a hook may change them in place."""
        listed = gradients if isinstance(gradients, (tuple, list)) else (gradients,)
        with torch.no_grad():
            return tuple(
                self._snapshots.of(one) if isinstance(one, torch.Tensor) else None for one in listed
            )


def _all_evidence(gradients: Any) -> list[Evidence]:
    listed = gradients if isinstance(gradients, (tuple, list)) else (gradients,)
    return [evidence_of(one) for one in listed if isinstance(one, torch.Tensor)]


def _evidence(tensor: torch.Tensor | None) -> Evidence | None:
    return None if tensor is None else evidence_of(tensor)
