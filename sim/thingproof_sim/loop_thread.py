"""An asyncio loop in a thread of its own, driven from ordinary (synchronous) code."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

Result = TypeVar("Result")
CALL_S = 30.0
POLL_S = 0.005


class LoopThread:
    """A loop that runs from `start` to `stop`.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._name = name

    @property
    def running(self) -> bool:
        """Whether the thread lives."""
        return self._thread is not None

    def start(self) -> None:
        """Start the thread.

        Raises:
            RuntimeError: it was stopped before.
        """
        if self.loop.is_closed():
            raise RuntimeError(f"{self._name} was stopped and does not start again; make a new one")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def call(self, action: Callable[[], Result]) -> Result:
        """Run something in the thread and wait for its result; right here when there is none."""
        if self._thread is None or threading.current_thread() is self._thread:
            return action()
        answer: Future[Result] = Future()

        def run() -> None:
            try:
                answer.set_result(action())
            except BaseException as error:  # noqa: BLE001 - it belongs to who called
                answer.set_exception(error)

        self.loop.call_soon_threadsafe(run)
        return answer.result(CALL_S)

    def wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine in the thread and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(CALL_S)

    def stop(self) -> None:
        """End the thread and close the loop; twice does no harm."""
        thread, self._thread = self._thread, None
        if thread is None:
            if not self.loop.is_closed():
                self.loop.close()
            return
        self.loop.call_soon_threadsafe(self.loop.stop)
        thread.join(CALL_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            pending = asyncio.all_tasks(self.loop)
            for task in pending:
                task.cancel()
            self.loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()


def wait_until(condition: Callable[[], bool], timeout: float) -> bool:
    """Wait in real time until a condition holds; False when it never did in time."""
    deadline = time.monotonic() + timeout  # noqa: TID251 - real time is what live things are about
    while not condition():
        if time.monotonic() > deadline:  # noqa: TID251
            return False
        time.sleep(POLL_S)
    return True


__all__ = ["LoopThread", "wait_until"]
