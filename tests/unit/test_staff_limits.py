"""The limit on guessing passwords (architecture, accounts: rate limits)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from me_platform.staff_site.limits import IN_TOTAL, PER_NAME, REMEMBERED, AttemptLimit


class Clock:
    """Seconds that a test counts."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def make_limit() -> tuple[AttemptLimit, Clock]:
    clock = Clock()
    return AttemptLimit(clock, b"key"), clock


def test_a_name_has_ten_attempts_and_gets_one_back_a_minute() -> None:
    limit, clock = make_limit()
    assert [limit.take("a") for _ in range(11)] == [True] * 10 + [False]
    assert limit.take("b")
    clock.seconds += 60
    assert [limit.take("a"), limit.take("a")] == [True, False]


def test_a_right_password_gives_its_attempt_back() -> None:
    limit, _ = make_limit()
    for _ in range(1000):
        assert limit.take("a")
        limit.give_back("a")


def test_giving_back_never_fills_a_bucket_over_its_rim() -> None:
    limit, _ = make_limit()
    for _ in range(100):
        limit.give_back("a")
    assert sum(limit.take("a") for _ in range(100)) == PER_NAME.size


@given(st.lists(st.tuples(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), st.floats(0, 30)), min_size=1, max_size=300))
def test_no_order_of_attempts_gets_past_either_limit(attempts: list[tuple[str, float]]) -> None:
    limit, clock = make_limit()
    passed = dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 0)
    for name, pause in attempts:
        clock.seconds += pause
        passed[name] += limit.take(name)
        assert passed[name] <= PER_NAME.size + clock.seconds / PER_NAME.seconds + 1e-6
        assert sum(passed.values()) <= IN_TOTAL.size + clock.seconds / IN_TOTAL.seconds + 1e-6


def test_names_are_forgotten_when_their_bucket_is_full_again_or_there_are_too_many() -> None:
    limit, clock = make_limit()
    for number in range(REMEMBERED + 100):
        clock.seconds += IN_TOTAL.seconds
        assert limit.take(str(number))
    assert len(limit._names) == REMEMBERED
    limit.give_back(str(REMEMBERED + 99))
    assert len(limit._names) == REMEMBERED - 1
