"""How a job of the worker tells how far it is, and has its heavy parts done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Step(Protocol):
    """What a kind of job is given. Neither is called within a transaction: other people's requests have their turn."""

    def __call__(self, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` steps are taken."""

    def run(self, task: Callable[[], T]) -> T:
        """Have a task done that needs neither database nor vault, and return what it returns or raise what it raises.

        Requests are carried out meanwhile, however long it takes.
        """
