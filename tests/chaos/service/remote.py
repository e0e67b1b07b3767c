"""An object that lives in a process of its own, and whose methods are called from here."""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


class Remote:
    """An object in another process.

    Args:
        make: Makes it there.
        given: What `make` is given.
    """

    def __init__(self, make: Callable[..., Any], *given: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_answer, args=(there, make, given), daemon=True)
        self._process.start()
        there.close()

    def call(self, name: str, *given: Any) -> Any:
        """Call a method, and return what it does.

        Raises:
            RuntimeError: It failed there; the trace is in the message.
        """
        self._here.send((name, given))
        came, found = self._here.recv()
        if not came:
            raise RuntimeError(found)
        return found

    def close(self) -> None:
        """End the process."""
        self._here.close()
        self._process.join(20)
        self._process.kill()


def _answer(there: Connection, make: Callable[..., Any], given: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asks
    made = make(*given)
    while True:
        try:
            name, arguments = there.recv()
        except EOFError:
            made.close()
            return
        try:
            there.send((True, getattr(made, name)(*arguments)))
        except Exception:  # noqa: BLE001 - whatever it was, the one who asks must hear of it
            there.send((False, traceback.format_exc()))
