"""Hooks that change a gradient on its way

A hook of a tensor is given its gradient before it goes on, and what it returns goes on instead. The
card shows both. `retain_grad()` keeps what came of it, though `h` is no leaf.
"""

import torch

w = torch.tensor([3.0, -4.0], requires_grad=True)
h = w * 10
h.retain_grad()


def clip(gradient):
    return gradient.clamp(-1.0, 1.0)


h.register_hook(clip)
loss = (h * torch.tensor([0.5, 20.0])).sum()
loss.backward()
print("kept of h:", h.grad, " arrived at w:", w.grad)
