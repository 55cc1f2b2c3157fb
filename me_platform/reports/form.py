"""A survey as a paper form: what is printed for the person who fills it in.

Neutral: no organisation, no project, nothing but the survey's own words. Names of questions and values of choices
stay out of the context, and so a template cannot print them: whoever types a form in has them from ``me survey key``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from me_platform.errors import ReportUnfit
from me_platform.reports.definition import ReportTemplate
from me_platform.reports.plain import PlainSection, make_plain_section
from me_platform.surveys.definition import FILLED_IN_BY_STAFF, AnswerState, Choice, Question, Survey
from me_platform.surveys.flow import list_purposes
from me_platform.surveys.paper import number_questions
from me_platform.surveys.piping import BLANK, split_piped
from me_platform.wording import format_date_answer, get_direction

SUPPORTED = "survivor"
"""The respondent who receives support; the word itself stays out of the context."""
CHARACTERS_A_LINE = 90
"""What a hand writes on one line of the form."""
FEWEST_LINES, MOST_LINES = 3, 12

_TICKED = re.compile(r"""\$\{\s*(?P<name>\w+)\s*\}\s*=\s*(?P<quote>['"])(?P<value>[^'"]*)(?P=quote)""")
_OR = re.compile(r"\s+or\s+")


@dataclass(frozen=True)
class FormChoice:
    """A box with its words; ``face`` as in ``surveys.definition.Choice``."""

    label: str
    face: int


@dataclass(frozen=True)
class FormQuestion:
    """A question as it is printed.

    ``number`` is 0 for a note, which is read only; ``states`` are the choices of equal weight that are no answers of
    the kind itself; ``ends`` are the words at both ends of a scale; ``precision`` (``month`` or ``day``) and
    ``between``, the bounds in words, are those of a date; ``lines`` is the room for own words;
    ``condition`` says when the question is for the person, and is empty where it always is.
    """

    number: int
    kind: str
    prompt: str
    hint: str
    answers: tuple[FormChoice, ...]
    states: tuple[FormChoice, ...]
    ends: tuple[str, ...]
    low: int
    high: int
    precision: str
    between: str
    lines: int
    condition: str


@dataclass(frozen=True)
class FormConsent:
    """What the person is asked to agree to; ``purpose`` chooses the pictogram."""

    purpose: str
    title: str
    body: str


@dataclass(frozen=True)
class FormContext:
    """Everything the template of a form may print.

    ``code_groups`` are the sizes of the groups in which a code is written down. ``supported`` says that the person
    receives support, ``by_staff`` that staff fill the form in. ``audience`` and ``version`` are those of the survey.
    """

    language: str
    direction: str
    title: str
    version: str
    words: Mapping[str, str]
    sections: tuple[PlainSection, ...]
    audience: str
    supported: bool
    by_staff: bool
    code_groups: tuple[int, ...]
    consents: tuple[FormConsent, ...]
    questions: tuple[FormQuestion, ...]


def make_form_context(
    template: ReportTemplate, survey: Survey, language: str, wave: str, code_groups: Sequence[int]
) -> FormContext:
    """The context of the form of one survey, wave (empty where it has none) and language of the survey.

    Raises ReportUnfit for a language the template does not have.
    """
    if language not in template.languages:
        raise ReportUnfit(template.id, f"it has no words in '{language}', only in {', '.join(template.languages)}.")
    words = {name: text[language] for name, text in template.words.items()}
    numbered = number_questions(survey, wave)
    numbers = {question.name: number for number, question in numbered}
    return FormContext(
        language=language,
        direction=get_direction(language),
        title=survey.title[language],
        version=survey.version,
        words=words,
        sections=tuple(make_plain_section(section, language) for section in template.sections),
        audience=survey.audience,
        supported=survey.respondent == SUPPORTED,
        by_staff=survey.respondent in FILLED_IN_BY_STAFF,
        code_groups=tuple(code_groups),
        consents=tuple(
            FormConsent(purpose.value, consent.title[language], consent.body[language])
            for purpose in list_purposes(survey)
            for consent in [survey.get_consent(purpose)]
        ),
        questions=tuple(
            _make_question(question, numbers, language, make_condition(question, survey, numbers, template, language))
            for _, question in numbered
        ),
    )


def make_condition(
    question: Question, survey: Survey, numbers: Mapping[str, int], template: ReportTemplate, language: str
) -> str:
    """The ``when`` of a question in plain words; empty where it has none. ``numbers`` are those of the form, by name.

    Only "this answer, or that one, to one earlier question" has simple words; any other condition is told as one the
    person can judge. Raises ReportUnfit where the template has no words for it.
    """
    if not question.when:
        return ""
    parts = [_TICKED.fullmatch(part.strip()) for part in _OR.split(question.when)]
    ticked = [(part["name"], part["value"]) for part in parts if part]
    labels = {
        (name, choice.value): choice.label[language] for name in numbers for choice in survey.get_question(name).choices
    }
    names = {name for name, _ in ticked}
    if len(ticked) < len(parts) or len(names) > 1 or not labels.keys() >= set(ticked):
        return _find_term(template, "fitting", language)
    quoted = (_find_term(template, "quoted", language).replace("{answer}", labels[each]) for each in ticked)
    answers = f" {_find_term(template, 'or', language)} ".join(quoted)
    sentence = _find_term(template, "only_if", language)
    return sentence.replace("{number}", str(numbers[names.pop()])).replace("{answers}", answers)


def _find_term(template: ReportTemplate, code: str, language: str) -> str:
    words = template.terms.get(f"condition.{code}")
    if words is None:
        raise ReportUnfit(template.id, f"report.yaml has no words for `{code}` under terms, condition.")
    return words[language]


def _make_question(question: Question, numbers: Mapping[str, int], language: str, condition: str) -> FormQuestion:
    answers = [choice for choice in question.choices if choice.state is AnswerState.ANSWERED]
    states = [choice for choice in question.choices if choice.state is not AnswerState.ANSWERED]
    return FormQuestion(
        number=numbers[question.name],
        kind=question.kind,
        prompt=_leave_room(question.prompt[language], numbers),
        hint=_leave_room(question.hint[language], numbers) if question.hint else "",
        answers=_make_choices(answers, language),
        states=_make_choices(states, language),
        ends=tuple(end[language] for end in question.ends or ()),
        low=question.low,
        high=question.high,
        precision=question.precision,
        between=" – ".join(format_date_answer(each, language) for each in (question.first, question.last) if each),
        lines=min(max(math.ceil(question.max_length / CHARACTERS_A_LINE), FEWEST_LINES), MOST_LINES),
        condition=condition,
    )


def _leave_room(words: str, numbers: Mapping[str, int]) -> str:
    """Words without the answers they speak of: an ellipsis, with the number of the question where there is one."""
    places = {name: f"{BLANK} ({number})" for name, number in numbers.items()}
    return "".join(part + (places.get(name, BLANK) if name else "") for part, name in split_piped(words))


def _make_choices(choices: Sequence[Choice], language: str) -> tuple[FormChoice, ...]:
    return tuple(FormChoice(choice.label[language], choice.face) for choice in choices)
