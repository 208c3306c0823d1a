"""A recorded run tells what plain PyTorch does, gradient for gradient, and changes none of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import torch

from explorer import wire
from explorer.gallery import EXAMPLES
from explorer.records import Pass, Program, Trace
from explorer.worker.execute import execute
from tests.programs import AUTOMATIC, FAILING, HEAD, PROGRAMS
from tests.worker.agreement import assert_same_passes
from tests.worker.oracle import run_bare, run_hooked
from tests.worker.views import assert_describes

ROOT = Path(__file__).parent.parent.parent
SOURCES = PROGRAMS | {f"example {one.slug}": one.source for one in EXAMPLES}


def recorded(source: str, **asked: object) -> Trace:
    trace = execute(Program(source=source, **asked))  # type: ignore[arg-type]
    assert wire.decode(wire.encode(trace)) == trace
    return trace


def ops(one: Pass) -> int:
    """How many boxes are autograd nodes; they come first."""
    return sum(node.kind == "op" for node in one.nodes)


@pytest.mark.parametrize("name", SOURCES)
def test_observing_changes_no_gradient_no_text_no_random_number(name: str) -> None:
    bare = run_bare(SOURCES[name])
    assert bare.error is None
    trace = recorded(SOURCES[name])
    assert torch.equal(torch.get_rng_state(), bare.random)
    assert trace.failure is None
    printed = trace.printed.splitlines(keepends=True)
    assert "".join(line for line in printed if "Warning: " not in line) == bare.printed
    for leaf in trace.leaves:
        if leaf.name != "(unnamed)" and leaf.name.split(".")[0].split("[")[0] in bare.namespace:
            if trace.passes[0].how != "automatic":
                assert_describes(leaf.grad, bare.tensor(leaf.name).grad)
            assert_describes(leaf.value, bare.tensor(leaf.name))


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_gradient_of_every_pass_is_plain_pytorchs(name: str) -> None:
    plain = run_hooked(PROGRAMS[name])
    trace = recorded(PROGRAMS[name])
    assert_same_passes(trace, plain)


@pytest.mark.parametrize("name", PROGRAMS)
def test_contributions_add_up_where_paths_meet(name: str) -> None:
    """Where a hook changed the sum, to what the first hook was given."""
    for one in recorded(PROGRAMS[name]).passes:
        arriving: dict[tuple[str, int], list[list[complex]]] = defaultdict(list)
        for edge in one.edges:
            if edge.kind == "gradient" and edge.gradient and edge.gradient.dtype != "bfloat16":
                arriving[edge.head, edge.output].append(numbers(edge.gradient))
        for step in one.steps:
            given = step.received
            if step.hooks and step.hooks[0].kind != "post accumulate":
                given = step.hooks[0].before
            for output, view in enumerate(given):
                if view is not None and view.dtype != "bfloat16":
                    parts = torch.tensor(arriving[step.node, output])
                    sums = torch.tensor(numbers(view))
                    torch.testing.assert_close(parts.sum(0), sums, equal_nan=True)


def numbers(view) -> list[complex]:
    imaginary = view.imag or [0.0] * len(view.values)
    return [complex(float(a), float(b)) for a, b in zip(view.values, imaginary, strict=True)]


def test_a_leaf_holds_the_sum_of_before_and_received() -> None:
    source = PROGRAMS["several backward passes"]
    totals = []
    for one in recorded(source).passes:
        (step,) = [step for step in one.steps if step.total is not None]
        before = step.before.values[0] if step.before else 0.0
        assert step.total.values[0] == before + step.received[0].values[0]
        totals.append(step.total.values[0])
    assert totals == [1.0, 4.0, 10.75]


@pytest.mark.parametrize("name", AUTOMATIC)
def test_a_program_without_backward_gets_one(name: str) -> None:
    trace = recorded(AUTOMATIC[name])
    assert trace.failure is None
    (one,) = trace.passes
    assert one.how == "automatic"
    assert one.line is None
    assert "does not call backward()" in (one.note or "")
    assert any(leaf.grad is not None for leaf in trace.leaves)


def test_root_and_gradient_can_be_chosen() -> None:
    source = HEAD + "x = torch.tensor([1.0, 2.0], requires_grad=True)\ny = x * 3\nz = y.exp()\n"
    trace = recorded(source, root="y", gradient="torch.tensor([1.0, 10.0])")
    assert trace.passes[0].root == "y"
    assert trace.leaves[0].grad.values == (3.0, 30.0)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"root": "nothing"}, "no tensor `nothing`"),
        ({"root": "k"}, "does not require a gradient"),
        ({"gradient": "1 +"}, "could not be computed"),
        ({"gradient": "torch.ones(3)"}, "has shape (3,)"),
    ],
)
def test_what_cannot_be_asked_is_said(asked: dict[str, str], words: str) -> None:
    source = HEAD + "k = 1\nx = torch.ones(2, requires_grad=True)\ny = x * 3\n"
    failure = recorded(source, **asked).failure
    assert failure is not None
    assert words in failure.message
    assert failure.hint


@pytest.mark.parametrize(
    "call",
    [
        "torch.func.grad(f)(x)",
        "torch.func.jvp(f, (x,), (x,))[1]",
        "torch.func.vmap(f)(x)",
        "torch.func.hessian(f)(x)",
        "torch.autograd.functional.jvp(f, x, x)[1]",
    ],
)
def test_what_leaves_no_graph_runs_and_is_said(call: str) -> None:
    source = HEAD + "f = lambda x: (x**3).sum()\nx = torch.tensor([1.0, 2.0])\n"
    trace = recorded(
        f"{source}d = {call}\nw = torch.tensor(1.0, requires_grad=True)\n(w * d.sum()).backward()\n"
    )
    assert trace.failure is None
    shown = next(line.names["d"] for line in trace.lines if "d" in line.names)
    assert_describes(shown, run_bare(f"{source}d = {call}\n").tensor("d"))
    if "functional" not in call:
        assert any("torch.func" in note for note in trace.notes)
        failure = recorded(f"{source}d = {call}\n").failure
        assert failure is not None
        assert "torch.func" in failure.message


@pytest.mark.parametrize(("call", "passes"), [("jacobian", 2), ("hessian", 3)])
def test_functional_derivatives_are_passes_of_their_own(call: str, passes: int) -> None:
    f = "x**3" if call == "jacobian" else "(x**3).sum()"
    source = (
        HEAD
        + f"x = torch.tensor([1.0, 2.0])\nd = torch.autograd.functional.{call}(lambda x: {f}, x)\n"
    )
    trace = recorded(source)
    assert [one.how for one in trace.passes] == ["grad"] * passes
    assert trace.lines[-1].names["d"].values == tuple(
        run_bare(source).tensor("d").flatten().tolist()
    )


def test_gradients_of_a_batch_are_said_and_not_drawn() -> None:
    source = (
        HEAD
        + "x = torch.ones(2, requires_grad=True)\ny = x * 3\n(g,) = torch.autograd.grad(y, x, torch.eye(2), is_grads_batched=True)\n"
    )
    trace = recorded(source + "y.sum().backward()\n")
    assert len(trace.passes) == 1
    assert any("is_grads_batched" in note for note in trace.notes)


@pytest.mark.parametrize("name", FAILING)
def test_a_program_that_fails_is_told_in_one_sentence_with_its_line(name: str) -> None:
    trace = recorded(FAILING[name])
    failure = trace.failure
    assert failure is not None
    assert failure.message
    assert "\n" not in failure.message
    if name == "empty":
        assert failure.line is None
        return
    last = len(FAILING[name].splitlines())
    lines = {"syntax": 2, "indentation": 1, "recursion": 2, "no super": last - 1}
    lines["nothing requires grad"] = last - 1
    if name != "raises inside backward":
        assert failure.line == lines.get(name, last)
        assert failure.hint


def test_the_graph_built_before_an_error_is_kept() -> None:
    (one,) = recorded(FAILING["name"]).passes
    assert (one.how, one.root, one.steps) == ("unfinished", "y", ())
    assert [node.name for node in one.nodes if node.kind == "leaf"] == ["x"]


def test_a_backward_that_fails_keeps_the_steps_that_ran() -> None:
    trace = recorded(FAILING["raises inside backward"])
    (one,) = trace.passes
    assert [one.nodes[int(step.node[1:])].op for step in one.steps] == [
        "SumBackward0",
        "MulBackward0",
    ]
    assert "after 2 of" in (one.note or "")
    assert trace.leaves[0].grad is None


def test_ids_and_everything_else_are_the_same_in_another_process() -> None:
    names = ["lstm", "sequential with relu and softmax", "create_graph", "written into slices"]
    code = (
        "import sys; from explorer.records import Program; from explorer.wire import encode;"
        "from explorer.worker.execute import execute; from tests.programs import PROGRAMS;"
        "import msgspec\n"
        "for name in sys.argv[1:]:\n"
        "    trace = execute(Program(PROGRAMS[name]))\n"
        "    print(encode(msgspec.structs.replace(trace, seconds=0.0)).decode())\n"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code, *names],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert outputs[0].count("\n") == len(names)


def test_a_view_whose_history_pytorch_will_not_tell_ends_no_program() -> None:
    """Asking such a view for its `grad_fn` is an error; the program itself never asks."""
    source = """\
import torch
w = torch.ones(4, requires_grad=True)
with torch.no_grad():
    v = w[:2]
    v.zero_()
    v += 3
(w * w).sum().backward()
"""
    trace = execute(Program(source=source))
    assert trace.failure is None
    assert [line.names["v"].values for line in trace.lines if "v" in line.names] == [
        (1.0, 1.0),
        (3.0, 3.0),
    ]
    (leaf,) = trace.leaves
    assert (leaf.name, leaf.grad.values) == ("w", (6.0, 6.0, 2.0, 2.0))


def test_such_a_view_is_no_root_either() -> None:
    source = """\
import torch
w = torch.ones(4, requires_grad=True)
with torch.no_grad():
    v = w[:2]
    v.zero_()
"""
    trace = execute(Program(source=source))
    assert [one.root for one in trace.passes] == ["w"]
