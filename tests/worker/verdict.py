"""One sample of an operation bare, with hooks, and recorded: whether the record tells the truth."""

from __future__ import annotations

import traceback
from typing import Literal, NamedTuple

import torch

from explorer import wire
from explorer.records import Program, Trace
from explorer.worker.execute import execute
from tests.worker import operations
from tests.worker.agreement import assert_same_passes
from tests.worker.operations import Case
from tests.worker.oracle import Plain, run_bare, run_hooked

Said = Literal["equal", "refused", "unstable", "differs", "failed"]
"""Equal everywhere; PyTorch itself raises, and the record says so; PyTorch's own results change
from run to run; the record or the program's results differ; the recorder failed."""

AGAIN = 20
"""Bare runs that may show that a result is not the same every time."""

LONGEST = 160
"""Characters of a reason."""


class Verdict(NamedTuple):
    """What there is to say about one sample."""

    said: Said
    reason: str = ""


def verdict_on(case: Case) -> Verdict:
    """Runs a case three times and compares all there is."""
    operations.KEPT.clear()
    bare, hooked = run_bare(case.source), run_hooked(case.source)
    trace = execute(Program(source=case.source))
    if wire.decode(wire.encode(trace)) != trace:
        return Verdict("failed", "the record changes on its way")
    if bare.error is not None:
        return _on_error(bare.error, trace)
    if trace.failure is not None:
        return Verdict("failed", _cut(trace.failure.details or trace.failure.message))
    return _on_results(case) or _on_surroundings(bare, trace) or _on_record(hooked, trace)


def _on_error(error: BaseException, trace: Trace) -> Verdict:
    """PyTorch refuses: the recorded run must say the same words."""
    words = str(error)
    if trace.failure is None:
        return Verdict("differs", f"recorded, it does not raise: {_cut(words)}")
    said = f"{trace.failure.message}\n{trace.failure.details}"
    if words[:LONGEST] not in said:
        return Verdict("differs", f"recorded, it says: {_cut(said)}")
    return Verdict("refused", _cut(f"{type(error).__name__}: {words}"))


def _on_results(case: Case) -> Verdict | None:
    """Results, inputs and gradients bit for bit."""
    bare, hooked, recorded = operations.KEPT
    if bare == hooked == recorded:
        return None
    for _ in range(AGAIN):
        run_bare(case.source)
        if operations.KEPT.pop() != bare:
            return Verdict("unstable", "PyTorch's own results change from run to run")
    return Verdict("differs", "results, inputs or gradients are not bit-identical")


def _on_surroundings(bare: Plain, trace: Trace) -> Verdict | None:
    """Random state and printed text."""
    if not torch.equal(torch.get_rng_state(), bare.random):
        return Verdict("differs", "the random state is another")
    printed = trace.printed.splitlines(keepends=True)
    if "".join(line for line in printed if "Warning: " not in line) != bare.printed:
        return Verdict("differs", "the printed text is another")
    return None


def _on_record(hooked: Plain, trace: Trace) -> Verdict:
    """Graph, order, gradients of all edges, sums, totals of leaves."""
    if not all(one.full and one.steps for one in trace.passes):
        return Verdict("failed", "a pass is not recorded in full")
    try:
        assert_same_passes(trace, hooked)
    except AssertionError as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return Verdict("differs", _cut(f"{where.name}: {where.line} {error}"))
    return Verdict("equal")


def _cut(text: str) -> str:
    first = " ".join(text.split())
    return first if len(first) <= LONGEST else first[: LONGEST - 1] + "…"
