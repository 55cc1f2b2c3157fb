"""The surveys that ship with the program: complete in English and Latvian, in the order agreed, nothing to complain."""

from __future__ import annotations

from pathlib import Path

import pytest

from me_platform.content import Problems
from me_platform.surveys.answers import compute_capacity
from me_platform.surveys.definition import AnswerState, Purpose, Survey, Text
from me_platform.surveys.loading import check_surveys, load_surveys
from me_platform.surveys.wording import find_gendered_word, find_long_sentence

ROOT = Path(__file__).resolve().parents[2]
SCREENS = (
    ("useful", "organisation"),
    ("safe_home", "self"),
    ("in_danger", "self"),
    ("decide", "self"),
    ("rights", "organisation"),
    ("say_no", "organisation"),
    ("respect", "organisation"),
    ("private", "organisation"),
    ("hard_day", "self"),
    ("people", "self"),
    ("goal", "self"),
    ("goal_near", "self"),
    ("change", "organisation"),
)
SCALE = ("no", "rather_no", "rather_yes", "yes", "dont_know", "declined", "not_applicable")


@pytest.fixture(scope="module")
def survey() -> Survey:
    return load_surveys(ROOT)["outcome-checkin"]


def list_texts(survey: Survey) -> list[Text]:
    """Everything a person who answers may read."""
    texts: list[Text] = []
    for question in survey.questions:
        texts += [question.prompt, *([question.hint] if question.hint else []), *(question.ends or ())]
        texts += [choice.label for choice in question.choices]
    return texts + [text for consent in survey.consent for text in (consent.title, consent.body)]


def test_the_shipped_surveys_have_no_fault_and_no_warning() -> None:
    problems = Problems()
    check_surveys(ROOT, problems)
    assert problems.faults == ()
    assert problems.warnings == ()


def test_the_screens_come_in_the_agreed_order(survey: Survey) -> None:
    assert tuple((question.name, question.about) for question in survey.questions) == SCREENS


def test_the_ten_items_share_one_scale_with_three_answers_that_are_states(survey: Survey) -> None:
    """privacy-and-safety 1.8: not knowing, not saying and not being concerned are answers of equal weight."""
    items = survey.questions[:10]
    assert {question.kind for question in items} == {"single_choice"}
    for question in items:
        assert tuple(choice.value for choice in question.choices) == SCALE
        assert question.positive == {"rather_yes", "yes"}
    assert [survey.get_question(name).kind for name in ("goal", "goal_near", "change")] == ["text", "scale", "text"]
    for question in survey.questions:
        states = [choice.state for choice in question.choices if choice.state is not AnswerState.ANSWERED]
        assert states == [AnswerState.DONT_KNOW, AnswerState.DECLINED, AnswerState.NOT_APPLICABLE]


def test_both_languages_are_complete_and_differ(survey: Survey) -> None:
    assert survey.languages == ("en", "lv")
    for text in [survey.title, survey.note, *list_texts(survey)]:
        assert set(text) == {"en", "lv"}
        assert all(words.strip() for words in text.values())
        assert text["en"] != text["lv"]


def test_sentences_are_short_and_no_latvian_form_fixes_the_gender(survey: Survey) -> None:
    """privacy-and-safety 1.8: one idea, short sentences, no gendered endings."""
    for text in list_texts(survey):
        assert not any(find_long_sentence(words) for words in text.values()), text
        assert find_gendered_word(text["lv"]) is None, text


def test_a_person_is_addressed_politely_in_latvian(survey: Survey) -> None:
    for text in list_texts(survey):
        words = text["lv"].replace(",", " ").split()
        assert not {"jūs", "jums", "jūsu", "tu", "tev", "tavs", "tava"} & set(words), text


def test_the_survey_says_that_its_items_are_its_own(survey: Survey) -> None:
    assert "own items, not a validated scale" in survey.note["en"]
    assert "nevis validēta skala" in survey.note["lv"]


def test_consent_is_asked_per_purpose_and_says_that_refusing_costs_nothing(survey: Survey) -> None:
    """privacy-and-safety 1.6: each purpose in plain words; refusing costs nothing, and the page says so."""
    assert survey.purposes == tuple(Purpose)
    for consent in survey.consent:
        assert consent.version == "2026-1"
        assert "If you say no, your support stays the same." in consent.body["en"]
        assert "Ja atteiksieties, Jūsu atbalsts nemainīsies." in consent.body["lv"]
        assert "the code you get at the end" in consent.body["en"]
        assert "kodu, ko saņemsiet beigās" in consent.body["lv"]
        for words in consent.body.values():
            assert 2 <= words.count(".") <= 4


def test_a_response_of_the_shipped_survey_stays_small(survey: Survey) -> None:
    """One sealed record takes a few kilobytes, the same for everybody."""
    assert 4 * 1024 < compute_capacity(survey) < 6 * 1024


def test_every_shipped_file_says_what_it_is_in_its_first_two_lines() -> None:
    for path in (ROOT / "surveys").rglob("*.yaml"):
        lines = path.read_text("utf-8").splitlines()
        assert all(line.startswith("# ") for line in lines[:2]), path.name
