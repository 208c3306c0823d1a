"""Rows: attention, recurrent layers, and gradients of gradients."""

from __future__ import annotations

from typing import Any

from explorer.formulas.row import Formula, Maker, Proof, Word, X, normal

AXIS = {"d": "dim"}


def _attention(torch: Any, q: Any, k: Any, v: Any) -> Any:
    return torch.nn.functional.scaled_dot_product_attention(q, k, v)


def _single(shape: tuple[int, ...]) -> Maker:
    """In float32, which is all that this kernel takes."""
    return lambda torch: torch.randn(shape, dtype=torch.float32)


def _lstm(torch: Any, x: Any, w: Any, r: Any, b: Any) -> Any:
    """One layer over all time steps, by hand; gates in PyTorch's order i, f, g, o."""
    h = c = x.new_zeros(x.shape[1], r.shape[1])
    out = []
    for step in x:
        i, f, g, o = (step @ w.T + h @ r.T + b).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        out.append(h)
    return torch.stack(out)


def _library_lstm(torch: Any, x: Any, w: Any, r: Any, b: Any) -> Any:
    zeros = x.new_zeros(x.shape[1], r.shape[1])
    return torch.mkldnn_rnn_layer(
        x,
        w,
        r,
        b,
        torch.zeros_like(b),
        zeros,
        zeros,
        False,
        [],
        2,
        r.shape[1],
        1,
        True,
        False,
        False,
        True,
    )[0]


def _through_time(place: int) -> Any:
    """The chain rule through the equations above, step by step, by hand."""

    def back(torch: Any, g: Any, *inputs: Any) -> Any:
        return _unrolled(torch, g, *inputs)[place]

    return back


def _unrolled(torch: Any, g: Any, x: Any, w: Any, r: Any, b: Any) -> tuple[Any, ...]:
    """Backpropagation through time without autograd: gradients of x, w, r and b."""
    h = c = x.new_zeros(x.shape[1], r.shape[1])
    kept = []
    for step in x:
        i, f, n, o = (step @ w.T + h @ r.T + b).chunk(4, 1)
        i, f, n, o = i.sigmoid(), f.sigmoid(), n.tanh(), o.sigmoid()
        new = f * c + i * n
        kept.append((step, h, c, i, f, n, o, new.tanh()))
        c, h = new, o * new.tanh()
    dh, dc = torch.zeros_like(h), torch.zeros_like(c)
    dx: list[Any] = []
    dw, dr, db = torch.zeros_like(w), torch.zeros_like(r), torch.zeros_like(b)
    for t in reversed(range(len(x))):
        step, h, c, i, f, n, o, tanh = kept[t]
        dh = dh + g[t]
        dc = dc + dh * o * (1 - tanh**2)
        gates = torch.cat(
            [
                dc * n * i * (1 - i),
                dc * c * f * (1 - f),
                dc * i * (1 - n**2),
                dh * tanh * o * (1 - o),
            ],
            1,
        )
        dx.insert(0, gates @ w)
        dw, dr, db = dw + gates.T @ step, dr + gates.T @ h, db + gates.sum(0)
        dh, dc = gates @ r, dc * f
    return torch.stack(dx), dw, dr, db


