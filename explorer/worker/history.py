"""A tensor's place in the graph, where PyTorch will tell.

It refuses for a view that was made under `no_grad` and then written to, though its numbers are
good: asking is an error, and what only looks on must not make one.
"""

from __future__ import annotations

import torch
from torch.autograd.graph import Node


def node_of(tensor: torch.Tensor) -> Node | None:
    """The node that made a tensor; None for leaves, and where PyTorch refuses to say."""
    try:
        return tensor.grad_fn
    except RuntimeError:
        return None


def is_leaf(tensor: torch.Tensor) -> bool:
    """Whether a tensor has no history; no where PyTorch refuses to say."""
    try:
        return tensor.is_leaf
    except RuntimeError:
        return False
