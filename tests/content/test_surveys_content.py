"""The surveys that ship with the program: complete in English and Latvian, in the order agreed, nothing to complain."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from me_platform.content import Problems
from me_platform.surveys.answers import compute_capacity, list_asked
from me_platform.surveys.definition import Answer, AnswerState, Purpose, Survey, Text
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
    ("knows_next", "self"),
    ("can_return", "organisation"),
)
LANGUAGES = ("en", "lv", "ru", "uk", "ar")
SURVIVORS = ("outcome-checkin", "outcome-checkin-child", "session-pulse", "group-card", "lotus", "post-integration")
"""Surveys that survivors and young people read; they exist in all five languages."""
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


@pytest.mark.parametrize("name", SURVIVORS)
def test_what_survivors_read_is_there_in_five_languages_of_their_own_script(name: str) -> None:
    survey = load_surveys(ROOT)[name]
    assert survey.languages == LANGUAGES
    for text in [survey.title, survey.note, *list_texts(survey)]:
        assert set(text) == set(LANGUAGES)
        assert len(set(text.values())) >= len(LANGUAGES) - 1, text  # Russian and Ukrainian may agree
        letters = {language: "".join(filter(str.isalpha, words)) for language, words in text.items()}
        for language, script in (("ru", "CYRILLIC"), ("uk", "CYRILLIC"), ("ar", "ARABIC")):
            assert all(unicodedata.name(letter).startswith(script) for letter in letters[language]), text[language]
        for language in ("en", "lv"):
            assert all(unicodedata.name(letter).startswith("LATIN") for letter in letters[language]), text[language]


def test_ukrainian_and_russian_letters_are_not_mixed() -> None:
    for name in SURVIVORS:
        for text in list_texts(load_surveys(ROOT)[name]):
            assert not set(text["uk"].lower()) & set("ыэъё"), text["uk"]
            assert not set(text["ru"].lower()) & set("іїєґ"), text["ru"]


def test_what_staff_and_professionals_read_is_there_in_english_and_latvian() -> None:
    surveys = load_surveys(ROOT)
    for name in set(surveys) - set(SURVIVORS):
        for text in [surveys[name].title, surveys[name].note, *list_texts(surveys[name])]:
            assert set(text) == {"en", "lv"}
            assert text["en"] != text["lv"]


def test_children_have_their_own_words_and_three_faces() -> None:
    """Issue: child version with its own wording, faces scale, assent."""
    survey = load_surveys(ROOT)["outcome-checkin-child"]
    assert survey.audience == "child"
    assert {consent.version for consent in survey.consent} == {"2026-1-child"}
    faces = [choice.face for choice in survey.get_question("safe_home").choices if choice.face]
    assert faces == [2, 3, 5]
    for text in list_texts(survey):
        words = text["lv"].replace(",", " ").split()
        assert not {"Jūs", "Jums", "Jūsu"} & set(words), text


def test_the_session_pulse_is_one_question_with_five_faces_before_and_after() -> None:
    """Handbook, stabilisation groups: asked at the beginning and the end of each meeting."""
    survey = load_surveys(ROOT)["session-pulse"]
    assert [wave.name for wave in survey.waves] == ["before", "after"]
    (question,) = survey.questions
    assert [choice.face for choice in question.choices if choice.face] == [1, 2, 3, 4, 5]


def test_the_caseworkers_mirror_asks_about_the_same_things() -> None:
    """Side by side, never one mean."""
    surveys = load_surveys(ROOT)
    mirror, core = surveys["caseworker-mirror"], surveys["outcome-checkin"]
    assert mirror.respondent == "caseworker"
    assert not mirror.purposes
    for question in mirror.questions:
        same = core.get_question(question.name)
        assert [choice.value for choice in question.choices] == [choice.value for choice in same.choices]


def test_the_course_asks_two_things_of_the_older_only_and_one_at_the_end_only() -> None:
    lotus = load_surveys(ROOT)["lotus"]
    young = {"age": Answer(AnswerState.ANSWERED, "age_12_13")}
    older = {"age": Answer(AnswerState.ANSWERED, "age_14_15")}
    first = {question.name for question in list_asked(lotus, young, "baseline")}
    assert not first & {"body", "blame", "accepted"}
    last = {question.name for question in list_asked(lotus, older, "exit")}
    assert {"body", "blame", "accepted"} <= last


def test_guardians_are_told_what_a_child_is_asked() -> None:
    text = (ROOT / "surveys" / "consent" / "2026-1-guardian.yaml").read_text("utf-8")
    assert "not shown to you" in text
    assert "Jums tās nerādām" in text


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


def test_the_consent_of_a_room_says_that_old_backups_keep_answers() -> None:
    """privacy-and-safety, doors without a person: its consent text says so, in every language."""
    words = {"en": "old backups", "lv": "rezerves kopijām", "ru": "резервных копий", "uk": "резервних копій"}
    words["ar"] = "النسخ الاحتياطية"
    rooms = [survey for survey in load_surveys(ROOT).values() if survey.room]
    assert [survey.id for survey in rooms] == ["group-card"]
    for survey in rooms:
        body = survey.get_consent(Purpose.ANSWER).body
        assert [language for language in survey.languages if words[language] not in body[language]] == []
