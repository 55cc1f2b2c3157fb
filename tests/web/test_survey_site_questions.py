"""Questions of every kind at the survivor's door: a survey as an officer writes it, answered page by page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest

from me_platform.content import Problems, read_yaml_text
from me_platform.reports.build import build_form
from me_platform.reports.definition import load_report_templates
from me_platform.reports.form import make_form_context
from me_platform.sealing.envelope import Place, open_as_person
from me_platform.services.answering import submit_directly
from me_platform.surveys.answers import decode_response
from me_platform.surveys.definition import Answer, AnswerState, Mode, Survey
from me_platform.surveys.files import Picture
from me_platform.surveys.loading import load_surveys
from me_platform.surveys.paper import PaperForm, check_paper
from me_platform.surveys.question_types import NOT_ASKED, SKIPPED
from tests.survey_samples import Browser, SurveyWorld, dump

ROOT = Path(__file__).parents[2]
FILES = {
    "lists.yaml": """\
states:
  choices:
    - {value: dont_know, state: dont_know, label: {en: "I do not know", lv: "Nezinu", ar: "لا أعرف"}}
    - {value: declined, state: declined, label: {en: "I do not want to say", lv: "Nevēlos teikt", ar: "لا أريد"}}
    - {value: not_applicable, state: not_applicable, label: {en: "Does not apply", lv: "Neattiecas", ar: "لا ينطبق"}}
helped:
  choices:
    - {value: talk, picture: talk, label: {en: "A talk", lv: "Saruna", ar: "حديث"}}
    - {value: rest, picture: rest, label: {en: "A rest", lv: "Atpūta", ar: "راحة"}}
    - {value: nothing, exclusive: true, label: {en: "None of these", lv: "Nekas no šī", ar: "لا شيء"}}
    - {value: dont_know, state: dont_know, label: {en: "I do not know", lv: "Nezinu", ar: "لا أعرف"}}
    - {value: declined, state: declined, label: {en: "I do not want to say", lv: "Nevēlos teikt", ar: "لا أريد"}}
    - {value: not_applicable, state: not_applicable, label: {en: "Does not apply", lv: "Neattiecas", ar: "لا ينطبق"}}
""",
    "consent/1.yaml": """\
version: "1"
purposes:
  answer:
    title: {en: "May we ask?", lv: "Vai drīkstam jautāt?", ar: "هل نسأل؟"}
    body: {en: "You choose.", lv: "Jūs izlemjat.", ar: "القرار لكم."}
""",
    "many/survey.yaml": """\
id: many
version: "1"
title: {en: "Many kinds", lv: "Dažādi jautājumi", ar: "أسئلة"}
note: {en: "Own items.", lv: "Savi jautājumi.", ar: "أسئلة خاصة."}
languages: [en, lv, ar]
respondent: survivor
consent: "1"
purposes: [answer]
questions:
  - name: helped
    kind: multiple_choice
    prompt: {en: "What helped you?", lv: "Kas Jums palīdzēja?", ar: "ما الذي ساعدكم؟"}
    choices: helped
  - name: since
    kind: date
    prompt: {en: "Since when do you come here?", lv: "Kopš kura laika šurp nākat?", ar: "منذ متى تأتون؟"}
    first: 2020-01
    last: 2026-06
    choices: states
    when: "selected(${helped}, 'talk') and count-selected(${helped}) >= 1"
  - name: day
    kind: date
    precision: day
    prompt: {en: "Which day suits you?", lv: "Kura diena Jums der?", ar: "أي يوم يناسبكم؟"}
    first: 2026-01-01
    last: 2026-12-31
    choices: states
    when: "${since} > date('2025-12') and ${since} <= today()"
  - name: story
    kind: text
    prompt: {en: "Tell us more.", lv: "Pastāstiet vairāk.", ar: "أخبرونا المزيد."}
    max_length: 4000
    choices: states
""",
}
PICTURE = Answer(AnswerState.ANSWERED, ("talk", "rest"))


@cache
def load_many() -> Survey:
    """The survey of this file, loaded from its officer's files."""
    with TemporaryDirectory() as folder:
        for name, text in FILES.items():
            path = Path(folder) / "surveys" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return load_surveys(Path(folder))["many"]


