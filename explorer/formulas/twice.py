"""Rows: backwards that are operations themselves, in gradients of gradients."""

from __future__ import annotations

from explorer.formulas.row import Formula, Proof, Word, X, normal

AXIS = {"d": "dim"}

ROWS = (
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
