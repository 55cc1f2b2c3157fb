"""Whether a site can do its work: what the operator's proxy or watchdog is told, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from me_platform.errors import ProgramError

PATH = "/health"
"""Where both sites tell it."""

_FRESH = 1.0
"""Seconds an answer is good for: whoever asks often costs the database no more than one question a second."""


class Health:
    """Looks after what a site needs. Each of ``looks`` raises where it finds something amiss; ``clock`` counts seconds.

    Each process of a site has its own.
    """

    def __init__(self, looks: Sequence[Callable[[], None]], clock: Callable[[], float]) -> None:
        self._looks = looks
        self._clock = clock
        self._last: tuple[float, bool] | None = None

    def is_well(self) -> bool:
        """Whether every look found what it needs, now or within the last second."""
        if self._last is None or not 0 <= self._clock() - self._last[0] < _FRESH:
            well = self._look()
            self._last = (self._clock(), well)
        return self._last[1]

    def _look(self) -> bool:
        try:
            for look in self._looks:
                look()
        except (ProgramError, SQLAlchemyError):
            return False
        return True


def ask_database(engine: Engine) -> None:
    """Have the database answer. Raises SQLAlchemyError where it does not."""
    with engine.connect() as connection:
        connection.execute(text("select 1"))
