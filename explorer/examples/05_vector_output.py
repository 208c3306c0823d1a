"""An output that is not one number

Backward needs a vector v and computes the product of v with the Jacobian. This program never calls
`backward()`, so the explorer does, with v = ones. Try another v under Options: `torch.tensor([1.,
0., 0.])` picks the first row of the Jacobian.
"""

import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
w = torch.tensor([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0], [1.0, 1.0, 1.0]])
y = torch.tanh(w @ x / 4)
