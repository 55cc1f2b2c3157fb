"""A limit on wrong codes in total: nobody is told apart, so no address is needed (privacy-and-safety 1.1)."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock


class Bucket:
    """Holds ``size`` tokens and gains one a second; ``clock`` counts seconds and never goes back.

    Where a site runs in several processes, each holds its ``share`` of the tokens and gains its share a second, so
    that the limit is that of the site and not of a process.
    """

    def __init__(self, size: int, clock: Callable[[], float], share: int = 1) -> None:
        self._size, self._rate, self._clock, self._lock = size / share, 1 / share, clock, Lock()
        self._tokens, self._filled_at = self._size, clock()

    def take(self) -> bool:
        """Take a token; False where none is left."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._size, self._tokens + (now - self._filled_at) * self._rate)
            self._filled_at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
