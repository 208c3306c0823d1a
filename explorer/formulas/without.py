"""Nodes that have no formula of their own, and what can be said of them in a sentence."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "AccumulateGrad": "Adds what arrives to the leaf's .grad.",
    "CheckpointFunctionBackward": "A checkpoint: runs its part of the program again, this time "
    "with a graph, and then that graph's backward.",
    "CompiledFunctionBackward": "A compiled part of the program: many operations run as one.",
    "BackwardHookFunctionBackward": "Calls the hooks of a module; hands the gradients on.",
    "UndefinedGrad": "Has no gradient to send.",
    "GraphRoot": "Where backward starts.",
}

OWN = "A Function of the program itself: its backward is the program's own code."
"""Of nodes whose class the program defines."""
