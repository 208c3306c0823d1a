"""What the browser must know of the records to open a parcel, and one to try it on.

`python -m tests.canvas.fields` writes both where the canvas reads them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import msgspec

from explorer import records, wire
from tests.passes import trace, wide

CANVAS = Path(records.__file__).parent / "canvas"


def files() -> dict[Path, str]:
    """What stands where."""
    whole = trace(wide())
    sent, written = wire.encode(whole), wire.written_out(whole)
    pair = b'{"sent":%s,"written":%s}\n' % (sent, written)
    return {
        CANVAS / "src" / "fields.json": _described_all(),
        CANVAS / "test" / "wide.json": pair.decode(),
    }


def _described_all() -> str:
    """Record -> its defaults, and its fields with records inside, as the canvas reads them."""
    found = {
        name: _described(one) for name, one in sorted(vars(records).items()) if _is_record(one)
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _described(record: type[records.Record]) -> dict[str, Any]:
    fields = msgspec.structs.fields(record)
    inside = {field.name: inner for field in fields if (inner := _inner(field.type))}
    return {"defaults": {f.name: _default(f) for f in fields if not f.required}, "inside": inside}


def _inner(hint: Any) -> str | None:
    """Name of the record inside of a type."""
    if _is_record(hint):
        return str(hint.__name__)
    return next(filter(None, map(_inner, get_args(hint))), None)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    made = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    return msgspec.to_builtins(made)


def _is_record(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, records.Record) and one is not records.Record


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
