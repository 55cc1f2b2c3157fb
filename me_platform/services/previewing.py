"""Looking at a survey as people see it, page by page: what a tap leads to is decided as for them, and nothing is done.

Nothing here knows the database or the vault. All that a preview remembers travels in its own page, sealed with a key
of the staff site, to the account, organisation and survey it was made for, and for half a day; there is no code, no
receipt and no person behind it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID, uuid5

from me_platform.errors import SealBroken
from me_platform.sealing.envelope import Place, Random, open_with_key, seal_with_key
from me_platform.services.answering import Visit
from me_platform.services.receipts import Agreement, PurposeState
from me_platform.storage.receipts import MadeRequest
from me_platform.surveys import flow
from me_platform.surveys.answers import is_alert, list_asked, list_in_wave
from me_platform.surveys.audio import Library
from me_platform.surveys.definition import FILLED_IN_BY_STAFF, Mode, Purpose, Survey
from me_platform.surveys.drafts import decode_draft, encode_draft
from me_platform.surveys.flow import Draft, Effect, Form, Step

START = "start"
"""The page on which people type their code: before a survey, and after it."""

LASTS = timedelta(hours=12)
"""Untouched for so long, a preview starts anew."""

_NO_CODE = "SAMPLE"
"""Stands in the draft where a code would; it opens nothing."""

_NAMES = UUID("5f0c6a2e-7c55-4a86-9b5e-3f8a1d0e6b47")
"""Makes ids out of the names of surveys, for the place a preview is sealed to."""


class Happening(StrEnum):
    """What a tap would have done at the survey site, where it is more than showing another page."""

    PAUSED = "paused"
    REFUSED = "refused"
    SENT = "sent"
    CHANGED = "changed"
    TAKEN_BACK = "taken_back"
    TAKEN_ONE = "taken_one"
    ASKED = "asked"
    CARD = "card"
    ENDED = "ended"
    LEFT = "left"


_HAPPENINGS: Mapping[Effect, Happening] = {
    Effect.PAUSE: Happening.PAUSED,
    Effect.REFUSE: Happening.REFUSED,
    Effect.SUBMIT: Happening.SENT,
    Effect.GIVE: Happening.CHANGED,
    Effect.WITHDRAW: Happening.CHANGED,
    Effect.TAKE_BACK: Happening.TAKEN_BACK,
    Effect.TAKE_ONE: Happening.TAKEN_ONE,
    Effect.ASK: Happening.ASKED,
    Effect.CARD: Happening.CARD,
    Effect.END: Happening.ENDED,
}


@dataclass(frozen=True)
class Preview:
    """Where somebody who looks at a survey is.

    ``outside``: the page on which a code is typed is shown, whatever the draft says. ``whole`` and ``single`` say
    whether all answers were taken back on the way, and how many single ones.
    """

    draft: Draft
    outside: bool = False
    whole: bool = False
    single: int = 0

    @property
    def page(self) -> str:
        """The page that is shown."""
        return START if self.outside else flow.get_current_page(self.draft)


def start_preview(survey: Survey, language: str, wave: str, now: datetime) -> Preview:
    """The first page of a survey, or in a language that was chosen the one after that choice.

    In a language or wave the survey does not have it is shown in its first one.
    """
    waves = list_preview_waves(survey)
    draft = Draft(
        survey=survey.id,
        fingerprint=survey.fingerprint,
        wave=wave if wave in waves else waves[0],
        door=b"",
        language=language if language in survey.languages else survey.languages[0],
        page="",
        submission_key=b"",
        receipt_code=_NO_CODE,
        seen=now,
        mode=Mode.SELF,
    )
    first = Preview(replace(draft, page=_get_first_page(survey, draft.wave)))
    return go_by(first, survey, 1) if first.page == flow.LANGUAGE and language in survey.languages else first


def _get_first_page(survey: Survey, wave: str) -> str:
    return next(page for page in list_preview_pages(survey, wave) if page != START)


def list_preview_waves(survey: Survey) -> tuple[str, ...]:
    """The waves somebody can look at, as the survey's file calls them; one without a name where there are none."""
    return tuple(wave.name for wave in survey.waves) or ("",)


