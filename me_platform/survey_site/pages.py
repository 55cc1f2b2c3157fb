"""Pages from visits: which template shows a page, and what the template gets. Nothing here decides or stores."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from typing import Any, cast

from flask import render_template, session
from markupsafe import Markup

from me_platform.duty_hours import WORKING_DAYS, DutyHours
from me_platform.services.answering import Visit
from me_platform.services.codes import format_code
from me_platform.survey_site.contacts import Contacts
from me_platform.survey_site.packing import Page
from me_platform.survey_site.telling import tell_answer, tell_in, tell_words
from me_platform.survey_site.visitor import Visitor
from me_platform.surveys import flow
from me_platform.surveys.answers import find_doubt, is_alert, list_asked
from me_platform.surveys.audio import Library
from me_platform.surveys.definition import Answer, AnswerState, Question
from me_platform.surveys.piping import find_piped
from me_platform.surveys.taking_back import list_takeable
from me_platform.wording import (
    Wording,
    format_date_answer,
    format_day,
    format_duty_hours,
    get_direction,
    get_own_name,
    list_months,
)

TITLE = "Start"
"""The one title of every page, in every language: it tells nothing (privacy-and-safety 1.3)."""

SOUNDS = "/a/"
"""Below it lies what can be listened to."""


def _load_asset(name: str) -> str:
    """A stylesheet or script of the site, without what only its readers need: indentation, line ends, spaces."""
    text = (files(__package__) / name).read_text(encoding="utf-8")
    if not name.endswith(".css"):
        return re.sub(r"(?<=[;{}])\n\s*", "", text).strip()
    return re.sub(r"\s*\n\s*|(?<=[:,]) |(?<=[+>]) | (?=[+>])| (?={)|;(?=\s*})|(?<![0-9])0(?=\.)", "", text)


STYLE, SCRIPT = _load_asset("style.css"), _load_asset("exit.js")
LISTEN_STYLE, LISTEN_SCRIPT = _load_asset("listen.css"), _load_asset("listen.js")
"""What goes with the pages that have something to listen to, and with no others."""


def compute_source(text: str) -> str:
    """What a Content-Security-Policy calls an inline stylesheet or script: the hash of exactly this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_MOST_KEPT = 2000
"""Pages one process keeps, some 7 kB each."""


@dataclass(frozen=True)
class Screen:
    """What every page of an instance shows."""

    wording: Wording
    contacts: Contacts | None
    exit_url: str
    sample: bool
    duty_hours: DutyHours = WORKING_DAYS
    library: Library = field(default_factory=Library)
    _kept: dict[tuple[object, ...], Page] = field(default_factory=dict, repr=False)

    def choose_language(self, languages: list[str]) -> str:
        """The first of a browser's languages the screens exist in."""
        known = self.wording.languages
        return next((language for language in languages if language in known), known[0])

    def render(self, template: str, language: str, **values: object) -> str:
        """A page in a language."""
        return render_template(template, **self.make_values(language, _get_token()), **values)

    def make_values(self, language: str, token: str) -> dict[str, object]:
        """What every template gets; ``token`` is what the forms of one browser carry."""
        return {
            "_": self.wording.make_translate(language),
            "address": "/",
            "contacts": self.contacts,
            "day": partial(format_day, language=language),
            "direction": get_direction(language),
            "exit_url": self.exit_url,
            "fields": Markup('<input type="hidden" name="csrf_token" value="{}">').format(token),
            "hours": partial(format_duty_hours, self.duty_hours, language),
            "language": language,
            "sample": self.sample,
            # Our own files, as they are: escaped, they would not have the hash the policy names.
            "script": Markup(SCRIPT),  # noqa: S704
            "style": Markup(STYLE),  # noqa: S704
            "listen_script": Markup(LISTEN_SCRIPT),  # noqa: S704
            "listen_style": Markup(LISTEN_STYLE),  # noqa: S704
            "sounds": SOUNDS,
            "title": TITLE,
            "words": partial(tell_in, language=language),
        }

    def render_kept(self, key: tuple[object, ...], template: str, language: str, **values: object) -> Page:
        """A page that is the same for everybody who stands there, but for the token; rendered once in a process.

        ``key`` tells all that makes such a page another one. What a person wrote is never part of it.
        """
        page = self._kept.get(key)
        if page is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            page = self._kept[key] = Page(self.render(template, language, **values).split(_get_token()))
        return page


