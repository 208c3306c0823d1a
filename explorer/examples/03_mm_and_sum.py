"""A matrix product and a sum

The sum hands a 1 to every element of its input; `mm` turns that into one gradient per matrix, each
with the shape of the matrix that it belongs to.
"""

import torch

torch.manual_seed(7)
A = torch.randn(2, 3, requires_grad=True)
B = torch.randn(3, 4, requires_grad=True)
C = torch.mm(A, B)
total = C.sum()
total.backward()
