"""The 2-norm of a tensor as one number."""

from __future__ import annotations

import torch


def norm_of(tensor: torch.Tensor) -> float:
    """2-norm in float64, also of sparse and complex tensors."""
    dense = tensor.detach().to_dense() if tensor.layout != torch.strided else tensor.detach()
    if dense.is_complex():
        dense = torch.view_as_real(dense.resolve_conj())
    return torch.linalg.vector_norm(dense, dtype=torch.float64).item() if dense.numel() else 0.0
