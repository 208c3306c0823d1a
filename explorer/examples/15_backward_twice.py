"""Backward twice through one graph

The first backward would free what the operations had saved. `retain_graph=True` keeps it for the
second, and the leaf collects both gradients. Take it away and run, to meet a famous error.
"""

import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
h = x * x
first = h.sum()
second = (3 * h).sum()
first.backward(retain_graph=True)
print("after the first", x.grad)
second.backward()
print("after the second", x.grad)
