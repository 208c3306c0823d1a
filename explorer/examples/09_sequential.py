"""Layers in a row: nn.Sequential

The same idea without a class. Watch the ReLU: where its input was negative, it passes no gradient
on, and whole rows of `model.0.weight` may stay without any.
"""

import torch
from torch import nn

torch.manual_seed(1)
model = nn.Sequential(
    nn.Linear(2, 4),
    nn.ReLU(),
    nn.Linear(4, 3),
    nn.Softmax(dim=1),
)
x = torch.tensor([[0.5, -1.0], [2.0, 1.0]])
probabilities = model(x)
loss = -torch.log(probabilities[:, 0]).sum()
loss.backward()
