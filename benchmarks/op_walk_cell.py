"""One process of the walk: gets names of operations line by line, answers with verdicts as JSON."""

from __future__ import annotations

import json
import os
import sys
import warnings

import torch

from tests.worker.operations import Kind, cases, names
from tests.worker.verdict import verdict_on


def answers(kind: Kind, name: str, samples: int, dtypes: list[str]) -> list[dict[str, object]]:
    """A verdict on each sample of one operation."""
    found: list[dict[str, object]] = [
        case._asdict() | verdict_on(case)._asdict() for case in cases(kind, name, samples, dtypes)
    ]
    none = {"said": "none", "reason": "no sample in " + ", ".join(dtypes)}
    return found or [{"kind": kind, "name": name, **none}]


def main() -> None:
    """Serves until its input ends."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    # What native code prints must not mix with the answers.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print("ready", file=out, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if order.get("list"):
            told: object = names(order["list"])
        else:
            told = answers(order["kind"], order["name"], order["samples"], order["dtypes"])
        print(json.dumps(told), file=out, flush=True)


if __name__ == "__main__":
    main()
