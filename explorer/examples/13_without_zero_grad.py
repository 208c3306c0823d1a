"""The same loop without zero_grad

`backward()` adds to `.grad` and never replaces it, so from the second round on every step is made
with the sum of old and new gradients. Compare the losses with those of the loop before.
"""

import torch
from torch import nn

x = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
y = 2 * x + 1
torch.manual_seed(0)
model = nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    print(f"epoch {epoch}  loss {loss.item():.4f}  slope's grad {model.weight.grad.item():.4f}")
