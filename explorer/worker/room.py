"""How much memory is left."""

from __future__ import annotations

import mmap
from typing import Any

_PRIVATE: dict[str, Any] = (
    {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
)
"""Windows knows no other kind."""


def has(size: int) -> bool:
    """Whether so many bytes could be taken now."""
    try:
        with mmap.mmap(-1, size, **_PRIVATE):
            return True
    except (OSError, ValueError, OverflowError):
        return False
