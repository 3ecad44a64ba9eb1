"""The fastest event loop there is, for children and load generators."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


def run_fast(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end on uvloop where it is installed, as the platform does, else on asyncio's own loop."""
    try:
        import uvloop  # noqa: PLC0415 (not there on every system)
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)
