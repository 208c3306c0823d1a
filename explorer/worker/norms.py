"""The 2-norm of a tensor as one number."""

from __future__ import annotations

import torch

from explorer.worker.evidence import UNREADABLE
from explorer.worker.foreign import is_foreign, unseen


@unseen
def norm_of(tensor: torch.Tensor) -> float | None:
    """2-norm in float64, also of sparse and complex tensors; None where it cannot be read.

    It is asked for inside the program's own calls, which must not fail because of it.
    """
    if is_foreign(tensor):
        return None
    try:
        return _norm(tensor)
    except UNREADABLE:
        return None


def _norm(tensor: torch.Tensor) -> float:
    dense = tensor.detach().to_dense() if tensor.layout != torch.strided else tensor.detach()
    if dense.is_complex():
        dense = torch.view_as_real(dense.resolve_conj())
    return torch.linalg.vector_norm(dense, dtype=torch.float64).item() if dense.numel() else 0.0
