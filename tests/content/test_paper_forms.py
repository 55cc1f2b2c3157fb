"""Every shipped survey on paper, in every language: accessible, whole, neutral; and the key that types it in."""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import date
from functools import cache

import page
import pypdf
import pytest

from me_platform.catalogue import Catalogue, load_catalogue
from me_platform.content import Problems, read_yaml_text
from me_platform.errors import Problem
from me_platform.exchange.records import RECORD_KINDS, Setting, read_record
from me_platform.services.paper_forms import build_paper_form, make_key_text
from me_platform.surveys.definition import FILLED_IN_BY_STAFF, Survey
from me_platform.surveys.paper import PaperForm, check_paper, number_questions
from me_platform.surveys.wording import find_gendered_word, find_long_sentence
from me_platform.wording import get_direction, load_wording
from tests.report_samples import ROOT, load_templates
from tests.survey_samples import load_every_survey

TEMPLATE = load_templates()["paper-form"]
SITE = ROOT / "me_platform" / "survey_site"


def get_last_wave(survey: Survey) -> str:
    """The wave in which the shipped surveys ask most."""
    return survey.waves[-1].name if survey.waves else ""


EVERY = [
    *(
        (name, language, get_last_wave(survey))
        for name, survey in load_every_survey().items()
        for language in survey.languages
    ),
    ("outcome-checkin", "lv", "baseline"),
]
TELLING = re.compile(
    r"traffick|victim|survivor|exploit|abuse|shelter"
    r"|cilvēktirdz|cietuš|upur|ekspluat|izmantošan|patversm"
    r"|торговл|жертв|пострадав|выживш|эксплуат|приют"
    r"|торгівл|постражда|експлуат|притул"
    r"|الاتجار|ضحية|ضحايا|ناجية|ناجين|استغلال|مأوى",
    re.IGNORECASE,
)


@cache
def load_content() -> Catalogue:
    return load_catalogue(ROOT)


@cache
def build(name: str, language: str, wave: str) -> bytes:
    return build_paper_form(load_content(), name, language, wave)


@cache
def read(name: str, language: str, wave: str) -> str:
    """The text of a form without any blanks: where a line ends does not matter."""
    pages = pypdf.PdfReader(io.BytesIO(build(name, language, wave))).pages
    return squeeze("".join(each.extract_text() for each in pages))


