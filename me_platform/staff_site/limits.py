"""A limit on guessing passwords: a bucket of attempts for each account name and one for all names together.

The buckets lie in the memory of the process that serves the page, so nothing about an attempt is ever stored; the
names in them are keyed hashes. With several processes each has its own buckets, which multiplies the limits by their
number, and a restart fills them. The bucket of all names guards against one password tried on many accounts and
against keeping the machine busy with hashing. While somebody floods the log-in it also keeps others from logging in;
whoever is logged in works on.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """A bucket holds ``size`` attempts; one flows back every ``seconds``."""

    size: int
    seconds: float


PER_NAME = Rate(10, 60.0)
IN_TOTAL = Rate(60, 1.0)
PER_CODE = Rate(5, 300.0)
"""Codes of a second factor: whoever has the password guesses right within a year with a chance of a quarter at most,
and each attempt stands in the audit log."""
REMEMBERED = 10_000
"""Names with an attempt missing that are remembered; more than the total rate lets through before a bucket is full."""


@dataclass(frozen=True)
class Bucket:
    """Attempts left at a moment of the clock."""

    left: float
    at: float

    def refill(self, rate: Rate, now: float) -> Bucket:
        """The same bucket later."""
        return Bucket(min(rate.size, self.left + (now - self.at) / rate.seconds), now)


class AttemptLimit:
    """Counts attempts to log in. ``clock`` gives seconds that never go back; ``key`` keeps the names unreadable."""

    def __init__(self, clock: Callable[[], float], key: bytes, per_name: Rate = PER_NAME) -> None:
        self._clock = clock
        self._per_name = per_name
        self._key = key
        self._names: OrderedDict[bytes, Bucket] = OrderedDict()
        self._total = Bucket(IN_TOTAL.size, clock())

    def take(self, name: str) -> bool:
        """Use up an attempt for this name, in its one spelling. False: none is left, the password must not be tried."""
        now = self._clock()
        own = self._get(name, now)
        self._total = self._total.refill(IN_TOTAL, now)
        if own.left < 1 or self._total.left < 1:
            return False
        self._put(name, Bucket(own.left - 1, now))
        self._total = Bucket(self._total.left - 1, now)
        return True

    def give_back(self, name: str) -> None:
        """Return the attempt: it was the right password."""
        now = self._clock()
        self._put(name, Bucket(min(self._per_name.size, self._get(name, now).left + 1), now))
        self._total = Bucket(min(IN_TOTAL.size, self._total.left + 1), now)

    def _get(self, name: str, now: float) -> Bucket:
        return self._names.get(self._hash(name), Bucket(self._per_name.size, now)).refill(self._per_name, now)

    def _put(self, name: str, bucket: Bucket) -> None:
        key = self._hash(name)
        self._names.pop(key, None)
        if bucket.left < self._per_name.size:
            self._names[key] = bucket
        if len(self._names) > REMEMBERED:
            self._names.popitem(last=False)

    def _hash(self, name: str) -> bytes:
        return hmac.digest(self._key, name.encode(errors="replace"), hashlib.sha256)
