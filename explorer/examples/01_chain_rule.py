"""The chain rule on three numbers

`w` reaches the loss through a product, a sum and a square. Backward walks them in reverse and
multiplies their slopes: 2 · 7 from the square, 1 from the sum, x from the product.
"""

import torch

x = torch.tensor(3.0)
w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
loss = (w * x + b) ** 2
loss.backward()