@pytest.fixture
def many(world: SurveyWorld) -> SurveyWorld:
    """The world with this file's survey in it."""
    return replace(world, doorstep=replace(world.doorstep, surveys={"many": load_many()}))


def start(world: SurveyWorld, language: str = "en") -> Browser:
    """A browser at the first question."""
    browser = Browser(world.make_site())
    browser.enter(world.issue(survey="many", wave="")[0])
    browser.tap("language", language=language)
    browser.tap("next")
    browser.tap("yes")
    assert browser.page == "question-helped"
    return browser


def read_answers(world: SurveyWorld) -> Mapping[str, Answer]:
    [row] = dump(world)["response"]
    opened = open_as_person(world.private_key, row["sealed"], Place("response", row["id"], row["partner_id"]))
    return decode_response(opened, load_many()).answers


def test_several_choices_a_date_and_a_long_text_are_sealed_as_they_were_given(many: SurveyWorld) -> None:
    browser = start(many)
    assert "You can choose several." in browser.text
    assert browser.document.xpath("//input[@name='answer']/@type") == ["checkbox"] * 6
    browser.tap("next", answer=["rest", "talk"])
    assert browser.page == "question-since"
    assert "January 2020 – June 2026" in browser.text
    browser.tap("back")
    assert browser.document.xpath("//input[@checked]/@value") == ["talk", "rest"]
    browser.tap("next", answer=["rest", "talk"])
    browser.tap("next", answer=["m02", "y2026"])
    browser.tap("back")
    assert browser.document.xpath("//option[@selected]/@value") == ["m02", "y2026"]
    browser.tap("next", answer=["m02", "y2026"])
    assert browser.page == "question-day"
    assert [each.get("id") for each in browser.document.iterfind(".//select")] == ["day", "month", "year"]
    browser.tap("next", answer=["d31", "m03", "y2026"])
    assert browser.document.xpath("//textarea/@rows") == ["10"]
    words = "ā🙂" * 2000
    browser.tap("next", answer=words)
    browser.tap("send")
    answers = read_answers(many)
    assert answers["helped"] == PICTURE
    assert [answers[name].value for name in ("since", "day", "story")] == ["2026-02", "2026-03-31", words]


@pytest.mark.parametrize("ticked", [["talk", "nothing"], ["rest", "declined"]])
def test_none_of_these_together_with_others_is_asked_again_and_nothing_is_lost(
    many: SurveyWorld, ticked: list[str]
) -> None:
    browser = start(many)
    assert browser.tap("next", answer=ticked).status_code == 303
    assert browser.page == "question-helped"
    assert browser.document.xpath("//p[@role='alert']/text()") == [
        "Some of these answers do not go together. Please take away what does not fit, or skip the question."
    ]
    assert browser.document.xpath("//input[@checked]/@value") == ticked
    # Whoever goes back and on again, or skips, is let through; what is in doubt is never sent.
    browser.tap("skip")
    assert browser.page == "question-story"


def test_what_is_in_doubt_is_shown_once_more_before_sending(many: SurveyWorld) -> None:
    browser = start(many)
    browser.tap("next", answer=["talk", "nothing"])
    browser.tap("pause", answer=["talk", "nothing"])
    code = browser.code
    browser = Browser(many.make_site())
    browser.enter(code)
    assert browser.page == "question-helped"
    assert browser.document.xpath("//p[@role='alert']")
    browser.tap("next", answer=["nothing"])
    browser.tap("skip")
    browser.tap("send")
    answers = read_answers(many)
    assert answers == {
        "helped": Answer(AnswerState.ANSWERED, ("nothing",)),
        "since": NOT_ASKED,
        "day": NOT_ASKED,
        "story": SKIPPED,
    }


@pytest.mark.parametrize("language", ["en", "lv", "ar"])
@pytest.mark.parametrize("parts", [["m07", "y2026"], ["y2025"], ["m02", "m03"], ["2025-02-30"]])
def test_a_date_that_does_not_fit_gets_a_calm_page(many: SurveyWorld, language: str, parts: list[str]) -> None:
    browser = start(many, language)
    browser.tap("next", answer=["talk"])
    assert browser.tap("next", answer=parts).status_code == 422
    said = {"en": "This date does not fit", "lv": "Šis datums neatbilst", "ar": "هذا التاريخ غير مناسب"}
    assert said[language] in browser.text
    browser.open("/")
    assert browser.page == "question-since"


