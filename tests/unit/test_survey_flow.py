"""The order of pages and what each tap leads to (privacy-and-safety 1.2, 1.6, 1.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.surveys.definition import (
    Answer,
    AnswerState,
    Choice,
    ConsentText,
    Mode,
    Purpose,
    Question,
    Survey,
    Text,
)
from me_platform.surveys.drafts import compute_draft_capacity, decode_draft, encode_draft
from me_platform.surveys.flow import HELPERS, Draft, Effect, Form, Step, StepRefused, list_pages, restart, take_step

SEEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def say(word: str) -> Text:
    return {"en": word, "lv": word}


STATES = (
    Choice("dont_know", say("I do not know"), AnswerState.DONT_KNOW),
    Choice("declined", say("I do not want to say"), AnswerState.DECLINED),
)
SURVEY = Survey(
    id="small",
    version="1",
    title=say("Small"),
    languages=("en", "lv"),
    respondent="survivor",
    note=say(""),
    questions=(
        Question(
            "useful", "single_choice", say("?"), choices=(Choice("yes", say("Yes")), Choice("no", say("No")), *STATES)
        ),
        Question("goal", "text", say("?"), choices=STATES, max_length=80),
        Question("near", "scale", say("?"), choices=STATES, when="${goal} != ''"),
    ),
    waves=(),
    repeat_every=0,
    purposes=(Purpose.STATISTICS, Purpose.ANSWER, Purpose.QUOTE),
    consent=tuple(ConsentText(p, "1", say("?"), say("?"), "0" * 64) for p in Purpose),
    fingerprint="f" * 64,
)
START = Draft(
    survey="small",
    fingerprint=SURVEY.fingerprint,
    wave="baseline",
    door=bytes(32),
    language="en",
    page="language",
    submission_key=bytes(16),
    receipt_code="0123456789ABCDEF",
    seen=SEEN,
)
YES = Answer(AnswerState.ANSWERED, "yes")


def at(page: str, **changes: object) -> Draft:
    return replace(START, page=page, **changes)  # type: ignore[arg-type]


def tap(draft: Draft, do: str, **fields: object) -> Step:
    page = "paused" if draft.paused else draft.page
    return take_step(draft, SURVEY, Form(page, do, **fields))  # type: ignore[arg-type]


def walk(taps: list[Mapping[str, object]], draft: Draft = START) -> Draft:
    for fields in taps:
        draft = tap(draft, **fields).draft  # type: ignore[arg-type]
    return draft


def test_the_pages_are_language_explanation_each_purpose_each_question_and_sending() -> None:
    """Issue: code, language, what this is, consent per purpose, one question a page, send; `answer` asked first."""
    assert list_pages(SURVEY, {}) == (
        "language",
        "about",
        "consent-answer",
        "consent-statistics",
        "consent-quote",
        "question-useful",
        "question-goal",
        "send",
    )


def test_a_survey_in_one_language_does_not_ask_which() -> None:
    assert list_pages(replace(SURVEY, languages=("lv",)), {})[0] == "about"


def test_a_whole_journey_ends_at_sending_with_every_answer() -> None:
    draft = walk(
        [
            {"do": "language", "language": "lv"},
            {"do": "next"},
            {"do": "yes"},
            {"do": "no"},
            {"do": "yes"},
            {"do": "next", "values": ("yes",)},
            {"do": "next", "values": ("A home",)},
            {"do": "next", "values": ("7",)},
        ]
    )
    assert draft.language == "lv"
    assert draft.page == "send"
    assert draft.consents == {Purpose.ANSWER: True, Purpose.STATISTICS: False, Purpose.QUOTE: True}
    assert draft.answers == {
        "useful": YES,
        "goal": Answer(AnswerState.ANSWERED, "A home"),
        "near": Answer(AnswerState.ANSWERED, 7),
    }
    assert tap(draft, "send").effect is Effect.SUBMIT


@pytest.mark.parametrize(
    ("page", "fields", "becomes"),
    [
        ("language", {"do": "language", "language": "lv"}, "about"),
        ("about", {"do": "next"}, "consent-answer"),
        ("about", {"do": "back"}, "language"),
        ("consent-answer", {"do": "yes"}, "consent-statistics"),
        ("consent-statistics", {"do": "no"}, "consent-quote"),
        ("consent-statistics", {"do": "back"}, "consent-answer"),
        ("question-useful", {"do": "next"}, "question-goal"),
        ("question-useful", {"do": "skip"}, "question-goal"),
        ("question-useful", {"do": "clear"}, "question-useful"),
        ("question-useful", {"do": "back"}, "consent-quote"),
        ("question-goal", {"do": "skip"}, "send"),
        ("question-goal", {"do": "next", "values": ("x",)}, "question-near"),
        ("send", {"do": "back"}, "question-goal"),
        ("about", {"do": "helper"}, "helper-about"),
        ("helper-about", {"do": "helped", "values": ("phone",)}, "about"),
        ("helper-about", {"do": "back"}, "about"),
        ("helper-about", {"do": "languages"}, "language-helper-about"),
        ("language-helper-about", {"do": "language", "language": "lv"}, "helper-about"),
        ("send", {"do": "helper"}, "helper-send"),
        ("helper-send", {"do": "helped", "values": ("self",)}, "send"),
        ("thanks", {"do": "agreed"}, "agreed"),
        ("agreed", {"do": "thanks"}, "thanks"),
    ],
)
def test_each_tap_leads_to_one_page(page: str, fields: dict[str, object], becomes: str) -> None:
    step = tap(at(page), **fields)  # type: ignore[arg-type]
    assert (step.effect, step.draft.page) == (Effect.SAVE, becomes)


@pytest.mark.parametrize("mode", HELPERS)
def test_who_helps_is_kept_and_who_answers_alone_needs_no_tap(mode: Mode) -> None:
    """privacy-and-safety 1.12."""
    assert START.mode is Mode.SELF
    assert tap(at("helper-send"), "helped", values=(mode.value,)).draft == at("send", mode=mode)


@pytest.mark.parametrize("page", [*list_pages(SURVEY, {"goal": YES}), "helper-about", "helper-send"])
def test_every_page_before_sending_can_be_paused_and_taken_up_again(page: str) -> None:
    """privacy-and-safety 1.2: "Pause" on every page."""
    paused = tap(at(page), "pause")
    assert (paused.effect, paused.draft.paused, paused.draft.page) == (Effect.PAUSE, True, page)
    assert tap(paused.draft, "resume").draft == at(page)


@pytest.mark.parametrize(
    "page", ["language", "about", "consent-quote", "question-useful", "send", "thanks", "paused", ""]
)
@pytest.mark.parametrize("do", ["next", "yes", "no", "send", "skip", "language", "nonsense"])
def test_an_answer_to_another_page_changes_nothing(page: str, do: str) -> None:
    """privacy-and-safety 1.2: a second tab or Back changes nothing and shows the current page."""
    draft = at("question-goal")
    assert take_step(draft, SURVEY, Form(page, do, ("x",), language="lv")) == Step(Effect.NOTHING, draft)


@pytest.mark.parametrize("state", ["dont_know", "declined"])
def test_not_knowing_and_not_wanting_to_say_are_answers(state: str) -> None:
    """privacy-and-safety 1.8: answers of equal weight."""
    chosen = tap(at("question-useful"), "next", values=(state,)).draft
    assert chosen.answers["useful"].state.value == state
    written = tap(at("question-goal"), "next", values=("words",), state=state).draft
    assert written.answers["goal"] == Answer(AnswerState(state))


@pytest.mark.parametrize("do", ["skip", "clear"])
def test_an_answer_can_be_unanswered(do: str) -> None:
    """privacy-and-safety 1.8: an answer can be un-answered."""
    assert tap(at("question-useful", answers={"useful": YES}), do).draft.answers == {}


def test_going_on_with_nothing_chosen_takes_the_answer_away() -> None:
    """privacy-and-safety 1.8: nothing is required, so what the page shows is what counts."""
    assert tap(at("question-useful", answers={"useful": YES}), "next").draft.answers == {}


@pytest.mark.parametrize("do", ["back", "pause"])
def test_what_was_written_is_kept_when_going_back_or_pausing(do: str) -> None:
    assert tap(at("question-goal"), do, values=("A home",)).draft.answers["goal"].value == "A home"
    assert tap(at("question-goal"), do, values=("x" * 81,)).draft.answers == {}


def test_refusing_to_answer_stores_nothing_but_the_refusal() -> None:
    """privacy-and-safety part 2: without `answer` nothing is stored but the refusal."""
    draft = at("consent-answer", consents={Purpose.STATISTICS: True}, answers={"useful": YES})
    step = tap(draft, "no")
    assert step.effect is Effect.REFUSE
    assert (step.draft.page, step.draft.answers) == ("refused", {})
    assert step.draft.consents == {Purpose.ANSWER: False}


@pytest.mark.parametrize(
    ("page", "fields", "problem"),
    [
        ("language", {"do": "language", "language": "xx"}, "not_a_choice"),
        ("about", {"do": "yes"}, "not_an_action"),
        ("question-useful", {"do": "next", "values": ("maybe",)}, "not_a_choice"),
        ("question-useful", {"do": "next", "values": ("yes", "no")}, "several"),
        ("question-goal", {"do": "next", "values": ("x" * 81,)}, "too_long"),
        ("question-goal", {"do": "next", "state": "yes"}, "not_a_choice"),
        ("question-near", {"do": "next", "values": ("11",)}, "out_of_range"),
        ("question-near", {"do": "next", "values": ("ten",)}, "not_a_number"),
        ("helper-send", {"do": "helped", "values": ("paper",)}, "not_a_choice"),
        ("helper-send", {"do": "helped"}, "not_a_choice"),
        ("thanks", {"do": "send"}, "not_an_action"),
        ("agreed", {"do": "give", "purpose": "answer"}, "not_a_choice"),
        ("agreed", {"do": "give", "purpose": "recontact"}, "not_a_choice"),
    ],
)
def test_what_no_page_sends_is_refused(page: str, fields: dict[str, object], problem: str) -> None:
    """Issue, bad input: answers outside the list, unknown actions."""
    with pytest.raises(StepRefused) as refused:
        tap(at(page, language="lv", answers={"goal": YES}), **fields)  # type: ignore[arg-type]
    assert (refused.value.problem, refused.value.language) == (problem, "lv")


def test_a_survey_that_changed_meanwhile_starts_anew() -> None:
    changed = replace(SURVEY, languages=("lv",), fingerprint="e" * 64)
    draft = at("question-near", answers={"useful": YES}, consents={Purpose.ANSWER: True})
    read = decode_draft(encode_draft(draft, SURVEY), {"small": changed})
    assert read is not None
    assert (read.page, read.language, read.answers, read.consents) == ("about", "lv", {}, {})
    assert read == restart(replace(draft, fingerprint="e" * 64), changed)
    assert decode_draft(encode_draft(draft, SURVEY), {}) is None


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80).filter(
    lambda text: text == text.strip()
)


@given(TEXTS, st.sampled_from(["yes", "no", "dont_know", ""]), st.integers(0, 10))
def test_every_draft_reads_back_and_fits_its_capacity(text: str, choice: str, near: int) -> None:
    """architecture, sealed records: a fixed capacity, so that the length tells nothing."""
    draft = at("question-useful")
    for values in ((choice,), (text,), (str(near),)):
        draft = tap(draft, "next", values=values).draft
    full = replace(draft, page="question-useful", consents=dict.fromkeys(Purpose, False), sent=bytes(32))
    encoded = encode_draft(full, SURVEY)
    assert decode_draft(encoded, {"small": SURVEY}) == full
    assert len(encoded) <= compute_draft_capacity(SURVEY)


ENDING = replace(
    SURVEY,
    questions=(
        *SURVEY.questions,
        Question("found", "single_choice", say("?"), choices=SURVEY.questions[0].choices, waves=("exit",)),
    ),
)


@pytest.mark.parametrize(
    ("wave", "following"), [("baseline", "send"), ("followup-3", "send"), ("exit", "question-found")]
)
def test_a_question_of_one_wave_has_a_page_in_that_wave_only(wave: str, following: str) -> None:
    draft = at("question-goal", wave=wave)
    step = take_step(draft, ENDING, Form("question-goal", "skip"))
    assert step.draft.page == following
    assert list_pages(ENDING, {}, wave)[-2:] == ("question-found" if wave == "exit" else "question-goal", "send")
