"""Walking downhill, by hand and by optimizer

An optimizer's step is one line of arithmetic on `.grad`. `a` takes it by hand, `b` leaves it to
`torch.optim.SGD`; after two steps both stand at the same place.
"""

import torch


def valley(p):
    return p[0] ** 2 + 4 * p[1] ** 2


a = torch.tensor([2.0, 1.0], requires_grad=True)
b = a.detach().clone().requires_grad_()
optimizer = torch.optim.SGD([b], lr=0.1)
for _ in range(2):
    a.grad = None
    valley(a).backward()
    with torch.no_grad():
        a -= 0.1 * a.grad

    optimizer.zero_grad()
    valley(b).backward()
    optimizer.step()
print(a.tolist(), b.tolist())
