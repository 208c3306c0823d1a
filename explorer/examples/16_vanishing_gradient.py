"""A gradient that vanishes

The slope of a sigmoid is at most 1/4. Ten of them in a row shrink the gradient more than a million
times: follow the colour and the width of the edges down to `w`.
"""

import torch

w = torch.tensor(1.0, requires_grad=True)
h = w
for layer in range(10):
    h = torch.sigmoid(h)
h.backward()
print(f"{w.grad.item():.1e}")
