"""What recording costs: ratios to bare forward + backward, beside torchviz and two more peers.

    python -m benchmarks.recording [--seconds 120] [MODEL ...]

Each cell runs in a process of its own, alternates bare and recorded rounds and prints the ratio of
the medians of processor time (one torch thread). "floor" is an empty hook on every node and one
look at each large gradient and weight, with nothing kept or written down. "explorer" is the whole
Trace without pictures, "explorer-drawn" with them, torchviz its DOT text alone, torchview has no
backward. Building weights and inputs is subtracted. A peer that fails or does not finish within the
limit is named with its reason.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.models import MODELS

TOOLS = ("floor", "explorer", "explorer-drawn", "torchviz", "torchview", "torchlens")
ROOT = Path(__file__).parent.parent


def cell(model: str, tool: str, seconds: float, *more: str) -> dict[str, float | str]:
    """The measurement of one tool on one model, or the reason why there is none."""
    command = [sys.executable, "-m", "benchmarks.recording_cell", model, tool, *more]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not finished in {seconds:.0f} s"}
    if done.returncode < 0:
        return {"failed": f"killed by signal {-done.returncode}"}
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no output"
        return {"failed": last.split(":")[0]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def shown(measured: dict[str, float | str]) -> str:
    """One cell of the table."""
    if "failed" in measured:
        return str(measured["failed"])
    return f"x{float(measured['ratio']):.2f}"


def main() -> None:
    """Print the table, row by row as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help="parts of model names; all without")
    parser.add_argument("--seconds", type=float, default=120.0, help="limit for one cell")
    asked = parser.parse_args()
    print(f"| model | bare ms | {' | '.join(TOOLS)} |")
    print("|---|---|" + "---|" * len(TOOLS))
    for model in MODELS:
        if asked.models and not any(part in model.name for part in asked.models):
            continue
        cells = [cell(model.name, tool, asked.seconds) for tool in TOOLS]
        bare = [float(one["bare_ms"]) for one in cells if "bare_ms" in one]
        middle = f"{statistics.median(bare):.2f}" if bare else "?"
        print(f"| {model.name} | {middle} | {' | '.join(map(shown, cells))} |", flush=True)


if __name__ == "__main__":
    main()