def list_preview_pages(survey: Survey, wave: str) -> tuple[str, ...]:
    """Every page people may come to in a wave, in order, whatever they answer.

    Of a survey that staff fill in these are its questions: nobody is given a code for it.
    """
    questions = tuple(flow.make_question_page(question) for question in list_in_wave(survey, wave))
    if survey.respondent in FILLED_IN_BY_STAFF:
        return questions
    before = (*dict.fromkeys((flow.get_first_page(survey), flow.ABOUT)), *_list_consents(survey))
    card = (flow.CARD,) if Purpose.LINK in survey.purposes else ()
    sent = (flow.THANKS, flow.AGREED, *card, flow.TAKE_ONE, flow.TALK, flow.ASKED)
    return (START, *before, *questions, flow.SEND, flow.REVIEW, flow.PAUSED, *sent, flow.REFUSED, flow.CLOSED)


def _list_consents(survey: Survey) -> tuple[str, ...]:
    return tuple(flow.make_consent_page(purpose) for purpose in flow.list_purposes(survey))


def go_to(preview: Preview, survey: Survey, page: str) -> Preview:
    """Another page of the list, with all that was answered; the first one where there is none of that name."""
    pages = list_preview_pages(survey, preview.draft.wave)
    page = page if page in pages else _get_first_page(survey, preview.draft.wave)
    draft = replace(preview.draft, paused=False, reviewing=False, sent=b"", alerted=False)
    if page == START:
        return replace(preview, outside=True)
    if page == flow.PAUSED:
        at = draft.page if draft.page in pages and draft.page not in flow.DONE_PAGES else flow.SEND
        return replace(preview, outside=False, draft=replace(draft, page=at, paused=True))
    if page in _AFTER_SENDING:
        draft = _send(draft, survey)
    return replace(preview, outside=False, draft=replace(draft, page=page))


_AFTER_SENDING = flow.DONE_PAGES - {flow.REFUSED, flow.CLOSED}


def go_by(preview: Preview, survey: Survey, pages: int) -> Preview:
    """So many pages on in the list, or back; at its ends it ends."""
    known = list_preview_pages(survey, preview.draft.wave)
    # The page that asks for another language leads back to where it was opened.
    here = known.index(preview.page) if preview.page in known else 0
    return go_to(preview, survey, known[min(max(here + pages, 0), len(known) - 1)])


def choose_wave(preview: Preview, survey: Survey, wave: str) -> Preview:
    """The same page in another wave, or the first one where that wave does not have it."""
    if wave not in list_preview_waves(survey):
        return preview
    return go_to(replace(preview, draft=replace(preview.draft, wave=wave)), survey, preview.page)


def choose_language(preview: Preview, survey: Survey, language: str) -> Preview:
    """The same page in another language of the survey."""
    if language not in survey.languages:
        return preview
    return replace(preview, draft=replace(preview.draft, language=language))


def tap(preview: Preview, survey: Survey, form: Form, now: datetime) -> tuple[Preview, Happening | None]:
    """What a form of the page leads to, and what it would have done. Raises StepRefused as the survey site does."""
    if form.do == "exit":
        return replace(preview, outside=True), Happening.LEFT
    if preview.outside:
        return go_by(preview, survey, 1), None
    draft = replace(preview.draft, seen=now)
    step = flow.take_step(draft, _ask_anyway(survey, draft), form)
    return _follow(preview, survey, step), _HAPPENINGS.get(step.effect)


def _follow(preview: Preview, survey: Survey, step: Step) -> Preview:
    moved = replace(preview, draft=step.draft)
    match step.effect:
        case Effect.SUBMIT:
            moved = replace(moved, draft=_send(step.draft, survey), whole=False, single=0)
        case Effect.GIVE | Effect.WITHDRAW if step.purpose is not None:
            consents = {**step.draft.consents, step.purpose: step.effect is Effect.GIVE}
            moved = replace(moved, draft=replace(step.draft, consents=consents))
        case Effect.REFUSE:
            # What was answered before stays, to go on looking with.
            moved = replace(moved, draft=replace(step.draft, answers=preview.draft.answers))
        case Effect.TAKE_BACK:
            moved = replace(moved, whole=True)
        case Effect.TAKE_ONE:
            moved = replace(moved, single=preview.single + 1)
        case Effect.END:
            moved = replace(moved, outside=True)
    return moved


