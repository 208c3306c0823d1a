"""What a program ran with."""

from __future__ import annotations

import platform
from importlib.metadata import version

import torch

VERSIONS = {
    "python": platform.python_version(),
    "torch": str(torch.__version__),
    "torchviz": version("torchviz"),
}