def _get_token() -> str:
    return cast("Visitor", session).token


def render_visit(screen: Screen, visit: Visit, wished: str = "") -> Page:
    """The current page of a sitting; where it is in pieces, the browser's token goes between them.

    ``wished`` is the language of the screens that the browser asks for first: where the survey is not in it, the page
    on which a language is chosen says so in that very language.
    """
    page = flow.get_current_page(visit.draft)
    template, make_values = _PAGES[page.partition("-")[0]]
    language = visit.draft.language

    values = {
        "page": page,
        "text": partial(tell_words, visit),
        "back": flow.has_page_before(visit.draft, visit.survey),
        "other_language": len(visit.survey.offered) > 1 and page.partition("-")[0] != flow.LANGUAGE,
        "wished": wished if wished not in visit.survey.offered and page == flow.LANGUAGE else "",
        "listening": page.partition("-")[0] in _SPOKEN and screen.library.speaks(visit.survey.id, language),
        "find_audio": partial(screen.library.find_name, visit.survey.id, language),
        **make_values(screen, visit),
    }
    if template == _QUESTION and not values["own"]:
        # A question is all its page shows of a survey, and the name of its page is all of the question.
        key = (visit.survey.id, language, *(value for value in values.values() if isinstance(value, str | int)))
        return screen.render_kept(key, template, language, **values)
    whole = screen.render(
        template,
        language,
        survey=visit.survey,
        draft=visit.draft,
        code=format_code(visit.draft.receipt_code),
        **values,
    )
    return Page([whole])


def _make_nothing(_screen: Screen, _visit: Visit) -> dict[str, object]:
    return {}


def _make_language(screen: Screen, _visit: Visit) -> dict[str, object]:
    return {
        "direction_of": get_direction,
        "own_name": get_own_name,
        "translate_to": screen.wording.make_translate,
    }


def _make_about(_screen: Screen, visit: Visit) -> dict[str, object]:
    return {"count": len(_list_counted(visit, {})), "told": visit.told}


def _make_helper(_screen: Screen, _visit: Visit) -> dict[str, object]:
    return {"helpers": [mode.value for mode in flow.HELPERS]}


def _make_consent(_screen: Screen, visit: Visit) -> dict[str, object]:
    purpose = flow.find_purpose(visit.draft)
    assert purpose is not None, "a consent page asks for a purpose"  # noqa: S101
    return {"consent": visit.survey.get_consent(purpose), "decided": visit.draft.consents.get(purpose)}


def _make_question(_screen: Screen, visit: Visit) -> dict[str, object]:
    question = flow.find_question(visit.draft, visit.survey)
    assert question is not None, "a question's page asks a question"  # noqa: S101
    names = _list_counted(visit, visit.draft.answers)
    answer = visit.draft.answers.get(question.name)
    answered = answer is not None and answer.state is AnswerState.ANSWERED
    doubt = find_doubt(visit.survey, question, visit.draft.answers, visit.draft.wave, visit.draft.day)
    return {
        "question": question,
        "number": names.index(question.name) + 1 if question.name in names else 0,
        "count": len(names),
        "answered": answer is not None,
        "chosen": _find_chosen(question, answer),
        "typed": answer.value if question.kind in _TYPED and answer and answered else "",
        "dates": _make_dates(question, visit.draft.language) if question.kind == "date" else None,
        "doubt": doubt or "",
        # A page that few others would ever see the same is not kept, and never one with a person's own words.
        "own": doubt is not None
        or (answered and question.kind in _MANY_ANSWERS)
        or any(find_piped(text[visit.draft.language]) for text in (question.prompt, question.hint) if text),
    }


@dataclass(frozen=True)
class Dates:
    """The lists a date is chosen from, each with the value it is sent as, and its bounds in words."""

    days: Sequence[tuple[str, str]]
    months: Sequence[tuple[str, str]]
    years: Sequence[tuple[str, str]]
    first: str
    last: str


