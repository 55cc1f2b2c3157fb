"""What a person answered, in words of the page's language: inside later questions, and to look over before sending."""

from __future__ import annotations

import math

from babel.numbers import format_decimal
from markupsafe import Markup, escape

from me_platform.services.answering import Visit
from me_platform.surveys.answers import compute_value
from me_platform.surveys.definition import Answer, AnswerState, Question, Text
from me_platform.surveys.flow import DONE_PAGES
from me_platform.surveys.piping import BLANK, split_piped
from me_platform.wording import SOURCE_LANGUAGE, format_date_answer, get_comma, get_direction


def tell_answer(question: Question, answer: Answer | None, language: str) -> str:
    """An answer in words; empty where there is none."""
    if answer is None:
        return ""
    if answer.state is not AnswerState.ANSWERED:
        return next((c.label[language] for c in question.choices if c.state is answer.state), "")
    if question.kind == "date":
        return format_date_answer(str(answer.value), language)
    taken = answer.value if isinstance(answer.value, tuple) else (answer.value,)
    labels = {choice.value: choice.label[language] for choice in question.choices} if question.kind != "text" else {}
    return get_comma(language).join(labels.get(str(value), str(value)) for value in taken)


def tell_in(words: Text, language: str) -> Markup | str:
    """Words in a language. What nobody has put into it is English, or what there is, and marked as such.

    So a voice reads it rightly, and its direction is its own.
    """
    if language in words:
        return words[language]
    found = next((each for each in (SOURCE_LANGUAGE, *words) if each in words), "")
    if not found:
        return ""
    return Markup('<span lang="{}" dir="{}">{}</span>').format(found, get_direction(found), words[found])


def tell_words(visit: Visit, text: Text) -> str:
    """A text of a survey with earlier answers in their places, each escaped and isolated from what surrounds it.

    Only answers are told: a question that was skipped, or answered with a state, leaves an ellipsis.
    """
    words = text[visit.draft.language]
    if "${" not in words:
        return words
    parts = (
        escape(part) + (Markup("<bdi>{}</bdi>").format(_tell(visit, name)) if name else "")
        for part, name in split_piped(words)
    )
    return Markup("").join(parts)


def _tell(visit: Visit, name: str) -> str:
    survey, draft = visit.survey, visit.draft
    if draft.page in DONE_PAGES:
        # What was sent can be read by no survey process.
        return BLANK
    if name not in survey.calculations:
        answer = draft.answers.get(name)
        answered = answer is not None and answer.state is AnswerState.ANSWERED
        return tell_answer(survey.get_question(name), answer, draft.language) if answered else BLANK
    value = compute_value(survey, name, draft.answers, draft.wave, draft.day)
    if isinstance(value, str):
        return value or BLANK
    # A condition has no words of its own.
    if isinstance(value, bool) or not math.isfinite(value):
        return BLANK
    return format_decimal(round(value, 2), locale=draft.language.replace("-", "_"), numbering_system="latn")
