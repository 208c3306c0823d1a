"""One hostile program, and the words that many of them begin with."""

from __future__ import annotations

import os
import tempfile
from typing import NamedTuple

CANARY = f"{tempfile.gettempdir()}/explorer-canary-{os.getpid()}"
"""A file that no program may read, change or remove."""

TORCH = "import torch\n"
OS = "import os\n"
# A raw system call, as native code would make it.
SYSCALL = (
    "import ctypes\n"
    "libc = ctypes.CDLL(None, use_errno=True)\n"
    "def call(*words):\n"
    "    return libc.syscall(*map(ctypes.c_long, words)), ctypes.get_errno()\n"
)


class Hostile(NamedTuple):
    """One program."""

    name: str
    source: str
    ends: str
    """Kinds of failure, and "ok", that are a right end; words."""
    says: str = ""
    """Part of the error where the jail alone stands in the way: it was the kernel that said no."""
