"""The sigmoid, written by hand

Four small operations instead of one `torch.sigmoid`. Their gradients multiply to the formula in
the textbooks, s(1 - s): the last line prints both.
"""

import torch

x = torch.tensor(0.5, requires_grad=True)
s = 1 / (1 + torch.exp(-x))
s.backward()
print(f"autograd   {x.grad.item():.6f}")
print(f"s (1 - s)  {(s * (1 - s)).item():.6f}")
