"""Answers are cleaned, completed by the survey's logic, written in a form of bounded length and read back whole."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.surveys.answers import (
    LONGEST_WAVE,
    Response,
    ResponseUnreadable,
    compute_capacity,
    decode_response,
    encode_response,
    list_asked,
    make_response,
)
from me_platform.surveys.definition import Answer, AnswerState, Choice, Mode, Question, Survey
from me_platform.surveys.question_types import NOT_ASKED, SKIPPED, check_answer
from me_platform.surveys.text import make_text
from me_platform.surveys.versions import compute_survey_fingerprint

STATES = (Choice("dont_know", {}, AnswerState.DONT_KNOW), Choice("declined", {}, AnswerState.DECLINED))
QUESTIONS = (
    Question("hello", "note", {"en": "Hello"}),
    Question("useful", "single_choice", {"en": "?"}, choices=(Choice("no", {}), Choice("yes", {}), *STATES)),
    Question("why", "text", {"en": "?"}, choices=STATES, max_length=20, when="${useful} = 'no'"),
    Question("near", "scale", {"en": "?"}, choices=STATES),
    Question("more", "number", {"en": "?"}, choices=STATES, low=0, high=999, when="${near} > 5 or ${why} = 'declined'"),
)


def make_survey(questions: tuple[Question, ...] = QUESTIONS, survey_id: str = "check") -> Survey:
    return Survey(
        id=survey_id,
        version="2026-1",
        title={},
        languages=("en", "lv"),
        respondent="survivor",
        note={},
        questions=questions,
        waves=(),
        repeat_every=0,
        purposes=(),
        consent=(),
        fingerprint=compute_survey_fingerprint(survey_id, ("en", "lv"), questions),
    )


SURVEY = make_survey()
FORMS = st.fixed_dictionaries(
    {},
    optional={
        "useful": st.sampled_from(["no", "yes", "dont_know", "declined"]),
        "why": st.text(max_size=30),
        "near": st.integers(-1, 11).map(str) | st.just("dont_know"),
        "more": st.integers(0, 1000).map(str),
    },
)


def check_form(form: Mapping[str, str]) -> dict[str, Answer]:
    checked = {name: check_answer(SURVEY.get_question(name), [raw]) for name, raw in form.items()}
    return {name: answer for name, answer in checked.items() if isinstance(answer, Answer)}


def answered(value: str | int) -> Answer:
    return Answer(AnswerState.ANSWERED, value)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  a b  ", "a b"),
        ("a\r\nb\rc\u2028d\u0085e", "a\nb\nc\nd\ne"),
        ("a\tb", "a b"),
        ("a\x00b\x1bc\x7fd\x9fe", "abcde"),
        ("a\u202eb\u2066c\u2069d", "abcd"),
        ("\ufeffa\ufffe\ufdd0\U0001ffff", "a"),
        ("a\ud800b", "ab"),
        ("e\u0301", "é"),
        ("a\u200eb", "a\u200eb"),
        ("سلام", "سلام"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("\u200b", "\u200b"),
        (" \n\t ", ""),
    ],
)
def test_what_is_typed_is_cleaned_of_what_nobody_sees(raw: str, text: str) -> None:
    assert make_text(raw) == text


@given(st.text())
def test_cleaning_twice_changes_nothing_and_leaves_no_control_character(raw: str) -> None:
    text = make_text(raw)
    assert make_text(text) == text
    assert unicodedata.is_normalized("NFC", text)
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} and c != "\n" for c in text)
    text.encode()


@given(st.text(alphabet=st.characters(categories=("Cs", "Cc", "Cf", "Mn", "Lo", "Zs")), max_size=20))
def test_cleaning_holds_for_the_oddest_characters(raw: str) -> None:
    assert make_text(make_text(raw)) == make_text(raw)
    make_text(raw).encode()


def test_a_condition_decides_which_questions_are_asked() -> None:
    def names(answers: Mapping[str, Answer]) -> list[str]:
        return [question.name for question in list_asked(SURVEY, answers)]

    assert names({}) == ["hello", "useful", "near"]
    assert names({"useful": answered("no")}) == ["hello", "useful", "why", "near"]
    assert names({"near": answered(6)}) == ["hello", "useful", "near", "more"]
    assert names({"near": answered(5)}) == ["hello", "useful", "near"]
    declined = {"useful": answered("no"), "why": Answer(AnswerState.DECLINED)}
    assert names(declined) == ["hello", "useful", "why", "near", "more"]


def test_an_answer_to_a_question_no_longer_asked_is_dropped() -> None:
    """A text typed before an earlier answer was changed is neither stored nor used by later conditions."""
    answers = {"useful": answered("yes"), "why": Answer(AnswerState.DECLINED)}
    response = make_response(SURVEY, "baseline", "lv", Mode.SELF, answers)
    assert response.answers == {"useful": answered("yes"), "why": NOT_ASKED, "near": SKIPPED, "more": NOT_ASKED}


@given(form=FORMS, mode=st.sampled_from(Mode), locale=st.sampled_from(SURVEY.languages))
def test_a_response_survives_encoding(form: Mapping[str, str], mode: Mode, locale: str) -> None:
    response = make_response(SURVEY, "followup-1", locale, mode, check_form(form))
    data = encode_response(response, SURVEY)
    assert decode_response(data, SURVEY) == response
    assert len(data) <= compute_capacity(SURVEY)
    assert list(json.loads(data)["answers"]) == ["useful", "why", "near", "more"]


def test_the_capacity_holds_the_longest_response_and_hardly_more() -> None:
    """privacy-and-safety 1.2, part 2: sealed at one size, a record's length tells nothing."""
    longest = {"useful": answered("no"), "why": answered("\U0001f642" * 20), "near": Answer(AnswerState.DECLINED)}
    response = make_response(SURVEY, LONGEST_WAVE, "lv", Mode.CULTURAL_MEDIATOR, longest)
    size = len(encode_response(response, SURVEY))
    assert size <= compute_capacity(SURVEY) < size + 64


