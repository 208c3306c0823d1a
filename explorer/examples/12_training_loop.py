"""A training loop

Three rounds of forward, `zero_grad`, backward and step. Each round builds a new graph; choose a
pass above the picture to see how the gradients shrink as the line fits the points.
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
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"epoch {epoch}  loss {loss.item():.4f}")
