"""Autograd Explorer: see how PyTorch's autograd really ran your program."""

__version__ = "0.1.0"