def test_a_state_is_told_apart_from_a_skip_and_from_not_asked() -> None:
    """rules-of-numbers R3: the closed list of answer states."""
    response = make_response(SURVEY, "", "en", Mode.PHONE, {"useful": Answer(AnswerState.DECLINED)})
    content = json.loads(encode_response(response, SURVEY))
    assert content["answers"] == {
        "useful": ["declined", None],
        "why": ["not_asked", None],
        "near": ["skipped", None],
        "more": ["not_asked", None],
    }
    assert content["mode"] == "phone"
    assert content["fingerprint"] == SURVEY.fingerprint


def test_answers_do_not_show_when_a_response_is_printed() -> None:
    response = make_response(SURVEY, "", "en", Mode.SELF, {"useful": answered("no"), "why": answered("secret")})
    assert "secret" not in repr(response)


@pytest.mark.parametrize(
    "change",
    [
        {"survey": "other"},
        {"fingerprint": "0" * 64},
        {"locale": "fr"},
        {"wave": "w" * 14},
        {"answers": {}},
        {
            "answers": {
                "useful": Answer(AnswerState.ANSWERED, "maybe"),
                "why": SKIPPED,
                "near": SKIPPED,
                "more": SKIPPED,
            }
        },
    ],
)
def test_a_response_that_does_not_belong_to_the_survey_is_never_written(change: Mapping[str, object]) -> None:
    response = make_response(SURVEY, "baseline", "en", Mode.SELF, {})
    with pytest.raises(ValueError, match=r".+"):
        encode_response(Response(**{**vars(response), **change}), SURVEY)


def test_a_response_of_an_earlier_version_is_read_as_it_was_asked() -> None:
    old = make_survey((Question("gone", "text", {"en": "?"}, choices=STATES), *QUESTIONS[1:2]))
    response = make_response(old, "baseline", "en", Mode.SELF, {"gone": answered("words"), "useful": SKIPPED})
    read = decode_response(encode_response(response, old), SURVEY)
    assert read == response
    assert read.fingerprint != SURVEY.fingerprint


