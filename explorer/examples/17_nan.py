"""NaN out of nowhere

The distance of a point to itself is 0, a harmless number. But the slope of the square root at 0 is
infinite, and infinity times 0 is NaN. The usual cure: `torch.sqrt(square + 1e-12)`.
"""

import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([1.0, 2.0])
square = ((a - b) ** 2).sum()
distance = torch.sqrt(square)
distance.backward()
print(distance.item(), a.grad)
