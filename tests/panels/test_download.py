"""A file is made of what stands on the shelf, when it is asked for."""

from __future__ import annotations

import json

import pytest

from explorer.export import ExportError
from explorer.panels import download, shelf
from explorer.records import FORMAT, Program, Trace


def test_the_file_is_made_of_the_kept_trace() -> None:
    shelf.keep("download/1", Trace(format=FORMAT, program=Program("x = 1\n")))
    assert json.loads(download._made("download/1", ".json"))["program"]["source"] == "x = 1\n"


def test_a_run_that_is_no_longer_kept_says_so() -> None:
    with pytest.raises(ExportError, match="run it again"):
        download._made("nobody/1", ".json")
