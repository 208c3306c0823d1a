"""Where gradients stop: detach and no_grad

Two ways to say "treat this as a constant". `target` is cut from the graph by `detach`, `scale` was
never recorded. Only the path through `prediction` carries a gradient.
"""

import torch

w = torch.tensor(2.0, requires_grad=True)
prediction = w * 3
target = (w * 5).detach()
with torch.no_grad():
    scale = w * 0.5
loss = scale * (prediction - target) ** 2
loss.backward()
