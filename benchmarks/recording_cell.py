"""One cell of the recording table: `python -m benchmarks.recording_cell MODEL TOOL` prints JSON."""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.models import MODELS, Model

BUDGET = 10.0
"""Seconds of processor time that the rounds of one cell may take together, about."""
MOST_ROUNDS = 30
LARGE = 8192
"""Elements from which to look at a tensor takes longer than to call something for it."""


def clock(work: Callable[[], object]) -> float:
    """Processor seconds of this thread that `work` takes."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def prepared(model: Model) -> dict[str, Any]:
    """A namespace in which the set-up has run."""
    torch.manual_seed(0)
    names: dict[str, Any] = {"__name__": "measured"}
    exec(model.setup, names)
    return names


def bare(model: Model) -> float:
    """Forward and backward with nothing attached."""
    names = prepared(model)
    code = compile(model.work, "work", "exec")
    return clock(lambda: exec(code, names))


def with_explorer(model: Model) -> float:
    """A whole recorded run as a Trace without pictures, less a recorded run of the set-up alone."""
    from explorer.worker import drawing

    drawing.MAX_BOXES = 0
    return with_explorer_and_picture(model)


def with_explorer_and_picture(model: Model) -> float:
    """The same with torchviz's pictures, where the graph is small enough for one."""
    return recorded(model.setup + model.work) - recorded(model.setup)


def recorded(source: str) -> float:
    """Processor seconds of a recorded run, as a worker does it: it frees nothing."""
    from explorer.records import Program
    from explorer.worker import execute

    gc.enable()
    seconds = clock(lambda: execute.execute(Program(source), last=True))
    execute.kept.pop().let_go()
    return seconds


kept: list[object] = []
"""Graphs with hooks: to free 100,000 nodes that Python knows recurses in C and crashes."""


def with_hooks_alone(model: Model) -> float:
    """What whoever asks the engine for each step has to pay: an empty hook on every node, and one
    look at each large gradient and weight. Nothing is kept, named or written down."""
    names = prepared(model)
    forward, backward = model.work.replace("loss.backward()\n", ""), "loss.backward()\n"

    def work() -> None:
        exec(forward, names)
        nodes = _nodes(names[model.loss].grad_fn)
        for node in nodes:
            node.register_prehook(_look)
        exec(backward, names)
        kept.append((names, nodes))
        _look([leaf for value in names.values() for leaf in _weights(value)])

    return clock(work)


def _nodes(root: Any) -> set[Any]:
    found, waiting = {root}, [root]
    while waiting:
        for node, _ in waiting.pop().next_functions:
            if node is not None and node not in found:
                found.add(node)
                waiting.append(node)
    return found


@torch.no_grad()
def _look(tensors: Sequence[torch.Tensor | None]) -> None:
    for tensor in tensors:
        if tensor is not None and tensor.numel() >= LARGE:
            torch.aminmax(tensor)


def _weights(value: object) -> list[torch.Tensor]:
    return list(value.parameters()) if isinstance(value, torch.nn.Module) else []


def with_torchviz(model: Model) -> float:
    """Forward, the picture's DOT text, backward."""
    from torchviz import make_dot

    names = prepared(model)
    forward, backward = model.work.replace("loss.backward()\n", ""), "loss.backward()\n"

    def work() -> None:
        exec(forward, names)
        make_dot(names[model.loss])
        exec(backward, names)

    return clock(work)


def with_torchviz_and_dot(model: Model) -> float:
    """The same with the picture itself, by the `dot` program."""
    from torchviz import make_dot

    names = prepared(model)
    forward, backward = model.work.replace("loss.backward()\n", ""), "loss.backward()\n"

    def work() -> None:
        exec(forward, names)
        make_dot(names[model.loss]).pipe(format="svg")
        exec(backward, names)

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = clock(work)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own + after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def with_torchview(model: Model) -> float:
    """Forward graph of the module (it has no backward)."""
    from torchview import draw_graph

    module, inputs = as_module(model)
    return clock(lambda: draw_graph(module, input_data=inputs, device="cpu"))


def with_torchlens(model: Model) -> float:
    """Forward and backward logged."""
    import torchlens

    module, inputs = as_module(model)

    def work() -> None:
        trace = torchlens.trace(module, inputs)
        output = trace[trace.output_layers[0]].out
        trace.log_backward(output.sum())

    return clock(work)


def as_module(model: Model) -> tuple[Any, Any]:
    """The model and its input for peers that want an nn.Module."""
    names = prepared(model)
    exec(model.wrapped, names)
    if "model" not in names:
        raise SystemExit("needs an nn.Module")
    return names["model"], names["x"]


def write_record(model: Model, path: str) -> dict[str, float]:
    """Writes down what the browser gets of a recorded run; its size in bytes."""
    from explorer import wire
    from explorer.records import Program
    from explorer.worker.execute import execute

    trace = execute(Program(model.setup + model.work), last=True)
    text = wire.payload(wire.encode(trace), run=1)
    return {"bytes": Path(path).write_bytes(text)}


WAYS: dict[str, Callable[[Model], float]] = {
    "floor": with_hooks_alone,
    "explorer": with_explorer,
    "explorer-drawn": with_explorer_and_picture,
    "torchviz": with_torchviz,
    "torchviz-dot": with_torchviz_and_dot,
    "torchview": with_torchview,
    "torchlens": with_torchlens,
}


def measure(model: Model, way: Callable[[Model], float]) -> dict[str, float]:
    """Alternate bare and recorded rounds; one warming round of each is not counted."""
    first = bare(model) + way(model)
    rounds = max(2, min(MOST_ROUNDS, int(BUDGET / max(first, 1e-3))))
    pairs = [(bare(model), way(model)) for _ in range(rounds)]
    plain = statistics.median(pair[0] for pair in pairs)
    recorded = statistics.median(pair[1] for pair in pairs)
    return {"bare_ms": 1e3 * plain, "recorded_ms": 1e3 * recorded, "ratio": recorded / plain}


def main() -> None:
    """Measure what the command line names."""
    name, tool, *more = sys.argv[1:]
    torch.set_num_threads(1)
    model = next(model for model in MODELS if model.name == name)
    told = write_record(model, *more) if tool == "record" else measure(model, WAYS[tool])
    print(json.dumps(told), flush=True)
    os._exit(0)  # freeing a graph of 100,000 nodes recurses in C and would crash


if __name__ == "__main__":
    main()
