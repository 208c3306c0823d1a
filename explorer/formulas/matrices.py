"""Rows: products of matrices and vectors, and linear algebra."""

from __future__ import annotations

from typing import Any

from explorer.formulas.row import Formula, Maker, Proof, Word, normal, well

LEFT_RIGHT = (
    "The left factor gets G times the right one transposed; the right factor gets the left one "
    "transposed times G."
)
INVERSE = {"inverse": Word("{0}⁻¹", lambda torch, a: torch.linalg.inv(a))}
DET = {
    "det": Word("det {0}", lambda torch, a: torch.linalg.det(a)),
    "logdet": Word("ln |det {0}|", lambda torch, a: torch.linalg.slogdet(a)[1]),
}


def _symmetric(size: int) -> Maker:
    """A symmetric matrix with positive eigenvalues."""

    def make(torch: Any) -> Any:
        half = torch.randn(size, size)
        return half @ half.T + torch.eye(size)

    return make


def _half(_: Any, p: Any) -> Any:
    """The lower triangle, its diagonal halved."""
    return p.tril() - p.diagonal().diag() / 2


ROWS = (
    Formula(
        "MmBackward0",
        "Multiplies two matrices.",
        LEFT_RIGHT,
        {"X": "self", "Y": "mat2"},
        "X @ Y",
        ("G @ T(Y)", "T(X) @ G"),
        (Proof(lambda torch, x, y: torch.mm(x, y), (normal(3, 4), normal(4, 5))),),
    ),
    Formula(
        "BmmBackward0",
        "Multiplies two batches of matrices, pair by pair.",
        LEFT_RIGHT,
        {"X": "self", "Y": "mat2"},
        "X @ Y",
        ("G @ T(Y)", "T(X) @ G"),
        (Proof(lambda torch, x, y: torch.bmm(x, y), (normal(2, 3, 4), normal(2, 4, 5))),),
    ),
    Formula(
        "AddmmBackward0",
        "Multiplies two matrices and adds c: a linear layer.",
        "c gets G; of the factors each gets G times the other one transposed.",
        {"c": "self", "X": "mat1", "Y": "mat2"},
        "c + X @ Y",
        ("G", "G @ T(Y)", "T(X) @ G"),
        (
            Proof(
                lambda torch, c, x, y: torch.addmm(c, x, y),
                (normal(5), normal(3, 4), normal(4, 5)),
            ),
        ),
        when={"alpha": 1, "beta": 1},
        broadcasts=True,
    ),
    Formula(
        "AddmmBackward0",
        "Multiplies two matrices and adds c, both scaled.",
        "c gets G; of the factors each gets G times the other one transposed; all scaled.",
        {"c": "self", "X": "mat1", "Y": "mat2"},
        "beta * c + alpha * (X @ Y)",
        ("beta * G", "alpha * (G @ T(Y))", "alpha * (T(X) @ G)"),
        (
            Proof(
                lambda torch, c, x, y: torch.addmm(c, x, y, beta=2, alpha=3),
                (normal(5), normal(3, 4), normal(4, 5)),
            ),
        ),
        saved={"alpha": "alpha", "beta": "beta"},
        broadcasts=True,
    ),
    Formula(
        "BaddbmmBackward0",
        "Multiplies two batches of matrices and adds c, both scaled.",
        "c gets G; of the factors each gets G times the other one transposed; all scaled.",
        {"c": "self", "X": "batch1", "Y": "batch2"},
        "beta * c + alpha * (X @ Y)",
        ("beta * G", "alpha * (G @ T(Y))", "alpha * (T(X) @ G)"),
        (
            Proof(
                lambda torch, c, x, y: torch.baddbmm(c, x, y, beta=2, alpha=3),
                (normal(2, 3, 5), normal(2, 3, 4), normal(2, 4, 5)),
            ),
        ),
        saved={"alpha": "alpha", "beta": "beta"},
        broadcasts=True,
    ),
    Formula(
        "MvBackward0",
        "Multiplies a matrix by a vector.",
        "The matrix gets the products of G with the vector; the vector gets Xᵀ G.",
        {"X": "self", "v": "vec"},
        "X @ v",
        ("outer(G, v)", "T(X) @ G"),
        (Proof(lambda torch, x, v: torch.mv(x, v), (normal(3, 4), normal(4))),),
        words={"outer": Word("{0} {1}ᵀ", lambda torch, g, v: torch.outer(g, v))},
    ),
    Formula(
        "AddmvBackward0",
        "Multiplies a matrix by a vector and adds c, both scaled.",
        "c gets G; the matrix the products of G with the vector; the vector Xᵀ G; all scaled.",
        {"c": "self", "X": "mat", "v": "vec"},
        "beta * c + alpha * (X @ v)",
        ("beta * G", "alpha * outer(G, v)", "alpha * (T(X) @ G)"),
        (
            Proof(
                lambda torch, c, x, v: torch.addmv(c, x, v, beta=2, alpha=3),
                (normal(3), normal(3, 4), normal(4)),
            ),
        ),
        saved={"alpha": "alpha", "beta": "beta"},
        words={"outer": Word("{0} {1}ᵀ", lambda torch, g, v: torch.outer(g, v))},
        broadcasts=True,
    ),
    Formula(
        "DotBackward0",
        "Multiplies two vectors element by element and adds up.",
        "Each vector gets G times the other one.",
        {"x": "self", "y": "tensor"},
        "sum(x * y)",
        ("G * y", "G * x"),
        (Proof(lambda torch, x, y: torch.dot(x, y), (normal(4), normal(4))),),
    ),
    Formula(
        "TrilinearBackward0",
        "Multiplies both inputs by one matrix for each output: a bilinear layer.",
        "Each of the three gets G times the other two, summed over the rest.",
        {"x": "i1", "W": "i2", "y": "i3"},
        "three(x, W, y)",
        ("for_x(G, W, y)", "for_w(G, x, y)", "for_y(G, x, W)"),
        (
            Proof(
                lambda torch, x, w, y: torch._trilinear(x, w, y, [1, 3], [0], [1, 2], [2, 3]),
                (normal(2, 3), normal(5, 3, 4), normal(2, 4)),
            ),
        ),
        words={
            "three": Word(
                "Σ {0} {1} {2}", lambda torch, x, w, y: torch.einsum("ni,oij,nj->no", x, w, y)
            ),
            "for_x": Word(
                "Σ {0} {1} {2}", lambda torch, g, w, y: torch.einsum("no,oij,nj->ni", g, w, y)
            ),
            "for_w": Word(
                "Σ {0} {1} {2}", lambda torch, g, x, y: torch.einsum("no,ni,nj->oij", g, x, y)
            ),
            "for_y": Word(
                "Σ {0} {1} {2}", lambda torch, g, x, w: torch.einsum("no,ni,oij->nj", g, x, w)
            ),
        },
    ),
    Formula(
        "LinalgInvExBackward0",
        "Inverts a matrix.",
        "Sends −Zᵀ G Zᵀ: the inverse on both sides.",
        {"X": "A"},
        "inverse(X)",
        ("-T(z) @ G @ T(z)",),
        (Proof(lambda torch, x: torch.linalg.inv(x), (well(3),)),),
        words=INVERSE,
    ),
    Formula(
        "LinalgSolveExBackward0",
        "Solves X Z = B.",
        "B gets the solution of Xᵀ · = G; X gets minus that times Zᵀ.",
        {"X": "A", "B": "B"},
        "inverse(X) @ B",
        ("-T(inverse(X)) @ G @ T(z)", "T(inverse(X)) @ G"),
        (Proof(lambda torch, x, b: torch.linalg.solve(x, b), (well(3), normal(3, 2))),),
        words=INVERSE,
        when={"left": 1},
    ),
    Formula(
        "LinalgDetBackward0",
        "Takes the determinant.",
        "Sends G times the determinant times the inverse transposed.",
        {"X": "A"},
        "det(X)",
        ("G * z * T(inverse(X))",),
        (Proof(lambda torch, x: torch.linalg.det(x), (well(3),)),),
        words=INVERSE | DET,
    ),
    Formula(
        "LinalgSlogdetBackward0",
        "Takes the logarithm of the determinant's size, and its sign.",
        "Sends the logarithm's gradient times the inverse transposed.",
        {"X": "A"},
        "logdet(X)",
        ("G * T(inverse(X))",),
        (Proof(lambda torch, x: torch.linalg.slogdet(x)[1], (well(3),)),),
        words=INVERSE | DET,
        output=1,
        note="The sign gets no gradient.",
    ),
    Formula(
        "LinalgCholeskyExBackward0",
        "Finds the lower triangle L with L Lᵀ = X.",
        "Sends the symmetric gradient of a symmetric matrix.",
        {"X": "self"},
        "cholesky(X)",
        ("1 / 2 * (T(inverse(z)) @ (P + T(P)) @ inverse(z))",),
        (Proof(lambda torch, x: torch.linalg.cholesky(x), (_symmetric(3),)),),
        where={"P": "half(T(z) @ G)"},
        words=INVERSE
        | {
            "half": Word("lower triangle of {0}, diagonal halved", _half),
            "cholesky": Word("the L of {0}", lambda torch, x: torch.linalg.cholesky(x)),
        },
    ),
    Formula(
        "LinalgSvdBackward0",
        "Splits a matrix into rotations U, Vᵀ and lengths s along them.",
        "Where only the lengths got a gradient: puts it between the same rotations.",
        {"X": "A"},
        "lengths(X)",
        ("U @ diagonal(G) @ V",),
        (Proof(lambda torch, x: torch.linalg.svd(x)[1], (normal(3, 3),)),),
        saved={"U": "U", "V": "Vh"},
        words={
            "lengths": Word(
                "the lengths of {0}",
                lambda torch, x: torch.linalg.eigvalsh(x.mT @ x).flip(0).sqrt(),
            ),
            "diagonal": Word("diag({0})", lambda torch, g: torch.diag(g)),
        },
        output=1,
        alone=True,
        note="V stands for what PyTorch saves as Vh, the transpose already taken.",
    ),
    Formula(
        "LinalgEighBackward0",
        "Splits a symmetric matrix into eigenvalues and eigenvectors V.",
        "Where only the eigenvalues got a gradient: puts it between the eigenvectors.",
        {"X": "A"},
        "eigenvalues(X)",
        ("V @ diagonal(G) @ T(V)",),
        (Proof(lambda torch, x: torch.linalg.eigvalsh(x), (_symmetric(3),)),),
        saved={"V": "eigenvectors"},
        words={
            "eigenvalues": Word("the eigenvalues of {0}", lambda torch, x: torch.linalg.eigh(x)[0]),
            "diagonal": Word("diag({0})", lambda torch, g: torch.diag(g)),
        },
        alone=True,
    ),
    Formula(
        "LinalgCrossBackward0",
        "Takes the cross product of two vectors in space.",
        "Each gets the cross product of the other with G, in the order that keeps the sign.",
        {"x": "self", "y": "other"},
        "cross(x, y)",
        ("cross(y, G)", "cross(G, x)"),
        (Proof(lambda torch, x, y: torch.linalg.cross(x, y), (normal(2, 3), normal(2, 3))),),
        words={"cross": Word("{0} × {1}", lambda torch, x, y: torch.linalg.cross(x, y))},
    ),
)
