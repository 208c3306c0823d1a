"""Rows: attention, and the layers that a transformer is built of."""

from __future__ import annotations

from explorer.layers.field import Field, choice, count, flag, number, size
from explorer.layers.row import STEPS, Chosen, Row, Shape, need

FAMILY = "Attention"
BATCH_FIRST = ("batch_first=True",)
# Off by default here: a picture of the graph is easier to read without it.
DROPOUT = number("dropout", 0.0, 0.0, 1.0, torch=0.1)


def _heads(x: Shape, width: int, heads: int, name: str) -> Shape:
    fitting = max(one for one in range(1, heads + 1) if width % one == 0)
    need(
        width % heads == 0,
        f"{width} features cannot be shared out among {heads} heads equally.",
        **{name: fitting},
    )
    return x


def _attention(width: int, bias: bool) -> int:
    """Query, key, value and output matrices."""
    return 4 * width * (width + bias)


def _block(v: Chosen, attentions: int) -> int:
    """A normalisation after each attention and after the two linear layers."""
    wide, narrow = v.dim_feedforward, v.d_model
    linear = wide * (narrow + v.bias) + narrow * (wide + v.bias)
    norms = (attentions + 1) * narrow * (1 + v.bias)
    return int(attentions * _attention(narrow, v.bias) + linear + norms)


BLOCK: tuple[Field, ...] = (
    size("d_model", 16, 512),
    count("nhead", 4, 16),
    count("dim_feedforward", 32, 2048, torch=2048),
    DROPOUT,
    choice("activation", ("relu", "gelu")),
    flag("norm_first", False),
    flag("bias", True),
)

ROWS = (
    Row(
        "MultiheadAttention",
        FAMILY,
        "Mixes time steps by how well query and key match. Here x is query, key and value.",
        STEPS,
        (
            size("embed_dim", 16, 512),
            count("num_heads", 4, 16),
            number("dropout", 0.0, 0.0, 1.0),
            flag("bias", True),
        ),
        example=lambda v: (2, 5, v.embed_dim),
        shape=lambda x, v: _heads(x, v.embed_dim, v.num_heads, "num_heads"),
        parameters=lambda v: _attention(v.embed_dim, v.bias),
        ranks=(3,),
        feature=("embed_dim", -1),
        fixed=BATCH_FIRST,
        short="attention",
        call=lambda name, _x, _v: (f"x, _ = {name}(x, x, x)",),
        chains=False,
    ),
    Row(
        "TransformerEncoderLayer",
        FAMILY,
        "Self-attention, then two linear layers, each with a shortcut and a LayerNorm.",
        STEPS,
        BLOCK,
        example=lambda v: (2, 5, v.d_model),
        shape=lambda x, v: _heads(x, v.d_model, v.nhead, "nhead"),
        parameters=lambda v: _block(v, 1),
        ranks=(3,),
        feature=("d_model", -1),
        fixed=BATCH_FIRST,
        short="encoder",
    ),
    Row(
        "TransformerDecoderLayer",
        FAMILY,
        "Self-attention, attention to a memory, two linear layers. Here the memory is x.",
        STEPS,
        BLOCK,
        example=lambda v: (2, 5, v.d_model),
        shape=lambda x, v: _heads(x, v.d_model, v.nhead, "nhead"),
        parameters=lambda v: _block(v, 2),
        ranks=(3,),
        feature=("d_model", -1),
        fixed=BATCH_FIRST,
        short="decoder",
        call=lambda name, _x, _v: (f"x = {name}(x, x)",),
        chains=False,
    ),
)
