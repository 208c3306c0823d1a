"""The gradients of the first pass beside finite differences: the program runs again and again, each
time with one element of one leaf a little larger or smaller."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from msgspec.structs import replace

from explorer.check_record import MOST_CHECKED, Verdict
from explorer.limits import Limits
from explorer.look import is_own
from explorer.records import Check, Node, Pass, Program, Trace, number
from explorer.sheet import written_out
from explorer.worker.reruns import Index, Nudge, Reached, Use, Uses, run_again
from explorer.worker.taps import tap
from explorer.worker.walk import NO_NUMBER, Graph

ELEMENTS = 8
"""Elements of one leaf that are changed; of larger leaves they lie evenly spread."""

APPETITE = 1.4
"""Times a program's processor time that the run and all others take together: the kernel ends them
a little later."""


class Step(NamedTuple):
    """How far to go for a slope, and how exact it then is."""

    size: float
    """Relative to the element, or to 1 where that is larger."""
    relative: float
    """Allowed difference, relative to the slope."""
    absolute: float
    """Likewise, relative to the root: what its own rounding makes of the slope."""


STEPS = {torch.float64: Step(1e-6, 1e-4, 1e-8), torch.float32: Step(1e-2, 2e-2, 1e-3)}


def checked(trace: Trace, limits: Limits, began: float) -> Trace:
    """With one check per leaf of the first pass, in the order of its boxes; a run that failed as it
    is. `began`: processor seconds of this process when the run that is checked began."""
    one = next(iter(trace.passes), None)
    if one is None or one.node_count > MOST_CHECKED or trace.failure is not None:
        return trace
    one = written_out(one)
    if not one.nodes:
        return trace
    leaves = [node for node in one.nodes if node.kind == "leaf"]
    bench = _Bench(trace.program, began + APPETITE * limits.seconds)
    if bench.trouble:
        checks = [_unchecked(leaf, bench.trouble) for leaf in leaves]
    else:
        checks = [bench.check(place, leaf, one) for place, leaf in enumerate(leaves)]
    return replace(trace, checks=tuple(checks))


class _Bench:
    """The run that all others are compared with."""

    def __init__(self, program: Program, until: float) -> None:
        self._program = program
        self._tapped = tap(program.source)
        self._until = until
        self._cost = 0.0
        """Processor seconds of one run."""
        self._uses = Uses()
        self._leaves: list[torch.Tensor] = []
        self._gradients: tuple[torch.Tensor | None, ...] = ()
        self.trouble = self._begin()

    def _begin(self) -> str:
        """Runs it twice; says why nothing can be compared, if so."""
        start = time.process_time()
        reached = run_again(self._program, self._tapped, self._uses)
        self._cost = time.process_time() - start
        again = run_again(self._program, self._tapped, Uses())
        if reached is None or again is None:
            return "the program does not reach its backward when it is run again in float64"
        self._value = reached.value
        if not math.isfinite(self._value):
            return "the root is not finite"
        if again.value != self._value:
            return "two runs give different results, so nothing can be compared"
        graph = Graph(reached.roots)
        self._leaves = [
            leaf
            for node in range(len(graph))
            if graph.numbers[node] == NO_NUMBER and (leaf := graph.leaf(node)) is not None
        ]
        try:
            self._gradients = _gradients(reached, self._leaves)
        except Exception as error:  # of the program's own backward and hooks, too
            said = str(error).partition(". ")[0].partition("\n")[0]
            return f"PyTorch does not give its gradients a second time: {said}"
        return ""

    def check(self, place: int, leaf: Node, one: Pass) -> Check:
        """One leaf; `place` is its place among those of the graph."""
        if place >= len(self._leaves):
            return _unchecked(leaf, "it is not in the graph when the program is run again")
        tensor, gradient = self._leaves[place], self._gradients[place]
        use, step = self._uses.first(tensor), STEPS.get(tensor.dtype)
        why = self._obstacle(tensor, use, step)
        if use is None or step is None or why:
            return _unchecked(leaf, why)
        found = [
            self._compare(tensor, gradient, Nudge(use, index, 0.0), step)
            for index in _indices(tensor.shape)
        ]
        worst = max(found, key=lambda each: (RANKS.index(each.verdict), each.difference))
        return Check(
            leaf=leaf.name or leaf.label,
            shape=tuple(tensor.shape),
            dtype=str(tensor.dtype).removeprefix("torch."),
            verdict=worst.verdict,
            elements=len(found),
            at=worst.element,
            gradient=number(worst.gradient),
            slope=number(worst.slope),
            why=_why(one, worst) if worst.verdict == "differs" else None,
        )

    def _obstacle(self, tensor: torch.Tensor, use: Use | None, step: Step | None) -> str:
        if step is None:
            return f"{str(tensor.dtype).removeprefix('torch.')} is too coarse, or not real"
        if use is None:
            return "no torch call was seen to use it"
        if tensor.layout != torch.strided or 0 in tensor.stride() or tensor.numel() == 0:
            return "it has no elements that could be changed one by one"
        end = time.process_time() + 2 * self._cost * min(ELEMENTS, tensor.numel())
        return "the time for this program is used up" if end > self._until else ""

    def _compare(
        self, tensor: torch.Tensor, gradient: torch.Tensor | None, nudge: Nudge, step: Step
    ) -> _Compared:
        with torch.no_grad():
            size = step.size * max(1.0, abs(tensor[nudge.element].item()))
            mine = 0.0 if gradient is None else gradient[nudge.element].item()
        above, below = (self._root(nudge._replace(by=by)) for by in (size, -size))
        slope = (above - below) / (2 * size)
        allowed = step.relative * max(abs(slope), abs(mine)) + step.absolute * max(
            1.0, abs(self._value)
        )
        sides = sorted(((above - self._value) / size, (self._value - below) / size))
        verdict: Verdict = "differs"
        if abs(slope - mine) <= allowed:
            verdict = "agrees"
        elif sides[1] - sides[0] > 2 * allowed and (
            sides[0] - allowed <= mine <= sides[1] + allowed
        ):
            verdict = "kink"
        return _Compared(verdict, nudge.element, mine, slope)

    def _root(self, nudge: Nudge) -> float:
        reached = run_again(self._program, self._tapped, Uses(nudge))
        return math.nan if reached is None else reached.value


RANKS: tuple[Verdict, ...] = ("agrees", "kink", "differs")
"""The worst last."""


class _Compared(NamedTuple):
    verdict: Verdict
    element: Index
    gradient: float
    slope: float

    @property
    def difference(self) -> float:
        """Not a number counts as infinitely far."""
        apart = abs(self.gradient - self.slope)
        return apart if math.isfinite(apart) else math.inf


def _gradients(reached: Reached, leaves: list[torch.Tensor]) -> tuple[torch.Tensor | None, ...]:
    """What autograd gives, the program's own hooks on the way included."""
    given: Any = reached.vectors if any(v is not None for v in reached.vectors) else None
    return torch.autograd.grad(reached.roots, leaves, given, allow_unused=True)


