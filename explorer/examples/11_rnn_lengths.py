"""A recurrent cell on three lengths

One cell, used once per word: its weights are shared leaves with six uses. Each sequence makes a
chain of its own length, and all chains add to the same gradients.
"""

import torch
from torch import nn

torch.manual_seed(0)
cell = nn.RNNCell(2, 3)
loss = torch.tensor(0.0)
for length in (1, 2, 3):
    h = torch.zeros(1, 3)
    for word in torch.randn(length, 1, 2):
        h = cell(word, h)
    loss = loss + h.sum()
loss.backward()
