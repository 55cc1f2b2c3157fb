"""Use cases: a survey as a paper form, and the key to type such a form in with.

Two things and never one: names of questions and values of choices may tell what the form does not ("in_danger"), and
a key that comes with the form is photocopied and handed out with it one day. The key is the very file the typist
fills in, so nothing is copied by hand from a list.
"""

from __future__ import annotations

from collections.abc import Iterator

from me_platform.catalogue import Catalogue
from me_platform.errors import InputInvalid
from me_platform.reports.build import build_form
from me_platform.services.codes import DOOR_LENGTH, PERSON_LENGTH
from me_platform.surveys.definition import FILLED_IN_BY_STAFF, AnswerState, Question, Survey
from me_platform.surveys.flow import list_purposes
from me_platform.surveys.paper import number_questions

TEMPLATE = "paper-form"


def build_paper_form(catalogue: Catalogue, survey_id: str, language: str, wave: str = "") -> bytes:
    """The PDF of a survey on paper, for one wave (empty: the first); the same content gives the same bytes.

    Raises NotFound for an unknown survey, InputInvalid for a language or wave it does not have, ReportUnfit.
    """
    survey, wave = _find_survey(catalogue, survey_id, language, wave)
    # People write down the code of their door; staff, who are given none, that of the person.
    length = PERSON_LENGTH if survey.respondent in FILLED_IN_BY_STAFF else DOOR_LENGTH
    return build_form(catalogue.get_template(TEMPLATE), survey, language, wave, (length // 2,) * 2)


def make_key_text(catalogue: Catalogue, survey_id: str, language: str, wave: str = "") -> str:
    """The YAML file to type such a form into, empty, with the questions of the form beside their names.

    ``language`` is that of the questions; their numbers are the same in all. Raises NotFound and InputInvalid as above.
    """
    survey, wave = _find_survey(catalogue, survey_id, language, wave)
    return "\n".join(_write_key(survey, language, wave)) + "\n"


def _find_survey(catalogue: Catalogue, survey_id: str, language: str, wave: str) -> tuple[Survey, str]:
    """The survey, and the wave as named or the first; a survey answered once has none."""
    survey = catalogue.get_survey(survey_id)
    if language not in survey.languages:
        known = ", ".join(survey.languages)
        raise InputInvalid(f"The survey '{survey_id}' has no language '{language}'. Known: {known}.")
    waves = [each.name for each in survey.waves]
    if wave and not waves:
        raise InputInvalid(f"The survey '{survey_id}' is answered once and has no waves: leave the wave out.")
    if wave and wave not in waves:
        raise InputInvalid(f"The survey '{survey_id}' has no wave '{wave}'. Known: {', '.join(waves)}.")
    return survey, wave or next(iter(waves), "")


def _write_key(survey: Survey, language: str, wave: str) -> Iterator[str]:
    by_staff = survey.respondent in FILLED_IN_BY_STAFF
    yield f"# {survey.title[language]}, version {survey.version}{wave and f', wave {wave}'}."
    yield "# For the typist only, never for the person who answers. Save it, write behind each colon what is on the"
    yield "# form, leave nothing but the colon where nothing is, and run"
    if by_staff:
        yield "#     me record add rating --partner PARTNER --person CODE FILE"
        yield from ("# Then destroy the file.", "", f"survey: {survey.id}", "date:  # day of the form, YYYY-MM-DD")
    else:
        yield f"#     me answer enter --survey {survey.id} --code CODE FILE"
        yield from ("# Then destroy the file and the form, and hand over the receipt code.", "")
        yield f"language: {language}  # of the form: {', '.join(survey.languages)}"
        yield from ("", "consents:  # true where yes is crossed, otherwise false")
        yield from (f"  {each}:  # {survey.get_consent(each).title[language]}" for each in list_purposes(survey))
    yield from ("", "answers:")
    for number, question in number_questions(survey, wave):
        if number:
            yield f"  # {number}. {question.prompt[language]}"
            yield f"  #    {', '.join(_list_values(question, language))}"
            yield f"  {question.name}:"


def _list_values(question: Question, language: str) -> Iterator[str]:
    if question.kind == "multiple_choice":
        yield "one or more of them, as in [this, that]"
    if question.kind == "text":
        yield "words in double quotes"
    elif question.kind == "date":
        yield f"{question.first} to {question.last}"
    elif not any(choice.state is AnswerState.ANSWERED for choice in question.choices):
        yield f"{question.low} to {question.high}"
    yield from (f"{choice.value} ({choice.label[language]})" for choice in question.choices)
