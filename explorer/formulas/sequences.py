"""Rows: attention and recurrent layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.formulas.row import Formula, Maker, Proof, Word, normal


def _single(shape: tuple[int, ...]) -> Maker:
    """In float32, which is all that this kernel takes."""
    return lambda torch: torch.randn(shape, dtype=torch.float32)


def _lstm(torch: Any, x: Any, w: Any, r: Any, b: Any = None) -> Any:
    """One layer over all time steps, by hand; gates in PyTorch's order i, f, g, o."""
    b = x.new_zeros(w.shape[0]) if b is None else b
    h = c = x.new_zeros(x.shape[1], r.shape[1])
    out = []
    for step in x:
        i, f, g, o = (step @ w.T + h @ r.T + b).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        out.append(h)
    return torch.stack(out)


def _library_lstm(reverse: bool = False, biased: bool = True) -> Callable[..., Any]:
    """PyTorch's kernel for one layer in one direction."""

    def call(torch: Any, x: Any, w: Any, r: Any, b: Any = None) -> Any:
        weights = (w, r, b, torch.zeros_like(b)) if biased else (w, r, w.detach(), r.detach())
        h = x.new_zeros(x.shape[1], r.shape[1])
        flags: tuple[Any, ...] = (reverse, [], 2, r.shape[1], 1, biased, False, False, True)
        return torch.mkldnn_rnn_layer(x, *weights, h, h, *flags)[0]

    return call


def _backwards(call: Callable[..., Any], place: int | None) -> Callable[..., Any]:
    """The same for a layer that goes from the last step to the first."""

    def turned(torch: Any, *inputs: Any) -> Any:
        sequences = 1 if place is None else 2
        flipped = [x.flip(0) if n < sequences else x for n, x in enumerate(inputs)]
        result = call(torch, *flipped)
        return result.flip(0) if place in (None, 0) else result

    return turned


def _through_time(place: int) -> Any:
    """The chain rule through the equations above, step by step, by hand."""

    def back(torch: Any, g: Any, *inputs: Any) -> Any:
        return _unrolled(torch, g, *inputs)[place]

    return back


def _unrolled(torch: Any, g: Any, x: Any, w: Any, r: Any, b: Any = None) -> tuple[Any, ...]:
    """Backpropagation through time without autograd: gradients of x, w, r and b."""
    b = x.new_zeros(w.shape[0]) if b is None else b
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


def _attention(
    says: str, scores: str, call: Callable[..., Any], words: dict[str, Word], **more: Any
) -> Formula:
    return Formula(
        "ScaledDotProductFlashAttentionForCpuBackward0",
        "Attention: each query takes the mean of the values, weighted by how well its key fits"
        f"{says}.",
        "Values get G by the weights; queries and keys get it through the softmax.",
        {"Q": "query", "K": "key", "V": "value"},
        "P @ V",
        ("c * (S @ K)", "c * (T(S) @ Q)", "T(P) @ G"),
        (Proof(call, (normal(1, 2, 4, 8),) * 3),),
        where={
            "P": f"softmax({scores})",
            "S": "P * (R - sum_of_rows(R * P))",
            "R": "G @ T(V)",
            "c": "scale(Q)",
        },
        words={
            "softmax": Word("softmax({0})", lambda _, x: x.softmax(-1)),
            "sum_of_rows": Word("row sums of ({0})", lambda _, x: x.sum(-1, keepdim=True)),
            "scale": Word("1 / √(length of a row of {0})", lambda _, q: q.shape[-1] ** -0.5),
            **words,
        },
        **more,
    )


def _sdpa(torch: Any, *inputs: Any, **how: Any) -> Any:
    return torch.nn.functional.scaled_dot_product_attention(*inputs, **how)


def _later_left_out(torch: Any, scores: Any) -> Any:
    later = torch.ones_like(scores).triu(1) > 0
    return scores.masked_fill(later, float("-inf"))


def _recurrent(biased: bool) -> Formula:
    """A layer of an LSTM with or without bias."""
    names = ("x", "W", "R", "b")[: 4 if biased else 3]
    listed = ", ".join(names)
    words = {
        "lstm": Word("LSTM({0}; {1}, {2}" + (", {3})" if biased else ")"), _lstm),
        "for_x": Word("Σ gate gradients · {2}, per step", _through_time(0)),
        "for_w": Word("Σ over steps of gate gradientsᵀ · {1}", _through_time(1)),
        "for_r": Word("Σ over steps of gate gradientsᵀ · h", _through_time(2)),
        "for_b": Word("Σ over steps of gate gradients", _through_time(3)),
    }
    turned = {
        name: _backwards(word.call, None if name == "lstm" else place - 1)
        for place, (name, word) in enumerate(words.items())
    }
    shapes = ((5, 2, 3), (16, 3), (16, 4), (16,))[: len(names)]
    makers = tuple(map(_single, shapes))
    arguments = ("input", "weight0", "weight1", "weight2")
    second = " The second bias gets the same as b." if biased else ""
    return Formula(
        "MkldnnRnnLayerBackward0",
        "One layer of an LSTM over all time steps: gates i, f, o and news g from x and h, cell "
        "c ← f c + i g, output h ← o tanh c.",
        "Goes back through time: at each step the chain rule through these equations, the gradient "
        "of h and c handed on to the step before.",
        dict(zip(names, arguments, strict=False)),
        f"lstm({listed})",
        tuple(f"for_{name.lower()}(G, {listed})" for name in names),
        (
            Proof(_library_lstm(biased=biased), makers, 1e-4),
            Proof(_library_lstm(reverse=True, biased=biased), makers, 1e-4, words=turned),
        ),
        words=words,
        when={"mode": 2, "has_biases": int(biased)},
        note="W weighs the input, R the state h before. A reversed layer goes through time from "
        f"its end.{second}",
    )


ROWS = (
    _attention(
        "",
        "c * (Q @ T(K))",
        _sdpa,
        {},
        when={"is_causal": 0, "dropout_p": 0},
        without=("attn_mask", "scale"),
    ),
    _attention(
        "; keys behind the query are left out",
        "up_to(c * (Q @ T(K)))",
        lambda t, q, k, v: _sdpa(t, q, k, v, is_causal=True),
        {"up_to": Word("{0}, later keys left out", _later_left_out)},
        when={"is_causal": 1, "dropout_p": 0},
        without=("attn_mask", "scale"),
    ),
    _attention(
        " and what the mask M adds",
        "c * (Q @ T(K)) + M",
        lambda t, q, k, v: _sdpa(t, q, k, v, attn_mask=t.eye(4)),
        {},
        saved={"M": "attn_mask"},
        when={"is_causal": 0, "dropout_p": 0},
        without=("scale",),
    ),
    _recurrent(biased=True),
    _recurrent(biased=False),
)