def test_a_state_answers_a_date(many: SurveyWorld) -> None:
    browser = start(many)
    browser.tap("next", answer=["talk"])
    browser.tap("next", answer=["y2025"], state="dont_know")
    browser.tap("skip")
    browser.tap("send")
    assert read_answers(many)["since"] == Answer(AnswerState.DONT_KNOW)


def test_pictograms_stand_beside_their_words_and_are_not_read_out(many: SurveyWorld) -> None:
    """privacy-and-safety 1.8: pictures with words."""
    browser = start(many)
    labels = [label for label in browser.document.xpath("//label[@class='choice']") if label.find("svg") is not None]
    assert [label.findtext("span") for label in labels] == ["A talk", "A rest"]
    assert {label.find("svg").get("aria-hidden") for label in labels} == {"true"}
    assert len({label.find("svg/path").get("d") for label in labels}) == 2


def test_every_pictogram_an_officer_can_name_is_drawn_once() -> None:
    template = ROOT / "me_platform" / "survey_site" / "templates" / "picture.html"
    drawn = dict(re.findall(r'"(\w+)": "(M[^"]+)"', template.read_text(encoding="utf-8")))
    assert set(drawn) == set(get_args(Picture))
    assert len(set(drawn.values())) == len(drawn) >= 12


def test_months_are_named_in_the_language_of_the_page(many: SurveyWorld) -> None:
    browser = start(many, "lv")
    browser.tap("next", answer=["talk"])
    months = browser.document.xpath("//select[@id='month']/option/text()")
    assert (months[0], months[-1], len(months)) == ("janvāris", "decembris", 12)
    assert browser.document.xpath("//select[@id='year']/option/text()") == [str(year) for year in range(2026, 2019, -1)]
    assert "2020. g. janvāris – 2026. g. jūnijs" in browser.text


PAPER = """\
language: lv
consents: {answer: true}
answers:
  helped: [rest, talk]
  since: 2025-12
  day: declined
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[rest, talk]", "[rest, nothing]", "form.yaml:4: `helped`: one of these goes with no other. Known: talk,"),
        ("[rest, talk]", "[rest, walk]", "form.yaml:4: `helped`: this is none of the choices."),
        ("2025-12", "December", "form.yaml:5: `since`: this is no date of the form asked for."),
        ("2025-12", "2019-12", "form.yaml:5: `since`: the date is too early or too late."),
        ("declined", "[declined, declined]", "form.yaml:6: `day`: this is no date of the form asked for."),
    ],
)
def test_a_fault_of_a_paper_form_is_told_with_its_line(old: str, new: str, fault: str) -> None:
    faults, form = type_in(PAPER.replace(old, new))
    assert form is None
    assert faults[0].startswith(fault), faults


def test_a_paper_form_with_several_crosses_and_a_date_is_taken(many: SurveyWorld) -> None:
    faults, form = type_in(PAPER.replace("  day: declined\n", ""))
    assert faults == []
    assert form is not None
    code = many.issue(survey="many", wave="")[0]
    submit_directly(many.doorstep, code, form.language, form.consents, form.answers, mode=Mode.PAPER)
    answers = read_answers(many)
    assert (answers["helped"], answers["since"].value) == (PICTURE, "2025-12")


def type_in(text: str) -> tuple[list[str], PaperForm | None]:
    problems = Problems()
    node = read_yaml_text(text, "form.yaml", problems)
    form = check_paper(node, load_many(), problems) if node else None
    return [str(fault) for fault in problems.faults], form


def test_a_form_on_paper_says_that_several_can_be_crossed_and_between_which_dates() -> None:
    template = load_report_templates(ROOT)["paper-form"]
    context = make_form_context(template, load_many(), "lv", "", (5, 5))
    helped, since, day, _ = context.questions
    assert (helped.kind, [choice.label for choice in helped.answers]) == (
        "multiple_choice",
        ["Saruna", "Atpūta", "Nekas no šī"],
    )
    assert (since.precision, since.between) == ("month", "2020. g. janvāris – 2026. g. jūnijs")
    assert (day.precision, day.between) == ("day", "2026. gada 1. janvāris – 2026. gada 31. decembris")
    assert build_form(template, load_many(), "lv", "", (5, 5)).startswith(b"%PDF")
