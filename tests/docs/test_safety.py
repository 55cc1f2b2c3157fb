"""docs/safety.md tells the truth: every promise is held by a test that names it."""

from __future__ import annotations

import pytest

from script.safety import PROMISES, ROOT, find_promises, list_holders, make_safety


def test_the_list_of_promises_is_up_to_date() -> None:
    assert (ROOT / "docs" / "safety.md").read_text(encoding="utf-8") == make_safety()


def test_every_promise_is_held_by_a_test() -> None:
    """Each numbered promise of part 1 is named by a test, and none is named that is not promised."""
    named = {number for holder in list_holders() for number in holder.promises if number.startswith("1.")}
    assert named == set(PROMISES)


@pytest.mark.parametrize(
    ("text", "promises"),
    [
        ("privacy-and-safety 1.2: a draft", {"1.2"}),
        ("Issue; privacy-and-safety 1.3 to 1.5, 1.8", {"1.3", "1.4", "1.5", "1.8"}),
        ("privacy-and-safety 1.1 and 1.10, and privacy-and-safety 1.7.", {"1.1", "1.10", "1.7"}),
        ("privacy-and-safety part 2", set()),
    ],
)
def test_a_docstring_names_promises(text: str, promises: set[str]) -> None:
    assert find_promises(text) == promises