FRAME = b'{"survey":"check","version":"1","fingerprint":"x","wave":"","locale":"en","mode":"self","answers":%b}'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b'{"survey":"check"}',
        (FRAME % b"{}").replace(b"check", b"other"),
        (FRAME % b"{}").replace(b"self", b"fax"),
        FRAME % b"[]",
        FRAME % b'{"a":"answered"}',
        FRAME % b'{"a":["unheard",null]}',
        FRAME % b'{"a":["answered",null]}',
        FRAME % b'{"a":["answered",true]}',
        FRAME % b'{"a":["answered",{"b":1}]}',
        FRAME % b'{"a":["declined","word"]}',
    ],
)
def test_what_is_no_response_is_refused_without_telling_its_content(data: bytes) -> None:
    with pytest.raises(
        ResponseUnreadable, match="does not have the form of a response to the survey 'check'"
    ) as caught:
        decode_response(data, SURVEY)
    assert caught.value.__suppress_context__


def test_the_same_version_with_an_impossible_answer_is_refused() -> None:
    data = encode_response(make_response(SURVEY, "", "en", Mode.SELF, {"useful": answered("no")}), SURVEY)
    for broken in (data.replace(b'"no"', b'"maybe"'), data.replace(b'"useful"', b'"gone"')):
        with pytest.raises(ResponseUnreadable):
            decode_response(broken, SURVEY)


def test_the_fingerprint_follows_what_is_asked_and_nothing_else() -> None:
    """R23, R28: a change of words cannot hide behind an unchanged version."""
    asked = make_survey().fingerprint
    assert make_survey().fingerprint == asked

    def change(**changes: object) -> str:
        first = Question(**{**vars(QUESTIONS[1]), **changes})
        return make_survey((QUESTIONS[0], first, *QUESTIONS[2:])).fingerprint

    assert change(about="organisation") == asked
    assert change(positive=frozenset({"yes"})) == asked
    others = [
        change(prompt={"en": "!"}),
        change(hint={"en": "x"}),
        change(choices=QUESTIONS[1].choices[::-1]),
        change(choices=(Choice("no", {"en": "Never"}), *QUESTIONS[1].choices[1:])),
        change(when="${hello} = ''"),
        change(kind="text"),
        change(max_length=7),
        change(ends=({"en": "a"}, {"en": "b"})),
        make_survey(QUESTIONS[::-1]).fingerprint,
        make_survey(survey_id="other").fingerprint,
    ]
    assert len({asked, *others}) == len(others) + 1


WAVES = ("baseline", "followup-1", "followup-20", "exit", "")
ONE_WAVE = make_survey(
    (
        *QUESTIONS,
        Question("last", "single_choice", {"en": "?"}, choices=QUESTIONS[1].choices, waves=("exit",)),
        Question("since", "text", {"en": "?"}, choices=STATES, max_length=30, waves=("followup", "exit")),
        Question("after_last", "scale", {"en": "?"}, choices=STATES, when="${last} = 'no'"),
    )
)


@pytest.mark.parametrize(
    ("wave", "asked"),
    [
        ("baseline", []),
        ("", []),
        ("followup-1", ["since"]),
        ("followup-20", ["since"]),
        ("exit", ["last", "since", "after_last"]),
    ],
)
def test_a_question_of_one_wave_is_not_asked_in_the_others(wave: str, asked: list[str]) -> None:
    """R3: not asked is a state of its own; what hangs on a question that is not asked is not asked either."""
    given_before = {"last": answered("no"), "since": answered("A word"), "after_last": answered(3)}
    names = [question.name for question in list_asked(ONE_WAVE, given_before, wave)]
    assert names == ["hello", "useful", "near", *asked]
    response = make_response(ONE_WAVE, wave, "lv", Mode.PAPER, given_before)
    for name, answer in given_before.items():
        assert response.answers[name] == (answer if name in asked else NOT_ASKED)
    assert decode_response(encode_response(response, ONE_WAVE), ONE_WAVE) == response


@given(wave=st.sampled_from(WAVES), mode=st.sampled_from(Mode), since=st.text(max_size=30))
def test_every_wave_and_mode_fits_the_one_size_of_a_version(wave: str, mode: Mode, since: str) -> None:
    """architecture, sealed records: the length of a record tells neither wave nor mode nor answers."""
    answer = check_answer(ONE_WAVE.get_question("since"), [since])
    answers = {"last": answered("no"), **({"since": answer} if isinstance(answer, Answer) else {})}
    response = make_response(ONE_WAVE, wave, "en", mode, answers)
    assert len(encode_response(response, ONE_WAVE)) <= compute_capacity(ONE_WAVE)
