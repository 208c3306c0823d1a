"""A network as a class

`nn.Module` collects the parameters of its layers, and the graph calls them by their paths, such as
`model.hidden.weight`. Softmax with `dim=1` makes every row sum to one.
"""

import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 4)
        self.squash = nn.Sigmoid()
        self.out = nn.Linear(4, 2)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        h = self.squash(self.hidden(x))
        return self.softmax(self.out(h))


torch.manual_seed(0)
model = Classifier()
x = torch.randn(5, 3)
probabilities = model(x)
loss = -torch.log(probabilities[:, 0]).mean()
loss.backward()