ROWS = (
    Formula(
        "ScaledDotProductFlashAttentionForCpuBackward0",
        "Attention: each query takes the mean of the values, weighted by how well its key fits.",
        "Values get G by the weights; queries and keys get it through the softmax.",
        {"Q": "query", "K": "key", "V": "value"},
        "P @ V",
        ("c * (S @ K)", "c * (T(S) @ Q)", "T(P) @ G"),
        (Proof(_attention, (normal(1, 2, 4, 8),) * 3),),
        where={
            "P": "softmax(c * (Q @ T(K)))",
            "S": "P * (R - sum_of_rows(R * P))",
            "R": "G @ T(V)",
            "c": "scale(Q)",
        },
        words={
            "softmax": Word("softmax({0})", lambda _, x: x.softmax(-1)),
            "sum_of_rows": Word("row sums of ({0})", lambda _, x: x.sum(-1, keepdim=True)),
            "scale": Word("1 / √(length of a row of {0})", lambda _, q: q.shape[-1] ** -0.5),
        },
        note="Without mask and dropout.",
    ),
    Formula(
        "MkldnnRnnLayerBackward0",
        "One layer of an LSTM over all time steps: gates i, f, o and news g from x and h, cell "
        "c ← f c + i g, output h ← o tanh c.",
        "Goes back through time: at each step the chain rule through these equations, the gradient "
        "of h and c handed on to the step before.",
        {"x": "input", "W": "weight0", "R": "weight1", "b": "weight2"},
        "lstm(x, W, R, b)",
        (
            "for_x(G, x, W, R, b)",
            "for_w(G, x, W, R, b)",
            "for_r(G, x, W, R, b)",
            "for_b(G, x, W, R, b)",
        ),
        (
            Proof(
                _library_lstm,
                tuple(map(_single, ((5, 2, 3), (16, 3), (16, 4), (16,)))),
                1e-4,
            ),
        ),
        words={
            "lstm": Word("LSTM({0}; {1}, {2}, {3})", _lstm),
            "for_x": Word("Σ gate gradients · {2}, per step", _through_time(0)),
            "for_w": Word("Σ over steps of gate gradientsᵀ · {1}", _through_time(1)),
            "for_r": Word("Σ over steps of gate gradientsᵀ · h", _through_time(2)),
            "for_b": Word("Σ over steps of gate gradients", _through_time(3)),
        },
        note="W weighs the input, R the state h before; further slots are the second bias, which "
        "gets the same as b, and the first h and c.",
    ),
    Formula(
        "TanhBackwardBackward0",
        "The backward of a tanh, run as an operation: g (1 − y²).",
        "g gets G (1 − y²); y, the result of the tanh, gets −2 g y G.",
        {"g": "grad_output", "y": "output"},
        "g * (1 - y ** 2)",
        ("(1 - y ** 2) * G", "-2 * g * y * G"),
        (
            Proof(
                lambda torch, g, y: torch.ops.aten.tanh_backward(g, y),
                (normal(3, 4), normal(3, 4)),
            ),
        ),
    ),
    Formula(
        "SigmoidBackwardBackward0",
        "The backward of a sigmoid, run as an operation: g y (1 − y).",
        "g gets G y (1 − y); y, the result of the sigmoid, gets g (1 − 2 y) G.",
        {"g": "grad_output", "y": "output"},
        "g * y * (1 - y)",
        ("y * (1 - y) * G", "g * (1 - 2 * y) * G"),
        (
            Proof(
                lambda torch, g, y: torch.ops.aten.sigmoid_backward(g, y),
                (normal(3, 4), normal(3, 4)),
            ),
        ),
    ),
    Formula(
        "ThresholdBackwardBackward0",
        "The backward of a ReLU, run as an operation: g where x is positive, else 0.",
        "g gets G where x is positive, else 0; x gets 0.",
        {"g": "grad_output", "x": "self"},
        "g if x > l else 0",
        ("G if x > l else 0", "0 * G"),
        (
            Proof(
                lambda torch, g, x: torch.ops.aten.threshold_backward(g, x, 0),
                (normal(3, 4), normal(3, 4)),
            ),
        ),
        saved={"l": "threshold"},
    ),
    Formula(
        "SoftmaxBackwardDataBackward0",
        "The backward of a softmax, run as an operation: y (g − Σ g y).",
        "g gets y (G − Σ G y); y, the result of the softmax, gets g G − G Σ g y − g Σ G y.",
        {"g": "grad_output", "y": "output"},
        "y * (g - sum(g * y, d))",
        ("y * (G - sum(G * y, d))", "g * G - G * sum(g * y, d) - g * sum(G * y, d)"),
        (
            Proof(
                lambda torch, g, y: torch.ops.aten._softmax_backward_data(g, y, 1, torch.float64),
                (normal(3, 4), normal(3, 4)),
            ),
        ),
        saved=AXIS,
    ),
    Formula(
        "LogSoftmaxBackwardDataBackward0",
        "The backward of a log-softmax, run as an operation: g − eʸ Σ g.",
        "g gets G − Σ G eʸ; y, the result of the log-softmax, gets −G eʸ Σ g.",
        {"g": "grad_output", "y": "output"},
        "g - exp(y) * sum(g, d)",
        ("G - sum(G * exp(y), d)", "-G * exp(y) * sum(g, d)"),
        (
            Proof(
                lambda torch, g, y: torch.ops.aten._log_softmax_backward_data(
                    g, y, 1, torch.float64
                ),
                (normal(3, 4), normal(3, 4)),
            ),
        ),
        saved=AXIS,
    ),
    Formula(
        "ConjBackward0",
        "Turns the sign of the imaginary part round.",
        "Turns it round in G as well.",
        X,
        "conj(x)",
        ("conj(G)",),
        (Proof(lambda _, x: x.conj(), (lambda torch: torch.randn(3, dtype=torch.complex128),)),),
        words={"conj": Word("conj {0}", lambda _, x: x.conj())},
        complex=True,
    ),
)
