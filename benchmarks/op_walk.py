"""Every operation and module that PyTorch lists, recorded and bare: where do the two agree?

    python -m benchmarks.op_walk [NAME ...] [--samples 3] [--kinds op,foreach,module]
        [--dtypes float64,complex128] [--seconds 60] [--processes 2] [--results FILE]

For each sample of `torch.testing._internal`: a forward pass, then backward from a scalar made of
all its differentiable outputs, and where that can be done, backward through those gradients; once
bare, once with plain hooks, once recorded. Compared are results, inputs, gradients, random state
and printed text bit by bit, and of the record the graph, the engine's order, every gradient of an
edge, every sum and every total of a leaf.

Each operation has its own limit of time; one that hangs or crashes costs a process and is named.
With `--results FILE` verdicts are kept as they come, and a second call goes on where the first
ended.

"refused" is what plain PyTorch refuses too, in the same words. "unstable" are results of PyTorch's
own that change from run to run.
"""

from __future__ import annotations

import argparse
import json
import queue
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOADING = 120.0
"""Seconds until a process must be ready."""

TITLES = {
    "op": "operations (op_db)",
    "foreach": "on lists of tensors",
    "module": "modules (module_db)",
}
SAID = ("equal", "refused", "unstable", "differs", "failed", "lost", "none")
Answer = dict[str, Any]


class Cell:
    """A process that judges operations, started again when it is lost."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def ask(self, order: dict[str, object], seconds: float) -> Any:
        """The answer; raises TimeoutError or EOFError with the reason, and the process is gone."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "benchmarks.op_walk_cell"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            self._line(LOADING)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._line(seconds))

    def end(self) -> None:
        """Lets the process go."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _line(self, seconds: float) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        process, stdout = self._process, self._process.stdout
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, stop)
        timer.start()
        line = stdout.readline()
        timer.cancel()
        if line.endswith("\n"):
            return line
        self.end()
        if late.is_set():
            raise TimeoutError(f"not finished in {seconds:.0f} s")
        raise EOFError(f"the process ended with {process.returncode}")


def orders(asked: argparse.Namespace) -> Iterator[Answer]:
    """One order per operation."""
    cell = Cell()
    for kind in asked.kinds.split(","):
        for name in cell.ask({"list": kind}, LOADING):
            if not asked.names or any(part in name for part in asked.names):
                dtypes = asked.dtypes.split(",")
                yield {"kind": kind, "name": name, "samples": asked.samples, "dtypes": dtypes}
    cell.end()


def walk(todo: list[Answer], asked: argparse.Namespace) -> Iterator[list[Answer]]:
    """The verdicts on each operation, as they come."""
    waiting: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[list[Answer]] = queue.SimpleQueue()
    for order in todo:
        waiting.put(order)

    def work() -> None:
        cell = Cell()
        while (order := waiting.get()) is not None:
            try:
                done.put(cell.ask(order, asked.seconds))
            except (TimeoutError, EOFError) as fault:
                done.put([{**order, "said": "lost", "reason": str(fault)}])
        cell.end()

    for _ in range(asked.processes):
        waiting.put(None)
        threading.Thread(target=work, daemon=True).start()
    for _ in todo:
        yield done.get()


def known(results: Path | None) -> list[Answer]:
    """The verdicts of an earlier call."""
    if results is None or not results.exists():
        return []
    return [json.loads(line) for line in results.read_text("utf-8").splitlines()]


def summary(answers: list[Answer]) -> Iterator[str]:
    """The table, then all that is not equal, by name and reason."""
    by_kind: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in answers:
        by_kind[one["kind"]][one["name"]][one["said"]] += 1
    yield f"| list | operations | equal everywhere | samples | {' | '.join(SAID)} |"
    yield "|---|---|---|---|" + "---|" * len(SAID)
    for kind, operations in by_kind.items():
        total: Counter[str] = sum(operations.values(), Counter())
        whole = sum(
            set(said) <= {"equal", "refused"} and said["equal"] > 0 for said in operations.values()
        )
        cells = [
            TITLES[kind],
            len(operations),
            whole,
            total.total(),
            *(total[said] for said in SAID),
        ]
        yield f"| {' | '.join(map(str, cells))} |"
    yield ""
    reasons: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in answers:
        if one["said"] != "equal":
            reasons[one["said"], one["reason"]].add(one["name"])
    for (said, reason), names in sorted(reasons.items()):
        yield f"{said}: {', '.join(sorted(names))}: {reason}"


def main() -> None:
    """Walk, and print what there is to say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="parts of names; all without")
    parser.add_argument("--samples", type=int, default=3, help="of each operation and dtype")
    parser.add_argument("--seconds", type=float, default=60.0, help="limit for one operation")
    parser.add_argument("--dtypes", default="float64,complex128")
    parser.add_argument("--kinds", default="op,foreach,module")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--results", type=Path, help="file of verdicts, to go on later")
    asked = parser.parse_args()
    answers = known(asked.results)
    seen = {(one["kind"], one["name"]) for one in answers}
    todo = [one for one in orders(asked) if (one["kind"], one["name"]) not in seen]
    for position, found in enumerate(walk(todo, asked), start=1):
        answers += found
        if asked.results is not None:
            with asked.results.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(one) + "\n" for one in found)
        print(f"\r{position} of {len(todo)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print("\n".join(summary(answers)))


if __name__ == "__main__":
    main()
