"""Looking at surveys: every page of every survey can be drawn, and a preview opens only where it was made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from me_platform.services.previewing import (
    LASTS,
    START,
    Around,
    Happening,
    Preview,
    choose_language,
    choose_wave,
    go_by,
    go_to,
    is_asked,
    list_preview_pages,
    list_preview_waves,
    make_visit,
    open_preview,
    seal_preview,
    start_preview,
    tap,
)
from me_platform.survey_site.preview import SAMPLE_CODE
from me_platform.surveys import flow
from me_platform.surveys.definition import AnswerState, Survey
from me_platform.surveys.flow import Form, StepRefused
from me_platform.wording import get_direction
from tests.preview_samples import make_pages
from tests.survey_samples import load_every_survey, load_survey

NOW = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
SURVEYS = load_every_survey()
AROUND = Around("Preview", "<aside>bar</aside>", "<input name=own>", "/here", "/sound/")
KEY, ANNA, BRUNO, ALFA, BETA = b"k" * 32, UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)


def draw(preview: Preview, survey: Survey) -> str:
    pages = make_pages()
    if preview.outside:
        return pages.draw_start(preview.draft.language, AROUND)
    return pages.draw(make_visit(preview, survey), AROUND)


@pytest.mark.parametrize("name", SURVEYS)
def test_every_page_of_every_wave_is_drawn_in_every_language(name: str) -> None:
    """Issue: officers preview any survey in any language; both sides of a session are waves."""
    survey = SURVEYS[name]
    for wave in list_preview_waves(survey):
        preview = start_preview(survey, "", wave, NOW)
        for place, page in enumerate(list_preview_pages(survey, wave)):
            language = survey.languages[place % len(survey.languages)]
            shown = choose_language(go_to(preview, survey, page), survey, language)
            assert shown.page == page
            assert shown.draft.wave == wave
            text = draw(shown, survey)
            assert f'<html lang="{language}" dir="{get_direction(language)}"' in text
            assert "<aside>bar</aside>" in text
            assert (SAMPLE_CODE in text) == (page in {flow.PAUSED, flow.THANKS})
            # Nothing leads to another address than the preview's, and the script that leaves is not there.
            assert 'action="/"' not in text
            assert "sendBeacon" not in text


def test_a_question_nobody_would_come_to_is_shown_and_led_on_from() -> None:
    survey = load_survey()
    first, question, following, *rest = survey.questions
    question = replace(question, when=f"${{{first.name}}} = 'yes'")
    survey = replace(survey, questions=(first, question, following, *rest))
    preview = go_to(start_preview(survey, "lv", "", NOW), survey, f"question-{question.name}")
    assert not is_asked(preview, survey)
    assert question.prompt["lv"] in draw(preview, survey)
    for do in ("skip", "next"):
        on, happening = tap(preview, survey, Form(preview.page, do), NOW)
        assert (on.page, happening) == (f"question-{following.name}", None)
        assert is_asked(on, survey)


def test_walking_the_list_ends_at_its_ends_and_keeps_what_was_answered() -> None:
    survey = load_survey()
    preview = go_to(start_preview(survey, "en", "", NOW), survey, "question-safe_home")
    preview, _ = tap(preview, survey, Form(preview.page, "next", values=("yes",)), NOW)
    for page in list_preview_pages(survey, preview.draft.wave):
        preview = go_to(preview, survey, page)
    assert go_by(preview, survey, 1) == preview
    assert go_by(preview, survey, -99).page == START
    assert preview.draft.answers["safe_home"].state is AnswerState.ANSWERED


def test_an_alert_is_said_as_at_the_door() -> None:
    """privacy-and-safety 1.11: beforehand, before sending, and after."""
    survey = replace(load_survey(), alert="${safe_home} = 'no'")
    preview = go_to(start_preview(survey, "en", "", NOW), survey, "question-safe_home")
    assert "people on duty at the organisation are told" in draw(go_to(preview, survey, flow.ABOUT), survey)
    preview, _ = tap(preview, survey, Form(preview.page, "next", values=("no",)), NOW)
    preview = go_to(preview, survey, flow.SEND)
    assert "people on duty will see this" in draw(preview, survey)
    sent, happening = tap(preview, survey, Form(flow.SEND, "send"), NOW)
    assert (sent.page, happening, sent.draft.alerted) == (flow.THANKS, Happening.SENT, True)


def test_what_would_happen_is_said_and_seen() -> None:
    survey = load_survey()
    preview = start_preview(survey, "en", "", NOW)
    preview, _ = tap(go_to(preview, survey, "consent-answer"), survey, Form("consent-answer", "yes"), NOW)
    paused, happening = tap(preview, survey, Form(preview.page, "pause"), NOW)
    assert (paused.page, happening) == (flow.PAUSED, Happening.PAUSED)
    assert tap(paused, survey, Form(flow.PAUSED, "resume"), NOW)[0].page == preview.page
    refused, happening = tap(go_to(preview, survey, "consent-answer"), survey, Form("consent-answer", "no"), NOW)
    assert (refused.page, happening) == (flow.REFUSED, Happening.REFUSED)
    agreed = go_to(preview, survey, flow.AGREED)
    given, happening = tap(agreed, survey, Form(flow.AGREED, "give", purpose="statistics"), NOW)
    assert happening is Happening.CHANGED
    assert "Change to no" in draw(given, survey)
    assert "Change to no" not in draw(agreed, survey)
    one, happening = tap(go_to(given, survey, flow.TAKE_ONE), survey, Form(flow.TAKE_ONE, "take_one", ("1",)), NOW)
    assert happening is Happening.TAKEN_ONE
    assert "One answer is out of everything" in draw(one, survey)
    whole, happening = tap(one, survey, Form(flow.AGREED, "take_back"), NOW)
    assert happening is Happening.TAKEN_BACK
    assert "Your answers are out of everything" in draw(whole, survey)
    asked, happening = tap(go_to(whole, survey, flow.TALK), survey, Form(flow.TALK, "ask", ("After six.",)), NOW)
    assert (asked.page, happening) == (flow.ASKED, Happening.ASKED)
    ended, happening = tap(asked, survey, Form(flow.ASKED, "end"), NOW)
    assert (ended.page, happening) == (START, Happening.ENDED)
    assert tap(preview, survey, Form(preview.page, "exit"), NOW) == (
        replace(preview, outside=True),
        Happening.LEFT,
    )
    assert tap(ended, survey, Form("", "open"), NOW)[0].page == flow.LANGUAGE


def test_a_wave_or_language_a_survey_does_not_have_changes_nothing() -> None:
    survey = SURVEYS["session-pulse"]
    preview = start_preview(survey, "xx", "exit", NOW)
    assert (preview.draft.language, preview.draft.wave) == (survey.languages[0], "before")
    assert choose_wave(preview, survey, "exit") == preview == choose_language(preview, survey, "xx")
    assert choose_wave(preview, survey, "after").draft.wave == "after"
    assert go_to(preview, survey, "question-none").page == preview.page


def test_a_survey_that_staff_fill_in_shows_its_questions() -> None:
    survey = SURVEYS["caseworker-mirror"]
    preview = start_preview(survey, "lv", "", NOW)
    assert {page.partition("-")[0] for page in list_preview_pages(survey, preview.draft.wave)} == {"question"}
    assert survey.questions[0].prompt["lv"] in draw(preview, survey)


def test_a_preview_opens_for_its_account_organisation_and_survey_and_half_a_day() -> None:
    survey, random = load_survey(), Random(5)  # noqa: S311 - the same every time
    preview, _ = tap(start_preview(survey, "ar", "", NOW), survey, Form("about", "next"), NOW)
    preview = replace(preview, whole=True, single=2)
    sealed = seal_preview(KEY, preview, survey, ANNA, ALFA, random.randbytes)
    assert open_preview(KEY, sealed, survey, ANNA, ALFA, NOW) == preview
    other = SURVEYS["lotus"]
    late = NOW + LASTS
    changed = sealed[:-8] + "AAAA" + sealed[-4:]
    assert [
        open_preview(KEY, sealed, survey, BRUNO, ALFA, NOW),
        open_preview(KEY, sealed, survey, ANNA, BETA, NOW),
        open_preview(KEY, sealed, other, ANNA, ALFA, NOW),
        open_preview(b"x" * 32, sealed, survey, ANNA, ALFA, NOW),
        open_preview(KEY, sealed, survey, ANNA, ALFA, late),
        open_preview(KEY, changed, survey, ANNA, ALFA, NOW),
        open_preview(KEY, "", survey, ANNA, ALFA, NOW),
        open_preview(KEY, "\udcff", survey, ANNA, ALFA, NOW),
    ] == [None] * 8
    assert open_preview(KEY, sealed, survey, ANNA, ALFA, late - timedelta(seconds=1)) == preview
    newer = replace(survey, fingerprint="other")
    restarted = open_preview(KEY, sealed, newer, ANNA, ALFA, NOW)
    assert restarted is not None
    assert restarted.page == flow.get_first_page(newer)


DOES = ("next", "skip", "back", "clear", "yes", "no", "pause", "resume", "languages", "language", "send", "review")
MORE = (
    "change",
    "agreed",
    "talk",
    "take_one",
    "take_back",
    "give",
    "withdraw",
    "ask",
    "return",
    "end",
    "thanks",
    "exit",
)


@pytest.mark.parametrize("name", SURVEYS)
def test_whatever_is_tapped_something_can_be_shown_and_sealed(name: str) -> None:
    survey, random = SURVEYS[name], Random(name)  # noqa: S311 - the same every time
    preview = start_preview(survey, "", "", NOW)
    for _ in range(150):
        page = "" if preview.outside else preview.page
        question = random.choice(survey.questions)
        kind = page.partition("-")[0]
        if random.random() < 0.1:
            preview = go_to(preview, survey, random.choice(list_preview_pages(survey, preview.draft.wave)))
        values = [each.value for each in question.choices] or ["3"]
        form = Form(
            page,
            random.choice(DOES + MORE) if kind != "question" else random.choice(DOES[:4]),
            values=(random.choice(values),),
            language=random.choice(survey.languages),
            purpose=random.choice(["answer", "statistics", "quote", ""]),
            question=question.name,
        )
        try:
            preview, _ = tap(preview, survey, form, NOW)
        except StepRefused:
            continue
        assert "<aside>" in draw(preview, survey)
    sealed = seal_preview(KEY, preview, survey, ANNA, ALFA, random.randbytes)
    assert open_preview(KEY, sealed, survey, ANNA, ALFA, NOW) == preview