def _make_dates(question: Question, language: str) -> Dates:
    years = range(int(question.last[:4]), int(question.first[:4]) - 1, -1)
    return Dates(
        days=[(f"d{day:02}", str(day)) for day in range(1, 32)] if question.precision == "day" else [],
        months=[(f"m{number:02}", name) for number, name in enumerate(list_months(language), 1)],
        years=[(f"y{year}", str(year)) for year in years],
        first=format_date_answer(question.first, language),
        last=format_date_answer(question.last, language),
    )


def _make_send(_screen: Screen, visit: Visit) -> dict[str, object]:
    names = _list_counted(visit, visit.draft.answers)
    return {
        "answered": sum(name in visit.draft.answers for name in names),
        "count": len(names),
        "alerting": is_alert(visit.survey, visit.draft.answers, visit.draft.wave, visit.draft.day),
        "seal": visit.seal,
    }


@dataclass(frozen=True)
class Told:
    """A question with its answer in words, empty where it was skipped."""

    question: Question
    answer: str
    doubtful: bool


def _make_review(_screen: Screen, visit: Visit) -> dict[str, object]:
    draft, survey = visit.draft, visit.survey
    return {
        "told": [
            Told(
                question,
                tell_answer(question, draft.answers.get(question.name), draft.language),
                find_doubt(survey, question, draft.answers, draft.wave, draft.day) is not None,
            )
            for question in list_asked(survey, draft.answers, draft.wave, draft.day)
            if question.kind != "note"
        ]
    }


def _make_agreed(_screen: Screen, visit: Visit) -> dict[str, object]:
    return {"agreement": visit.agreement}


def _make_take_one(_screen: Screen, visit: Visit) -> dict[str, object]:
    return {"questions": list_takeable(visit.survey, visit.draft.wave)}


def _make_card(_screen: Screen, visit: Visit) -> dict[str, object]:
    return {"card": format_code(visit.card) if visit.card else ""}


def _make_talk(_screen: Screen, visit: Visit) -> dict[str, object]:
    return {"reachable": visit.reachable, "most": flow.MAX_WORDS}


def _list_counted(visit: Visit, answers: Mapping[str, Answer]) -> list[str]:
    """Names of the questions that count as questions: a note is read, not answered."""
    return [
        question.name
        for question in list_asked(visit.survey, answers, visit.draft.wave, visit.draft.day)
        if question.kind != "note"
    ]


def _find_chosen(question: Question, answer: Answer | None) -> str:
    """The values of the buttons that are pressed in for an answer, with blanks between them."""
    if answer is None or (question.kind == "text" and answer.state is AnswerState.ANSWERED):
        return ""
    if isinstance(answer.value, tuple):
        return " ".join(answer.value)
    if answer.state is AnswerState.ANSWERED:
        written = str(answer.value)
        # A date is chosen part by part.
        return " ".join(map(str.__add__, "ymd", written.split("-"))) if question.kind == "date" else written
    return next((choice.value for choice in question.choices if choice.state is answer.state), "")


_QUESTION = "question.html"
_SPOKEN = frozenset({"question", "consent"})
"""Kinds of pages that can be listened to."""
_TYPED = frozenset({"text", "number"})
"""Kinds of question whose answer is written, not chosen."""
_MANY_ANSWERS = _TYPED | {"multiple_choice", "date"}
"""Kinds of question with so many different answers that their answered pages are not worth keeping."""

_PAGES: Mapping[str, tuple[str, Callable[[Screen, Visit], dict[str, Any]]]] = {
    flow.LANGUAGE: ("language.html", _make_language),
    flow.ABOUT: ("about.html", _make_about),
    flow.HELPER: ("helper.html", _make_helper),
    "consent": ("consent.html", _make_consent),
    "question": (_QUESTION, _make_question),
    flow.SEND: ("send.html", _make_send),
    flow.REVIEW: ("review.html", _make_review),
    flow.PAUSED: ("paused.html", _make_nothing),
    flow.THANKS: ("thanks.html", _make_nothing),
    flow.REFUSED: ("refused.html", _make_nothing),
    flow.CLOSED: ("closed.html", _make_nothing),
    flow.AGREED: ("agreed.html", _make_agreed),
    flow.TAKE_ONE: ("take_one.html", _make_take_one),
    flow.TALK: ("talk.html", _make_talk),
    flow.ASKED: ("asked.html", _make_nothing),
    flow.CARD: ("card.html", _make_card),
}
