"""Cross entropy, two ways

`CrossEntropyLoss` is `LogSoftmax` followed by `NLLLoss`. Two copies of the same scores take the two
roads and end with the same gradient: softmax minus one-hot, divided by the batch.
"""

import torch
from torch import nn

scores = torch.tensor([[2.0, 0.5, -1.0], [0.0, 1.0, 3.0]], requires_grad=True)
twin = scores.detach().clone().requires_grad_()
labels = torch.tensor([0, 1])

short = nn.CrossEntropyLoss()(scores, labels)
long = nn.NLLLoss()(nn.LogSoftmax(dim=1)(twin), labels)
(short + long).backward()

print("the same gradient:", torch.allclose(scores.grad, twin.grad))
