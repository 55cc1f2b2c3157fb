"""Questions of every kind at the survivor's door: a survey as an officer writes it, answered page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest
from sqlalchemy import text

from me_platform.content import Problems, read_yaml_text
from me_platform.reports.build import build_form
from me_platform.reports.definition import load_report_templates
from me_platform.reports.form import make_form_context
from me_platform.sealing.envelope import Place, open_as_person
from me_platform.services.answering import submit_directly
from me_platform.surveys.answers import Doubt, decode_response, find_doubt, is_alert, make_response
from me_platform.surveys.definition import Answer, AnswerState, Mode, Survey
from me_platform.surveys.files import Picture
from me_platform.surveys.loading import load_surveys
from me_platform.surveys.paper import PaperForm, check_paper
from me_platform.surveys.question_types import NOT_ASKED, SKIPPED
from me_platform.surveys.taking_back import list_following, may_have_alerted
from tests.conftest import Engines
from tests.survey_samples import Browser, SurveyWorld, dump, make_world

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
  - name: wanted
    kind: number
    prompt: {en: "How many talks would be good?", lv: "Cik sarunu būtu vajadzīgas?", ar: "كم حديثا تريدون؟"}
    low: 0
    high: 20
    choices: states
  - name: had
    kind: number
    prompt:
      en: "You hoped for ${wanted}. How many were there?"
      lv: "Jūs cerējāt uz ${wanted}. Cik to bija?"
      ar: "كنتم تأملون ${wanted}. كم كان العدد؟"
    hint: {en: "What helped: ${helped}.", lv: "Palīdzēja: ${helped}.", ar: "ساعد: ${helped}."}
    low: 0
    high: 20
    choices: states
    check: "${had} <= 2 * ${wanted}"
    message:
      en: "That is more than twice ${wanted}. Is it right?"
      lv: "Tas ir vairāk nekā divreiz ${wanted}. Vai tas ir pareizi?"
      ar: "هذا أكثر من ضعف ${wanted}. هل هو صحيح؟"
    when: "${wanted} > 0"
  - name: missing
    kind: note
    prompt:
      en: "${lack} talks were missing, or ${half} days."
      lv: "Trūka ${lack} sarunu vai ${half} dienu."
      ar: "نقص ${lack} أو ${half}."
    when: "${lack} > 0"
  - name: told
    kind: note
    prompt: {en: "You wrote: ${story}", lv: "Jūs rakstījāt: ${story}", ar: "كتبتم: ${story}"}
    when: "${story} != ''"
calculate:
  half: "${lack} div 2"
  lack: "${wanted} - ${had}"
""",
}
TODAY = date(2026, 3, 2)
TALK_AND_REST = Answer(AnswerState.ANSWERED, ("talk", "rest"))


@cache
def load_many() -> Survey:
    """The survey of this file, loaded from its officer's files."""
    with TemporaryDirectory() as folder:
        for name, written in FILES.items():
            path = Path(folder) / "surveys" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(written, encoding="utf-8")
        return load_surveys(Path(folder))["many"]


@pytest.fixture(scope="module")
def shared(lasting_engines: Engines) -> SurveyWorld:
    """One world for the file, with its survey in it."""
    world = make_world(lasting_engines)
    return replace(world, doorstep=replace(world.doorstep, surveys={"many": load_many()}))


@pytest.fixture
def many(shared: SurveyWorld) -> Iterator[SurveyWorld]:
    """The world, without what another test has sent."""
    yield shared
    with shared.engines.owner.begin() as connection:
        connection.execute(text("TRUNCATE response CASCADE"))


def start(world: SurveyWorld, language: str = "en") -> Browser:
    """A browser at the first question."""
    browser = Browser(world.make_site())
    browser.enter(world.issue(survey="many", wave="")[0])
    browser.tap("language", language=language)
    browser.tap("next")
    browser.tap("yes")
    assert browser.page == "question-helped"
    return browser


