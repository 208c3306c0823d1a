"""Limits from the environment, and workers that fit a host."""

from __future__ import annotations

import pytest

from explorer.limits import Limits, LimitsError, from_environment, workers_that_fit


def test_an_operator_overrides_each_limit() -> None:
    limits = from_environment(
        {
            "EXPLORER_SECONDS": "2.5",
            "EXPLORER_MEMORY_MB": "128",
            "EXPLORER_WORKERS": "3",
            "EXPLORER_PUBLIC": "1",
        }
    )
    assert (limits.seconds, limits.memory_mb, limits.workers) == (2.5, 128, 3)
    assert limits.public


def test_nothing_set_gives_limits_that_work() -> None:
    limits = from_environment({})
    assert limits.seconds == 5
    assert limits.workers >= 1
    assert not limits.public


@pytest.mark.parametrize("value", ["many", "-1", "nan", "inf", "0"])
def test_a_value_out_of_range_is_named(value: str) -> None:
    with pytest.raises(LimitsError, match=f"EXPLORER_WORKERS must be a number.*'{value}'"):
        from_environment({"EXPLORER_WORKERS": value})


def test_a_host_of_one_gigabyte_gets_one_worker() -> None:
    assert workers_that_fit(1024, 384) == 1


def test_a_host_without_room_gets_one_worker_all_the_same() -> None:
    assert workers_that_fit(300, 384) == 1


def test_memory_bounds_the_number_of_workers() -> None:
    assert workers_that_fit(750 + 2 * 624, 384) <= 2


def test_the_hard_limits_leave_room_behind_the_soft_ones() -> None:
    limits = Limits(seconds=5, slowdown=2)
    assert limits.hard_seconds > limits.seconds
    assert limits.hard_wall > limits.wall > limits.seconds
