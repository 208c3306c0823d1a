"""Limits from the environment, and workers that fit a host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from explorer import limits
from explorer.limits import Limits, LimitsError, from_environment, workers_that_fit

VARIABLES = sorted(set(re.findall(r"EXPLORER_\w+", Path(limits.__file__).read_text("utf-8"))))


def test_an_operator_overrides_each_limit() -> None:
    found = from_environment(
        {
            "EXPLORER_SECONDS": "2.5",
            "EXPLORER_MEMORY_MB": "128",
            "EXPLORER_WORKERS": "3",
            "EXPLORER_SOURCE": "5000",
            "EXPLORER_PRINTED": "0",
            "EXPLORER_NODES": "500",
            "EXPLORER_RECURSION": "300",
            "EXPLORER_RECORD_MB": "4",
            "EXPLORER_PUBLIC": "1",
        }
    )
    assert (found.seconds, found.memory_mb, found.workers) == (2.5, 128, 3)
    assert (found.source, found.printed, found.nodes) == (5000, 0, 500)
    assert (found.recursion, found.record_mb) == (300, 4)
    assert found.public


def test_nothing_set_gives_limits_that_work() -> None:
    found = from_environment({})
    assert found.seconds == 5
    assert found.workers >= 1
    assert not found.public


@pytest.mark.parametrize("value", ["many", "-1", "nan", "inf", "0", "2.7", "1e9", "1000000000"])
def test_a_value_out_of_range_is_named(value: str) -> None:
    with pytest.raises(LimitsError, match=f"EXPLORER_WORKERS must be a whole number.*'{value}'"):
        from_environment({"EXPLORER_WORKERS": value})


@pytest.mark.parametrize(
    "name", [name for name in VARIABLES if name not in {"EXPLORER_WORKERS", "EXPLORER_PUBLIC"}]
)
def test_every_limit_refuses_what_cannot_be_one(name: str) -> None:
    for value in ("many", "-1", "nan", "inf", "1e999", "1e308", "٣", "9" * 30):
        with pytest.raises(LimitsError, match=f"^{name} must be a .*number from .*, not '{value}'"):
            from_environment({name: value})


@pytest.mark.parametrize("value", ["1", " 1", "1 ", "True ", "YES", "on\n"])
def test_strangers_are_let_in_only_behind_all_locks(value: str) -> None:
    assert from_environment({"EXPLORER_PUBLIC": value}).public


@pytest.mark.parametrize("value", ["", "0", " False", "no", "OFF"])
def test_a_switch_can_be_off(value: str) -> None:
    assert not from_environment({"EXPLORER_PUBLIC": value}).public


@pytest.mark.parametrize("value", ["maybe", "y", "ture", "2", "1.0", "١"])
def test_a_slip_does_not_leave_a_lock_open(value: str) -> None:
    words = f"^EXPLORER_PUBLIC must be one of 1, true, yes, on, 0, false, no, off, not '{value}'.$"
    with pytest.raises(LimitsError, match=words):
        from_environment({"EXPLORER_PUBLIC": value})


@pytest.mark.parametrize("value", ["99", "20001", "1000.5", "1_000"])
def test_a_count_is_a_whole_number_within_its_bounds(value: str) -> None:
    with pytest.raises(LimitsError, match="whole number from 100 to 20000"):
        from_environment({"EXPLORER_RECURSION": value})


def test_a_small_host_gets_small_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "memory_of_host_mb", lambda: 690.0)
    assert from_environment({}).record_mb < Limits().record_mb


def test_every_variable_is_explained_to_operators() -> None:
    text = (Path(__file__).parent.parent / "docs" / "deploy.md").read_text("utf-8")
    assert not [name for name in VARIABLES if f"| `{name}` |" not in text]


def test_a_host_of_one_gigabyte_gets_one_worker() -> None:
    assert workers_that_fit(1024, 384) == 1


def test_a_host_without_room_gets_one_worker_all_the_same() -> None:
    assert workers_that_fit(300, 384) == 1


def test_memory_bounds_the_number_of_workers() -> None:
    assert workers_that_fit(750 + 2 * 624, 384) <= 2


def test_the_hard_limits_leave_room_behind_the_soft_ones() -> None:
    found = Limits(seconds=5, slowdown=2)
    assert found.hard_seconds > found.seconds
    assert found.hard_wall > found.wall > found.seconds
