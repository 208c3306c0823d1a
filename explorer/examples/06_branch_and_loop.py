"""A branch and a loop that depend on data

The graph is made while the program runs, so it holds the branch that was taken and the rounds that
were made, nothing else. Change the 1.5 to 25 and run again: no rounds, and the other branch.
"""

import torch

x = torch.tensor(1.5, requires_grad=True)
y = x
while y < 10:
    y = y * 2
if y > 20:
    out = torch.log(y)
else:
    out = y - 5
out.backward()
