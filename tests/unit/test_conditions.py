"""Conditions: problems in plain words, masks over categories, blanks never satisfy."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.indicators.conditions import Vocabulary, check_condition, compile_condition

VOCABULARY = Vocabulary(
    questions={"useful": ("no", "rather_no", "rather_yes", "yes"), "free": ()},
    fields={"language": None, "kind": ("training", "visit"), "status": ("delivered", "planned")},
    waves=("baseline", "followup", "exit"),
)

FRAME = pd.DataFrame(
    {
        "choice:useful": pd.Categorical(["yes", "no", None, None], categories=["no", "rather_yes", "yes"]),
        "state:useful": pd.Categorical(["answered", "answered", "skipped", "not_asked"]),
        "wave": pd.Categorical(["baseline", "followup-1", "followup-2", "exit"]),
        "language": pd.Categorical(["lv", "en", "lv", None]),
    }
)

POSITIVE: Mapping[str, object] = {"question": "useful", "in": ["rather_yes", "yes"]}


@pytest.mark.parametrize(
    "tree",
    [
        {},
        POSITIVE,
        {"question": "useful", "state": "answered"},
        {"question": "free", "in": ["anything"]},
        {"field": "language", "in": ["lv", "tlh"]},
        {"wave": ["baseline", "followup", "followup-2"]},
        {"status": "planned"},
        {"all": [POSITIVE, {"not": {"any": [{"wave": "exit"}, {"field": "kind", "in": ["visit"]}]}}]},
    ],
)
def test_a_condition_of_known_words_has_no_problems(tree: object) -> None:
    assert check_condition(tree, VOCABULARY) == ()


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"question": "usefulness", "in": ["yes"]}, "Did you mean 'useful'?"),
        ({"question": "useful", "in": ["yess"]}, "'yess' is not an answer to 'useful'. Did you mean 'yes'?"),
        ({"question": "useful", "in": []}, "The list of values is empty"),
        ({"question": "useful", "state": ["silent"]}, "'silent' is not a state of an answer."),
        ({"field": "colour", "in": ["red"]}, "There is no field 'colour'."),
        ({"field": "kind", "in": ["visits"]}, "'visits' is not a value of 'kind'. Did you mean 'visit'?"),
        ({"status": "hoped"}, "'hoped' is not a value of 'status'."),
        ({"wave": "followup-x"}, "'followup-x' is not a wave."),
        ({"wave": "exit-2"}, "'exit-2' is not a wave."),
        ({"all": []}, "'all' stands alone and holds a list of conditions."),
        ({"any": "useful"}, "'any' stands alone and holds a list of conditions."),
        ({"not": POSITIVE, "wave": "exit"}, "'not' stands alone and holds one condition."),
        ({"question": "useful"}, "cannot have the keys question together"),
        ("useful = yes", "A condition is written as"),
        ({"not": []}, "A condition is written as"),
        ({"all": [{}]}, "A condition is written as"),
    ],
)
def test_a_wrong_condition_is_told_in_plain_words(tree: object, words: str) -> None:
    problems = check_condition(tree, VOCABULARY)
    assert len(problems) == 1
    assert words in problems[0]


def test_all_problems_of_a_tree_are_told_at_once() -> None:
    tree = {"all": [{"question": "nobody", "in": ["x"]}, {"not": {"wave": ["first", "second"]}}]}
    assert len(check_condition(tree, VOCABULARY)) == 3


def test_a_source_without_waves_or_questions_says_so() -> None:
    assert check_condition({"wave": "exit"}, Vocabulary()) == (
        "This source has no waves. Take the condition out, or name a survey as the source.",
    )
    assert check_condition(POSITIVE, Vocabulary()) == (
        "This source has no questions to ask for. Take the condition out, or choose another source.",
    )


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({}, [True, True, True, True]),
        (POSITIVE, [True, False, False, False]),
        ({"question": "useful", "state": ["skipped", "not_asked"]}, [False, False, True, True]),
        ({"not": {"question": "useful", "state": "answered"}}, [False, False, True, True]),
        ({"wave": "followup"}, [False, True, True, False]),
        ({"wave": ["baseline", "followup-2"]}, [True, False, True, False]),
        ({"field": "language", "in": ["lv"]}, [True, False, True, False]),
        ({"all": [{"field": "language", "in": ["lv"]}, {"wave": "baseline"}]}, [True, False, False, False]),
        ({"any": [{"field": "language", "in": ["en"]}, {"wave": "exit"}]}, [False, True, False, True]),
        ({"question": "never_seen", "in": ["yes"]}, [False, False, False, False]),
    ],
)
def test_a_condition_selects_rows(tree: Mapping[str, object], expected: list[bool]) -> None:
    assert compile_condition(tree, FRAME).tolist() == expected


def test_of_several_choices_any_that_was_taken_counts() -> None:
    taken = pd.DataFrame({"choice:helped": pd.Categorical(["rest talk", "talk", "arrest", None])})
    leaf = {"question": "helped", "in": ["rest", "walk"]}
    assert compile_condition(leaf, taken).tolist() == [True, False, False, False]
    assert compile_condition({"not": leaf}, taken).tolist() == [False, True, True, False]


def test_a_blank_form_never_satisfies_even_under_not() -> None:
    """Defect j: a blank feedback form counts as satisfied."""
    negative = {"not": {"question": "useful", "in": ["no"]}}
    assert compile_condition(negative, FRAME).tolist() == [True, False, False, False]
    assert compile_condition({"not": negative}, FRAME).tolist() == [False, True, False, False]


def test_a_person_without_the_attribute_meets_neither_the_condition_nor_its_opposite() -> None:
    leaf = {"field": "language", "in": ["lv"]}
    assert not compile_condition(leaf, FRAME)[3]
    assert not compile_condition({"not": leaf}, FRAME)[3]


_LEAVES: st.SearchStrategy[Mapping[str, object]] = st.builds(
    lambda chosen: {"question": "useful", "in": chosen},
    st.lists(st.sampled_from(["no", "rather_no", "rather_yes", "yes"]), min_size=1),
)
_TREES: st.SearchStrategy[Mapping[str, object]] = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda one: {"not": one}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
    ),
    max_leaves=8,
)


@given(_TREES)
def test_no_condition_on_choices_is_met_by_a_blank(tree: Mapping[str, object]) -> None:
    """Defect j, for every tree an officer could write."""
    assert not compile_condition(tree, FRAME)[2:].any()


@given(_TREES)
def test_whoever_answered_meets_a_condition_or_its_opposite(tree: Mapping[str, object]) -> None:
    met = compile_condition(tree, FRAME)
    opposite = compile_condition({"not": tree}, FRAME)
    assert (met ^ opposite)[:2].all()
