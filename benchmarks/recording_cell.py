"""One cell of the recording table: `python -m benchmarks.recording_cell MODEL TOOL` prints JSON."""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

from benchmarks.models import MODELS, Model

BUDGET = 10.0
"""Seconds of processor time that the rounds of one cell may take together, about."""
MOST_ROUNDS = 30

Timed = Callable[[], float]


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
    execute._last.pop().let_go()
    return seconds


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


def with_torchview(model: Model) -> float:
    """Forward graph of the module (it has no backward)."""
    from torchview import draw_graph

    names = prepared(model)
    if model.module is None:
        raise SystemExit("needs an nn.Module")
    module, inputs = names[model.module], names[model.inputs or "x"]
    return clock(lambda: draw_graph(module, input_data=inputs, device="cpu"))


def with_torchlens(model: Model) -> float:
    """Forward and backward logged."""
    import torchlens

    names = prepared(model)
    if model.module is None:
        raise SystemExit("needs an nn.Module")
    module, inputs = names[model.module], names[model.inputs or "x"]

    def work() -> None:
        trace = torchlens.trace(module, inputs)
        output = trace[trace.output_layers[0]].out
        trace.log_backward(output.sum())

    return clock(work)


WAYS: dict[str, Callable[[Model], float]] = {
    "explorer": with_explorer,
    "explorer-drawn": with_explorer_and_picture,
    "torchviz": with_torchviz,
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
    name, tool = sys.argv[1:3]
    torch.set_num_threads(1)
    model = next(model for model in MODELS if model.name == name)
    print(json.dumps(measure(model, WAYS[tool])), flush=True)
    os._exit(0)  # freeing a graph of 100,000 nodes recurses in C and would crash


if __name__ == "__main__":
    main()
