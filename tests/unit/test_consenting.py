"""What is agreed to follows from the events alone (privacy-and-safety 1.6; issue: assent beside a guardian's yes)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.surveys.consenting import Decision, Speaker, is_permitted, list_agreed

DECISIONS = st.builds(
    Decision,
    st.sampled_from(["answer", "statistics", "object"]),
    st.sampled_from(["given", "refused", "withdrawn"]),
    st.sampled_from(Speaker),
)


@pytest.mark.parametrize(
    ("said", "agreed"),
    [
        ("", False),
        ("self:given", True),
        ("self:given self:withdrawn", False),
        ("self:refused self:given", True),
        ("child:given", False),
        ("guardian:given", False),
        ("guardian:given child:given", True),
        ("child:given guardian:given", True),
        ("guardian:not_needed child:given", True),
        ("guardian:given child:refused", False),
        ("guardian:refused child:given", False),
        ("guardian:given child:given guardian:withdrawn", False),
        ("guardian:given child:given guardian:withdrawn guardian:given", True),
        ("guardian:given child:given child:withdrawn", False),
        ("guardian:not_needed guardian:refused child:given", False),
        # Grown up, she decides alone.
        ("guardian:refused child:given self:given", True),
    ],
)
def test_a_childs_yes_needs_the_guardians_and_either_no_wins(said: str, *, agreed: bool) -> None:
    """Issue: the child's own assent stays asked; state is a pure function of the events."""
    events = [
        Decision("statistics", decision, Speaker(speaker))
        for speaker, decision in (each.split(":") for each in said.split())
    ]
    assert ("statistics" in list_agreed(events)) is agreed


@given(st.lists(DECISIONS, max_size=12))
def test_a_no_of_either_side_that_comes_last_is_never_overheard(events: list[Decision]) -> None:
    """privacy-and-safety 1.6: a no counts from when it is said, whatever was said before."""
    child = [
        Decision(each.purpose, each.decision, Speaker.CHILD) if each.speaker is Speaker.SELF else each
        for each in events
    ]
    for speaker in (Speaker.CHILD, Speaker.GUARDIAN):
        assert "answer" not in list_agreed([*child, Decision("answer", "withdrawn", speaker)])
    assert "object" in list_agreed([*events, Decision("object", "given", Speaker.GUARDIAN)])


def test_who_may_be_asked_follows_from_the_guardians_last_word_alone() -> None:
    given_, taken = (Decision("answer", each, Speaker.GUARDIAN) for each in ("given", "withdrawn"))
    assert is_permitted([given_, Decision("answer", "refused", Speaker.CHILD)], "answer")
    assert not is_permitted([given_, taken], "answer")
    assert not is_permitted([given_], "statistics")