def walk_to_send(browser: Browser) -> None:
    while browser.page != "send":
        browser.tap("skip" if browser.document.xpath("//button[@value='skip']") else "next")


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
    walk_to_send(browser)
    browser.tap("send")
    answers = read_answers(many)
    assert answers["helped"] == TALK_AND_REST
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
    walk_to_send(browser)
    browser.tap("send")
    answers = read_answers(many)
    assert answers == {
        "helped": Answer(AnswerState.ANSWERED, ("nothing",)),
        "since": NOT_ASKED,
        "day": NOT_ASKED,
        "story": SKIPPED,
        "wanted": SKIPPED,
        "had": NOT_ASKED,
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


def answer_numbers(browser: Browser, wanted: str, had: str) -> None:
    """From the first question to the page behind the two numbers."""
    while browser.page != "question-wanted":
        browser.tap("skip")
    browser.tap("next", answer=wanted)
    if browser.page == "question-had":
        browser.tap("next", answer=had)


@pytest.mark.parametrize(
    ("language", "prompt", "hint"),
    [
        ("en", "You hoped for 5. How many were there?", "What helped: A talk, A rest."),
        ("lv", "Jūs cerējāt uz 5. Cik to bija?", "Palīdzēja: Saruna, Atpūta."),
        ("ar", "كنتم تأملون 5. كم كان العدد؟", "ساعد: حديث، راحة."),
    ],
)
def test_an_earlier_answer_is_told_in_a_later_question(
    many: SurveyWorld, language: str, prompt: str, hint: str
) -> None:
    """Issue: piping; numbers and own words keep their order in right-to-left text."""
    browser = start(many, language)
    browser.tap("next", answer=["talk", "rest"])
    while browser.page != "question-wanted":
        browser.tap("skip")
    browser.tap("next", answer="5")
    assert browser.document.xpath("string(//h1)") == prompt
    assert browser.document.xpath("string(//p[@id='hint'])") == hint
    assert browser.document.xpath("//h1//bdi/text()") == ["5"]


def test_a_question_without_the_answer_it_speaks_of_leaves_an_ellipsis(many: SurveyWorld) -> None:
    browser = start(many)
    answer_numbers(browser, "5", "")
    browser.tap("back")
    assert "What helped: …." in browser.text


def test_an_answer_that_does_not_meet_the_check_is_kept_and_asked_about_once_more(many: SurveyWorld) -> None:
    browser = start(many)
    answer_numbers(browser, "2", "5")
    assert browser.page == "question-had"
    assert browser.document.xpath("string(//p[@role='alert'])") == "That is more than twice 2. Is it right?"
    assert browser.document.xpath("//input[@id='answer']/@value") == ["5"]
    browser.tap("next", answer="4")
    assert browser.page == "send"


@pytest.mark.parametrize("leave", ["skip", "state"])
def test_nobody_is_held_by_a_check(many: SurveyWorld, leave: str) -> None:
    """privacy-and-safety 1.8: nothing is required but consent."""
    browser = start(many)
    answer_numbers(browser, "2", "5")
    if leave == "skip":
        browser.tap("skip")
    else:
        browser.tap("next", answer="5", state="dont_know")
    assert browser.page == "send"


def test_a_check_that_a_later_change_breaks_is_shown_before_sending(many: SurveyWorld) -> None:
    browser = start(many)
    answer_numbers(browser, "5", "8")
    browser.tap("back", answer="8")
    browser.tap("back", answer="8")
    assert browser.page == "question-wanted"
    browser.tap("next", answer="2")
    browser.tap("pause", answer="8")
    browser.tap("resume")
    assert browser.document.xpath("//p[@role='alert']")
    browser.tap("skip")
    browser.tap("send")
    assert read_answers(many)["had"] == SKIPPED


def test_a_check_is_left_out_where_what_it_speaks_of_was_not_answered() -> None:
    survey = replace(load_many(), questions=tuple(replace(each, when="") for each in load_many().questions))
    had = survey.get_question("had")
    answers = {"had": Answer(AnswerState.ANSWERED, 20)}
    assert find_doubt(survey, had, answers) is None
    assert find_doubt(survey, had, answers | {"wanted": Answer(AnswerState.DECLINED)}) is None
    assert find_doubt(survey, had, answers | {"wanted": Answer(AnswerState.ANSWERED, 9)}) is Doubt.CHECK
    settled = make_response(survey, "", "en", Mode.SELF, answers | {"wanted": Answer(AnswerState.ANSWERED, 9)}, TODAY)
    assert settled.answers["had"] == SKIPPED


def test_calculations_steer_the_questions_and_are_told_in_words(many: SurveyWorld) -> None:
    browser = start(many, "lv")
    answer_numbers(browser, "6", "3")
    assert (browser.page, browser.document.xpath("string(//h1)")) == (
        "question-missing",
        "Trūka 3 sarunu vai 1,5 dienu.",
    )
    browser.tap("back")
    browser.tap("next", answer="6")
    assert browser.page == "send"
    browser.tap("send")
    assert "lack" not in read_answers(many)


def test_own_words_are_told_back_as_words_and_kept_nowhere(many: SurveyWorld) -> None:
    """A page with a person's words is made anew each time; what was written is never markup."""
    app = many.make_site()
    browser = Browser(app)
    browser.enter(many.issue(survey="many", wave="")[0])
    browser.tap("language", language="en")
    browser.tap("next")
    browser.tap("yes")
    while browser.page != "question-story":
        browser.tap("skip")
    browser.tap("next", answer="<b>${wanted}</b> שלום")
    browser.tap("skip")
    assert browser.page == "question-told"
    assert browser.document.xpath("//h1//bdi/text()") == ["<b>${wanted}</b> שלום"]
    kept = app.extensions["survey_site"].screen._kept
    assert kept
    assert "שלום" not in str(kept)


def test_answers_can_be_looked_over_and_changed_before_sending(many: SurveyWorld) -> None:
    """Issue: a review page with change links, and a soft "you skipped this" that never blocks."""
    browser = start(many)
    answer_numbers(browser, "2", "1")
    walk_to_send(browser)
    assert "You may leave the others empty." in browser.text
    browser.tap("review")
    told = [section.text_content().split("\n") for section in browser.document.iterfind(".//section")]
    assert [[line for line in lines if line] for lines in told] == [
        ["What helped you?", "You skipped this.", "Answer"],
        ["Tell us more.", "You skipped this.", "Answer"],
        ["How many talks would be good?", "2", "Change"],
        ["You hoped for 2. How many were there?", "1", "Change"],
    ]
    browser.tap("change", question="helped")
    assert browser.page == "question-helped"
    browser.tap("next", answer=["rest", "nothing"])
    assert (browser.page, len(browser.document.xpath("//p[@role='alert']"))) == ("question-helped", 1)
    browser.tap("next", answer=["talk", "rest"])
    assert browser.page == "review"
    assert "What helped you? A talk, A rest Change" in browser.text
    assert "Since when do you come here? You skipped this. Answer" in browser.text
    browser.tap("change", question="since")
    browser.tap("back", answer=["m01", "y2025"])
    assert (browser.page, "January 2025" in browser.text) == ("review", True)
    browser.tap("change", question="story")
    browser.tap("skip")
    browser.tap("next")
    browser.tap("send")
    answers = read_answers(many)
    assert answers["helped"] == TALK_AND_REST
    assert (answers["since"].value, answers["wanted"].value, answers["story"]) == ("2025-01", 2, SKIPPED)


def test_the_review_says_what_to_look_at_and_sending_leads_there(many: SurveyWorld) -> None:
    browser = start(many)
    answer_numbers(browser, "5", "8")
    walk_to_send(browser)
    browser.tap("review")
    browser.tap("change", question="wanted")
    browser.tap("next", answer="2")
    assert browser.page == "review"
    assert "8 Please look at this once more." in browser.text
    browser.tap("next")
    browser.tap("send")
    assert browser.page == "question-had"
    browser.tap("next", answer="3")
    assert browser.page == "review"
    browser.tap("next")
    browser.tap("send")
    assert read_answers(many)["had"].value == 3


@pytest.mark.parametrize("name", ["", "nothing", "day", "\x00"])
def test_only_a_question_that_is_asked_can_be_changed(many: SurveyWorld, name: str) -> None:
    browser = start(many)
    walk_to_send(browser)
    browser.tap("review")
    assert browser.tap("change", question=name).status_code == 422
    browser.open("/")
    assert browser.page == "review"


def test_the_review_can_be_paused_and_is_never_kept(many: SurveyWorld) -> None:
    browser = start(many)
    browser.tap("next", answer=["talk"])
    walk_to_send(browser)
    browser.tap("review")
    assert browser.response.headers["Cache-Control"] == "no-store"
    browser.tap("pause")
    code = browser.code
    other = Browser(many.make_site())
    other.enter(code)
    assert other.page == "review"
    assert "A talk" in other.text


def test_what_was_asked_through_a_calculation_goes_with_the_answer_it_depends_on() -> None:
    """privacy-and-safety 1.7: what was asked only because of an answer would tell that answer."""
    assert list_following(load_many(), "wanted") == ("had", "missing")
    assert list_following(load_many(), "had") == ("missing",)
    alerting = replace(load_many(), alert="${lack} > 5")
    assert may_have_alerted(alerting, ["had"])
    assert not may_have_alerted(alerting, ["story", "helped"])
    answers = {name: Answer(AnswerState.ANSWERED, value) for name, value in (("wanted", 9), ("had", 2))}
    assert is_alert(alerting, answers, "", TODAY)
    assert not is_alert(alerting, answers | {"had": Answer(AnswerState.DECLINED)}, "", TODAY)


def test_after_sending_no_page_tells_an_answer_in_a_question(many: SurveyWorld) -> None:
    browser = start(many)
    answer_numbers(browser, "6", "3")
    walk_to_send(browser)
    browser.tap("send")
    browser.tap("agreed")
    browser.tap("take_one")
    assert "You hoped for …. How many were there?" in browser.text


def test_a_state_answers_a_date(many: SurveyWorld) -> None:
    browser = start(many)
    browser.tap("next", answer=["talk"])
    browser.tap("next", answer=["y2025"], state="dont_know")
    walk_to_send(browser)
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
    assert (answers["helped"], answers["since"].value) == (TALK_AND_REST, "2025-12")


def type_in(written: str) -> tuple[list[str], PaperForm | None]:
    problems = Problems()
    node = read_yaml_text(written, "form.yaml", problems)
    form = check_paper(node, load_many(), problems) if node else None
    return [str(fault) for fault in problems.faults], form


def test_a_form_on_paper_says_that_several_can_be_crossed_and_between_which_dates() -> None:
    template = load_report_templates(ROOT)["paper-form"]
    context = make_form_context(template, load_many(), "lv", "", (5, 5))
    helped, since, day, *others = context.questions
    assert (helped.kind, [choice.label for choice in helped.answers]) == (
        "multiple_choice",
        ["Saruna", "Atpūta", "Nekas no šī"],
    )
    assert (since.precision, since.between) == ("month", "2020. g. janvāris – 2026. g. jūnijs")
    assert (day.precision, day.between) == ("day", "2026. gada 1. janvāris – 2026. gada 31. decembris")
    assert others[2].prompt == "Jūs cerējāt uz … (5). Cik to bija?"
    assert others[3].prompt == "Trūka … sarunu vai … dienu."
    assert build_form(template, load_many(), "lv", "", (5, 5)).startswith(b"%PDF")
