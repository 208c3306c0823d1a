"""The gradient of a gradient

With `create_graph=True` the backward pass is itself recorded, as a graph that can be differentiated
again: choose pass 2 above the picture. The second derivative of x cubed is 6x.
"""

import torch

x = torch.tensor(3.0, requires_grad=True)
y = x**3
(slope,) = torch.autograd.grad(y, x, create_graph=True)
slope.backward()
print("first", slope.item(), "second", x.grad.item())
