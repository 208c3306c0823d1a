"""The chain rule on three numbers

`w` reaches the loss through two operations. Backward walks them in reverse and multiplies what it
finds on the way: the gradient of the square, then of the product.
"""

import torch

x = torch.tensor(3.0)
w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
loss = (w * x + b) ** 2
loss.backward()
