"""What plain PyTorch does with a program: every gradient that passes, cloned by simple hooks."""

from __future__ import annotations

import contextlib
import io
import random
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

Gradients = list[torch.Tensor | None]


@dataclass
class PlainPass:
    """One outermost run of the engine. Nodes are numbered breadth first from the roots."""

    types: list[str]
    edges: list[tuple[int, int, int, int]]
    """Tail, slot, head, output of the head."""
    planned: list[int] = field(default_factory=list)
    """The engine's own plan."""
    received: dict[int, Gradients] = field(default_factory=dict)
    sent: dict[int, Gradients] = field(default_factory=dict)
    totals: dict[int, torch.Tensor | None] = field(default_factory=dict)


@dataclass
class Plain:
    """A program that ran without the recorder."""

    namespace: dict[str, Any]
    printed: str
    random: torch.Tensor
    """State of PyTorch's generator afterwards."""
    passes: list[PlainPass] = field(default_factory=list)
    error: BaseException | None = None

    def tensor(self, name: str) -> torch.Tensor:
        """A tensor by its name in the table of leaves."""
        try:
            found = eval(name, dict(self.namespace))
        except (SyntaxError, AttributeError):
            variable, _, path = name.partition(".")
            found = dict(self.namespace[variable].named_parameters())[path]
        assert isinstance(found, torch.Tensor)
        return found


def run_bare(source: str, seed: int = 0) -> Plain:
    """The program and nothing else."""
    return _run(source, seed, contextlib.nullcontext())


def run_hooked(source: str, seed: int = 0) -> Plain:
    """The program with every gradient cloned."""
    passes: list[PlainPass] = []
    plain = _run(source, seed, _hooked_engine(passes))
    plain.passes = passes
    return plain


def _run(source: str, seed: int, around: contextlib.AbstractContextManager[None]) -> Plain:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    torch.manual_seed(seed)
    random.seed(seed)
    printed, error = io.StringIO(), None
    with warnings.catch_warnings(), contextlib.redirect_stdout(printed), around:
        warnings.simplefilter("ignore")
        try:
            exec(compile(source, "<bare>", "exec"), namespace)
        except Exception as caught:
            error = caught
    return Plain(namespace, printed.getvalue(), torch.get_rng_state(), error=error)


@contextlib.contextmanager
def _hooked_engine(passes: list[PlainPass]) -> Iterator[None]:
    originals = torch.autograd.backward, torch.autograd.grad
    depth = 0

    def entrance(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(roots: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal depth
            if depth:
                return original(roots, *args, **kwargs)
            depth += 1
            listed = [roots] if isinstance(roots, torch.Tensor) else list(roots)
            nodes, one = _walk(listed)
            passes.append(one)
            handles = _hook(nodes, one)
            try:
                with torch.autograd.set_multithreading_enabled(False):
                    return original(roots, *args, **kwargs)
            finally:
                depth -= 1
                for handle in handles:
                    handle.remove()

        return call

    torch.autograd.backward, torch.autograd.grad = (entrance(one) for one in originals)
    try:
        yield
    finally:
        torch.autograd.backward, torch.autograd.grad = originals


def _walk(roots: list[torch.Tensor]) -> tuple[list[Any], PlainPass]:
    nodes: list[Any] = []
    for root in roots:
        node = torch.autograd.graph.get_gradient_edge(root).node
        if node not in nodes:
            nodes.append(node)
    edges = []
    for tail, node in enumerate(nodes):
        for slot, (head, output) in enumerate(node.next_functions):
            if head is not None:
                if head not in nodes:
                    nodes.append(head)
                edges.append((tail, slot, nodes.index(head), output))
    return nodes, PlainPass([type(node).__name__ for node in nodes], edges)


def _clones(gradients: Any) -> Gradients:
    with torch.no_grad():
        return [None if g is None else g.detach().clone() for g in gradients]


def _hook(nodes: list[Any], one: PlainPass) -> list[Any]:
    def before(number: int) -> Callable[..., None]:
        def hook(received: Any) -> None:
            if not one.planned:
                order = torch._C._current_graph_task_execution_order()  # type: ignore[attr-defined]
                one.planned = [nodes.index(node) for node in order if node in nodes]
            one.received[number] = _clones(received)

        return hook

    def after(number: int, node: Any) -> Callable[..., None]:
        def hook(sent: Any, _: Any) -> None:
            one.sent[number] = _clones(sent)
            if hasattr(node, "variable"):
                grad = node.variable.grad
                one.totals[number] = None if grad is None else grad.detach().clone()

        return hook

    handles = []
    for number, node in enumerate(nodes):
        handles.append(node.register_prehook(before(number)))
        handles.append(node.register_hook(after(number, node)))
    return handles
