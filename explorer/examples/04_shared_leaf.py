"""One leaf, used twice

`x` reaches the output along two paths. Each path brings its own gradient and the two add up:
2x from the square and 3 from the product.
"""

import torch

x = torch.tensor(4.0, requires_grad=True)
y = x**2 + 3 * x
y.backward()
print(x.grad)