def squeeze(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(("name", "language", "wave"), EVERY)
def test_a_form_is_pdf_ua_and_its_metadata_tell_nothing(name: str, language: str, wave: str) -> None:
    pdf = build(name, language, wave)
    report = page.validate_pdf_bytes(pdf, profile=page.ValidationProfile.PDF_UA_1)
    assert report.is_compliant, [f"{each.rule_id}: {each.message}" for each in report.failures]
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert reader.metadata is not None
    assert set(reader.metadata) == {"/Title", "/Producer"}
    assert reader.metadata.title == load_every_survey()[name].title[language]


@pytest.mark.parametrize(("name", "language", "wave"), EVERY)
def test_a_form_holds_every_word_of_its_survey(name: str, language: str, wave: str) -> None:
    survey, text = load_every_survey()[name], read(name, language, wave)
    asked = [question for _, question in number_questions(survey, wave)]
    wanted = [survey.title, *(words for consent in survey.consent for words in (consent.title, consent.body))]
    for question in asked:
        wanted += [question.prompt, *([question.hint] if question.hint else []), *(question.ends or ())]
        wanted += [choice.label for choice in question.choices]
    words = [squeeze(each[language]) for each in wanted]
    assert not Counter("".join(words)) - Counter(text)
    if get_direction(language) == "rtl":
        return  # the letters are all there; the reader of the test puts some of them in another order
    assert [each for each in words if each not in text] == []
    assert re.search(".*".join(re.escape(squeeze(question.prompt[language])) for question in asked), text)
    left_out = [question.prompt[language] for question in survey.questions if question not in asked]
    assert not [each for each in left_out if squeeze(each) in text]


@pytest.mark.parametrize(("name", "language", "wave"), EVERY)
def test_nothing_on_a_form_tells_whose_it_is(name: str, language: str, wave: str) -> None:
    """No organisation, project or funder of any plan, no telling word, no inner name."""
    text, survey = read(name, language, wave), load_every_survey()[name]
    assert TELLING.search(text) is None
    for plan in load_content().plans.values():
        names = [plan.title, plan.project, plan.funder, plan.programme, *(partner.name for partner in plan.partners)]
        words = [squeeze(each) for name in names for each in name.values()]
        assert not [each for each in words if each and each in text]
    inner = {question.name for question in survey.questions} | {survey.id}
    inner |= {choice.value for question in survey.questions for choice in question.choices}
    assert not [each for each in inner if re.search("[_-]", each) and each in text]


@pytest.mark.parametrize(("name", "language", "wave"), [EVERY[0], ("outcome-checkin-child", "ar", "exit")])
def test_the_same_survey_gives_the_same_bytes_twice(name: str, language: str, wave: str) -> None:
    assert build_paper_form(load_content(), name, language, wave) == build(name, language, wave)


@pytest.mark.parametrize("survey", load_every_survey().values(), ids=lambda survey: survey.id)
def test_the_key_is_the_file_that_types_a_form_in(survey: Survey) -> None:
    """As it is printed it is refused, for its consents; with a value behind each colon it is taken, whole."""
    wave = get_last_wave(survey)
    questions = [question for _, question in number_questions(survey, wave)]
    empty = make_key_text(load_content(), survey.id, survey.languages[-1], wave)
    filled = re.sub(r"^(  \w+:)(?=  #)", r"\1 true", empty, flags=re.MULTILINE)
    for question in questions:
        assert all(f"{choice.value} ({choice.label[survey.languages[-1]]})" in empty for choice in question.choices)
        filled = filled.replace(f"\n  {question.name}:\n", f"\n  {question.name}: {question.choices[-1].value}\n")
    states = {question.name: question.choices[-1].state for question in questions}
    if survey.respondent in FILLED_IN_BY_STAFF:
        setting = Setting(load_content().taxonomy, load_content().surveys, date(2026, 6, 30))
        filled = filled.replace("date:", "date: 2026-01-05")
        record = read_record(filled, "key.yaml", RECORD_KINDS["rating"], setting)
        assert {name: state for name, (state, _) in record.content["response"]["answers"].items()} == states
        return
    faults, form = type_in(empty, survey)
    assert (len(faults), form) == (len(survey.purposes), None)
    faults, form = type_in(filled, survey)
    assert form is not None, faults
    assert (form.language, form.consents) == (survey.languages[-1], dict.fromkeys(survey.purposes, True))
    assert {name: answer.state for name, answer in form.answers.items()} == states


def type_in(text: str, survey: Survey) -> tuple[tuple[Problem, ...], PaperForm | None]:
    problems = Problems()
    node = read_yaml_text(text, "key.yaml", problems)
    form = check_paper(node, survey, problems) if node else None
    return problems.faults, form


def test_what_the_site_says_too_is_said_in_the_same_words() -> None:
    texts = load_wording(SITE / "translations").texts
    notes = [note for section in TEMPLATE.sections for note in section.notes]
    shared = [each for each in [*TEMPLATE.words.values(), *notes] if each["en"] in texts["lv"]]
    assert len(shared) >= 7
    for each in shared:
        assert dict(each) == {"en": each["en"], **{language: said[each["en"]] for language, said in texts.items()}}


def test_the_words_of_a_form_are_short_and_fix_nobodys_gender() -> None:
    terms = [text for code, text in TEMPLATE.terms.items() if code.startswith("condition.")]
    for each in [*TEMPLATE.words.values(), *terms, *(note for section in TEMPLATE.sections for note in section.notes)]:
        assert find_long_sentence(each["en"]) is None, each["en"]
        assert find_long_sentence(each["lv"]) is None, each["lv"]
        assert find_gendered_word(each["lv"]) is None
        assert not set(each["uk"].lower()) & set("ыэъё")
        assert not set(each["ru"].lower()) & set("іїєґ")
        assert not re.search(r"\b\w+(?:лся|лась|ал|ала|ил|ила|ел|ела)\b", each["ru"]), each["ru"]


def test_faces_and_pictograms_are_those_of_the_site() -> None:
    faces = re.findall(r'(\d): "([^"]+)"', (SITE / "templates" / "face.html").read_text("utf-8"))
    pictograms = re.findall(
        r"(?:== \"(\w+)\"|else) %}(M\S[^\n]*)", (SITE / "templates" / "pictogram.html").read_text("utf-8")
    )
    wanted = {f"face-{number}": mouth for number, mouth in faces} | {
        purpose or "link": path for purpose, path in pictograms
    }
    assert len(wanted) == 10
    for name, path in wanted.items():
        assert f'{path}"' in TEMPLATE.files[f"images/{name}.svg"].decode()