def _send(draft: Draft, survey: Survey) -> Draft:
    alerted = is_alert(survey, draft.answers, draft.wave, draft.day)
    linked = draft.consents.get(Purpose.LINK, False)
    sent = replace(draft, page=flow.THANKS, sent=_NO_CODE.encode(), alerted=alerted, linked=linked)
    return replace(sent, reviewing=False)


def is_asked(preview: Preview, survey: Survey) -> bool:
    """Whether people who answered so would come to this page; only a question's `when` can say no."""
    draft = preview.draft
    question = flow.find_question(draft, survey)
    return preview.outside or question is None or question in list_asked(survey, draft.answers, draft.wave, draft.day)


def _ask_anyway(survey: Survey, draft: Draft) -> Survey:
    """The survey in which the question at hand is asked, whatever its `when` says."""
    question = flow.find_question(draft, survey)
    if question is None or not question.when:
        return survey
    questions = tuple(replace(each, when="") if each is question else each for each in survey.questions)
    return replace(survey, questions=questions)


def make_visit(preview: Preview, survey: Survey) -> Visit:
    """What draws the page at hand."""
    draft = preview.draft
    day = draft.day
    agreement = Agreement(
        answered=day,
        states=tuple(
            PurposeState(survey.get_consent(purpose), draft.consents.get(purpose, False), _find_day(draft, purpose))
            for purpose in flow.list_purposes(survey)
        ),
        whole=MadeRequest(day, None, whole=True) if preview.whole else None,
        single=tuple(MadeRequest(day, None, whole=False) for _ in range(preview.single)),
        takeable=True,
    )
    return Visit(_ask_anyway(survey, draft), draft, seal="", agreement=agreement, card=_NO_CODE, reachable=True)


def _find_day(draft: Draft, purpose: Purpose) -> date | None:
    return draft.day if purpose in draft.consents else None


# -- between two taps -----------------------------------------------------------------------------------------------


def seal_preview(key: bytes, preview: Preview, survey: Survey, account: UUID, partner: UUID, random: Random) -> str:
    """The preview as a text for a hidden field, which nobody else reads or changes."""
    content = {
        "draft": encode_draft(preview.draft, survey).decode(),
        "outside": preview.outside,
        "whole": preview.whole,
        "single": preview.single,
    }
    place = _make_place(survey.id, account, partner)
    sealed = seal_with_key(key, json.dumps(content, ensure_ascii=False).encode(), place, random)
    return base64.urlsafe_b64encode(sealed).decode()


def open_preview(
    key: bytes, sealed: str, survey: Survey, account: UUID, partner: UUID, now: datetime
) -> Preview | None:
    """The preview; None for one that was changed, is not this account's or this survey's, or has lain too long.

    Where the survey was changed meanwhile it starts anew.
    """
    try:
        opened = open_with_key(key, base64.urlsafe_b64decode(sealed.encode()), _make_place(survey.id, account, partner))
    except (SealBroken, ValueError):
        return None
    content = json.loads(opened)
    draft = decode_draft(content["draft"].encode(), {survey.id: survey})
    if draft is None or now - draft.seen >= LASTS:
        return None
    return Preview(draft, content["outside"], content["whole"], content["single"])


def _make_place(survey: str, account: UUID, partner: UUID) -> Place:
    return Place("preview", uuid5(account, str(uuid5(_NAMES, survey))), partner)


# -- what draws the pages -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Around:
    """What stands around a page that is previewed, as HTML, and where its forms and sounds lead.

    ``title`` is the browser's. ``bar`` says above it that it is a preview; ``fields`` are the hidden fields each of
    its forms sends.
    """

    title: str
    bar: str
    fields: str
    address: str
    sounds: str


class SurveyPages(Protocol):
    """What draws the pages of the survey site for somebody who looks and does not answer; the two sites never meet."""

    @property
    def policy(self) -> str:
        """The Content-Security-Policy of these pages."""

    @property
    def library(self) -> Library:
        """What can be listened to."""

    @property
    def exit_url(self) -> str:
        """Where the quick exit leads."""

    def count_missing(self, language: str) -> int:
        """How many texts of the screens a language has no words for; while there is one, nobody is offered it."""

    def draw(self, visit: Visit, around: Around) -> str:
        """The page of a visit."""

    def draw_start(self, language: str, around: Around) -> str:
        """The page on which a code is typed."""

    def draw_refusal(self, language: str, problem: str, around: Around) -> str:
        """What comes back instead where a page's form is refused (``StepRefused.problem``)."""
