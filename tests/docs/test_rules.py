"""docs/rules.md tells the truth: which tests hold each rule of numbers, and which rules none holds yet."""

from __future__ import annotations

import pytest

from script.rules import DEFECTS, ROOT, RULES, find_named, list_holders, make_rules

PENDING: set[str] = set()
"""Rules no test names yet. Whoever builds one takes it out of here; a rule that loses its last test comes back."""


def test_the_list_of_rules_is_up_to_date() -> None:
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == make_rules()


def test_every_rule_and_defect_but_those_listed_is_held_by_a_test() -> None:
    named = {name for holder in list_holders() for name in holder.holds}
    assert {*RULES, *DEFECTS} - named == PENDING
    assert named <= {*RULES, *DEFECTS}


# Not in the decorator, where it would name what it does not hold.
CASES: tuple[tuple[str, set[str]], ...] = (
    ("R1-R3; defect k", {"R1", "R2", "R3", "k"}),
    ("Issue; R22 to R24, R28.", {"R22", "R23", "R24", "R28"}),
    ("Defects a, b, h and l.", {"a", "b", "h", "l"}),
    ("defects e to h: none", {"e", "f", "g", "h"}),
    ("a defective one, a defect of the paper, defects again", set()),
    ("the ROW and the PR2 line", set()),
)


@pytest.mark.parametrize(("text", "named"), CASES)
def test_a_text_names_rules_and_defects(text: str, named: set[str]) -> None:
    assert find_named(text) == named
