"""An operation of your own

`torch.autograd.Function` lets you write both directions. This one rounds going forward and, going
back, pretends that it did nothing: the straight-through estimator of quantised networks.
"""

import torch


class RoundStraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.round(x)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


x = torch.tensor([0.2, 0.7, 1.6], requires_grad=True)
y = RoundStraightThrough.apply(x)
loss = (y**2).sum()
loss.backward()
print(x.grad)
