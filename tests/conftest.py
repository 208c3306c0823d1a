"""One runner with small limits for all tests that run programs: loading PyTorch takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.limits import Limits
from explorer.runner import Runner

SMALL = Limits(seconds=0.5, memory_mb=256, workers=2, gate=False)
"""Without the gate, so that the jail is what the tests meet."""


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_SECRET", "no worker may know it")
        runner = Runner(SMALL)
    yield runner
    runner.close()