def _indices(shape: torch.Size) -> Iterator[Index]:
    """Evenly spread over a tensor, the first and the last among them."""
    count = shape.numel()
    most = min(count, ELEMENTS)
    for at in range(most):
        flat = at * (count - 1) // max(1, most - 1)
        yield tuple(int(part) for part in torch.unravel_index(torch.tensor(flat), shape))


def _unchecked(leaf: Node, why: str) -> Check:
    view = leaf.value
    dtype = view.dtype if view is not None else ""
    return Check(leaf.name or leaf.label, leaf.shape or (), dtype, "unchecked", why=why or None)


def _why(one: Pass, worst: _Compared) -> str | None:
    """What in a pass makes its gradients other than slopes."""
    if not math.isfinite(worst.gradient):
        return "the gradient is not finite"
    if not math.isfinite(worst.slope):
        return "the root is not finite, or not reached, just beside this value"
    cuts = [node for node in one.nodes if node.kind == "cut"]
    if cuts:
        return (
            f"line {cuts[0].line} cuts the graph ({cuts[0].label}): the slope sees through that,"
            " autograd does not"
        )
    if any(step.hooks for step in one.steps):
        return "a hook changes the gradient on its way"
    own = (op.removesuffix("Backward") for node in one.nodes if is_own(op := node.op))
    return next((f"look at the backward of {name}" for name in own if name), None)
