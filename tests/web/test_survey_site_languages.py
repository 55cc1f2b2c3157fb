"""A language the program has never heard of is added by content alone; one that is not complete is offered to nobody.

The words are made up. Persian and Welsh stand for languages of either direction that no screen of ours is written in.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages.pofile import read_po, write_po

from me_platform.content import Problems
from me_platform.sealing.envelope import Place, open_as_person
from me_platform.survey_site.languages import check_screens, load_screens, make_screen_words, withhold_languages
from me_platform.surveys.answers import decode_response
from me_platform.surveys.audio import Library
from me_platform.surveys.definition import AnswerState, Survey
from me_platform.surveys.loading import check_surveys, load_surveys
from me_platform.surveys.review import make_review
from tests.conftest import Engines, lend_folder
from tests.survey_samples import Browser, SurveyWorld, dump, make_world

NEW = {"fa": "rtl", "cy": "ltr"}
NAME = {"fa": "فارسی", "cy": "Cymraeg"}

LISTS = """\
answers:
  choices:
    - {value: yes, label: {en: "Yes", lv: "Jā"}}
    - {value: no, label: {en: "No", lv: "Nē"}}
    - {value: dont_know, state: dont_know, label: {en: "I do not know", lv: "Nezinu"}}
    - {value: declined, state: declined, label: {en: "I do not want to say", lv: "Nevēlos teikt"}}
    - {value: not_applicable, state: not_applicable, label: {en: "Does not apply", lv: "Neattiecas"}}
none:
  choices:
    - {value: dont_know, state: dont_know, label: {en: "I do not know", lv: "Nezinu"}}
    - {value: declined, state: declined, label: {en: "I do not want to say", lv: "Nevēlos teikt"}}
    - {value: not_applicable, state: not_applicable, label: {en: "Does not apply", lv: "Neattiecas"}}
"""
CONSENT = """\
version: v1
purposes:
  answer:
    title: {en: "May we ask you?", lv: "Vai drīkstam Jums jautāt?"}
    body: {en: "You decide.", lv: "Jūs izlemjat."}
    again: {en: "You can say no.", lv: "Varat teikt nē."}
"""
SURVEY = """\
id: words
version: v1
title: {en: "Words", lv: "Vārdi"}
note: {en: "Own items.", lv: "Savi jautājumi."}
languages: [en, lv]
respondent: survivor
consent: v1
purposes: [answer]
calculate: {twice: "${nights} * 2"}
questions:
  - name: rest
    kind: multiple_choice
    prompt: {en: "What helps?", lv: "Kas palīdz?"}
    choices: answers
  - name: nights
    kind: number
    prompt: {en: "How many nights?", lv: "Cik naktis?"}
    low: 0
    high: 7
    choices: none
  - name: more
    kind: text
    prompt: {en: "You said ${rest}, ${nights}, ${twice}. Why?", lv: "Jūs teicāt: ${rest}, ${nights}, ${twice}. Kāpēc?"}
    choices: none
  - name: since
    kind: date
    prompt: {en: "Since when?", lv: "Kopš kura laika?"}
    first: 2025-01
    last: 2026-12
    choices: none
"""


def make_up(text: str, language: str) -> str:
    """Words nobody speaks, in the script of the language; places of values and answers stay what they are."""
    letters = "ابپتثجچحخدذرزسشصضطظعغفق" if NEW[language] == "rtl" else "abcdefghijklmnopqrstuvwx"

    def change(found: re.Match[str]) -> str:
        if found[0].startswith(("$", "%")):
            return found[0]
        return "".join(letters[ord(each.lower()) % len(letters)] for each in found[0][:9])

    return re.sub(r"\$\{\w+\}|%\(\w+\)s|[^\W\d_]+", change, text)


def add_language(folder: Path, language: str) -> None:
    """What an officer does: every text in one language more, and the words of the screens in a file beside them."""
    for path in sorted(folder.rglob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        path.write_text(yaml.safe_dump(_translate(content, language), allow_unicode=True), encoding="utf-8")
    words = folder / "surveys" / "translations" / f"{language}.po"
    words.parent.mkdir(exist_ok=True)
    words.write_bytes(make_screen_words(load_screens(folder), language))
    with words.open("rb") as file:
        catalogue = read_po(file, locale=language)
    for message in catalogue:
        if message.id:
            message.string = make_up(str(message.id), language)
    with words.open("wb") as file:
        write_po(file, catalogue)


def _translate(content: Any, language: str) -> Any:  # noqa: ANN401 - whatever YAML holds
    if isinstance(content, dict):
        if "en" in content:
            return {**content, language: make_up(content["en"], language)}
        made: dict[object, Any] = {key: _translate(value, language) for key, value in content.items()}
        return {**made, "languages": [*made["languages"], language]} if "languages" in made else made
    if isinstance(content, list):
        return [_translate(each, language) for each in content]
    # YAML's own guessing; the program reads yes and no as words.
    return {True: "yes", False: "no"}[content] if isinstance(content, bool) else content


@dataclass
class Scene:
    """A content folder with two languages more, and a world in which its survey is asked."""

    folder: Path
    world: SurveyWorld
    survey: Survey

    def open(self, **headers: str) -> Browser:
        browser = Browser(self.world.make_site(content=self.folder), **headers)
        browser.enter(self.world.issue(survey="words", survey_version="v1", wave="")[0])
        return browser


@pytest.fixture(scope="module")
def content() -> Iterator[Path]:
    with lend_folder() as folder:
        for name, text in {"lists": LISTS, "consent/v1": CONSENT, "words/survey": SURVEY}.items():
            path = folder / "surveys" / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("value: yes", 'value: "yes"').replace("value: no,", 'value: "no",'))
        for language in NEW:
            add_language(folder, language)
        yield folder


@pytest.fixture(scope="module")
def lasting_world(lasting_engines: Engines) -> SurveyWorld:
    return make_world(lasting_engines)


@pytest.fixture
def scene(content: Path, lasting_world: SurveyWorld, tmp_path: Path) -> Scene:
    folder = tmp_path / "content"
    shutil.copytree(content, folder)
    surveys = load_surveys(folder)
    world = replace(lasting_world, doorstep=replace(lasting_world.doorstep, surveys=surveys))
    return Scene(folder, world, surveys["words"])


def change_words(folder: Path, language: str, change: Callable[[str], str]) -> None:
    path = folder / "surveys" / "translations" / f"{language}.po"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


@pytest.mark.parametrize("language", NEW)
def test_a_whole_survey_is_answered_in_a_language_that_is_content_alone(scene: Scene, language: str) -> None:
    """Issue: adding a language needs no code. privacy-and-safety 1.8: right-to-left languages."""

    def said(text: str) -> str:
        return make_up(text, language)

    before = {row["id"] for row in dump(scene.world)["response"]}
    browser = scene.open(**{"Accept-Language": language})
    assert (browser.document.get("lang"), browser.document.get("dir")) == (language, NEW[language])
    button = browser.document.find(f".//button[@value='{language}']")
    assert (button.text, button.get("lang"), button.get("dir")) == (NAME[language], language, NEW[language])
    assert said("Choose your language") in browser.text
    browser.tap("language", language=language)
    assert said("What this is") in browser.text
    browser.tap("next")
    assert said("May we ask you?") in browser.text
    assert said("Please explain again") in browser.text
    browser.tap("yes")
    assert said("Question %(number)s of %(count)s") % {"number": 1, "count": 4} in browser.text
    browser.tap("next", answer=["yes", "no"])
    browser.tap("next", answer="3")
    # Numbers, and words of whatever language, do not take what surrounds them along.
    told = [each.text for each in browser.document.iterfind(".//h1//bdi")]
    assert told == [f"{said('Yes')}{'، ' if language == 'fa' else ', '}{said('No')}", "3", "6"]
    browser.tap("next", answer="My own words, 100 %")
    months = [each.text for each in browser.document.iterfind(".//select[@id='month']/option") if each.text]
    assert len(months) == 12
    assert "January" not in months
    browser.tap("next", answer=["m03", "y2026"])
    browser.tap("review")
    answers = [each.text for each in browser.document.iterfind(".//bdi[@class='kept']")]
    assert answers[2] == "My own words, 100 %"
    browser.tap("next")
    browser.tap("send")
    assert said("Thank you") in browser.text
    assert browser.document.find(".//p[@class='notice code']").get("dir") == "ltr"
    # What nobody put into this language says itself that it is another one: contacts are the operator's.
    contact = browser.document.find(".//footer//li/span")
    assert (contact.text, contact.get("lang"), contact.get("dir")) == ("Emergency", "en", "ltr")
    [row] = [row for row in dump(scene.world)["response"] if row["id"] not in before]
    opened = open_as_person(scene.world.private_key, row["sealed"], Place("response", row["id"], row["partner_id"]))
    response = decode_response(opened, scene.survey)
    assert response.locale == language
    assert response.answers["more"].value == "My own words, 100 %"
    assert {each.state for each in response.answers.values()} == {AnswerState.ANSWERED}


def test_nothing_is_left_in_english_on_any_page(scene: Scene) -> None:
    browser = scene.open(**{"Accept-Language": "fa"})
    browser.tap("language", language="fa")
    for do in ("next", "yes", "skip", "skip", "pause", "resume"):
        browser.tap(do)
        shown = re.sub(r"[A-Z0-9-]{19}|MP3", "", browser.text)
        assert re.findall(r"[A-Za-z]{3,}", shown) == [], browser.page


def test_a_language_with_a_gap_is_offered_to_nobody_and_staff_are_told(scene: Scene) -> None:
    """Issue: a missing translation is visible to staff and never silent for the person."""
    change_words(scene.folder, "fa", lambda text: re.sub(r'(msgid "Skip"\nmsgstr )".*"', r'\1""', text))
    screens = load_screens(scene.folder)
    assert screens.find_missing("fa") == ("Skip",)
    browser = scene.open(**{"Accept-Language": "fa, cy;q=0.5"})
    assert [each.get("value") for each in browser.document.iterfind(".//button[@name='language']")] == [
        "en",
        "lv",
        "cy",
    ]
    assert browser.document.get("lang") == "cy"
    form = {**browser.read_form("language"), "language": "fa"}
    assert browser.send(form).status_code == 422
    problems = Problems()
    check_screens(scene.folder, load_surveys(scene.folder).values(), problems)
    [warning] = problems.warnings
    assert str(warning) == (
        "surveys/translations/fa.po: Nobody is offered `fa`: the screens have no words for “Skip”. Fill in what"
        " `me survey screens fa` prints, and save it as surveys/translations/fa.po."
    )


def test_a_draft_in_a_language_that_is_no_longer_offered_goes_on_in_another(scene: Scene) -> None:
    browser = scene.open()
    browser.tap("language", language="fa")
    browser.tap("pause")
    code = browser.code
    (scene.folder / "surveys" / "translations" / "fa.po").unlink()
    later = Browser(scene.world.make_site(content=scene.folder))
    later.enter(code)
    assert later.document.get("lang") == "en"
    assert "What this is" in later.text


def test_a_survey_that_is_not_in_the_persons_language_says_so_in_it(scene: Scene) -> None:
    """The reverse: the screens have a language that the survey does not."""
    browser = scene.open(**{"Accept-Language": "ar"})
    told = browser.document.find(".//main//p[@class='notice']")
    assert (told.get("lang"), told.get("dir")) == ("ar", "rtl")
    assert told.text == "هذه الأسئلة ليست متوفرة بلغتكم بعد. الرجاء اختيار لغة أخرى أو طلب المساعدة من أحد."
    assert browser.document.get("lang") == "en"
    known = scene.open(**{"Accept-Language": "lv"})
    assert known.document.find(".//main//p[@class='notice']") is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('msgid "Skip"', 'msgid "Skip it"', "No screen says “Skip it”. Take it out."),
        ("%(count)s", "%(counts)s", "does not have the places of"),
        ("%(count)s", "% (count)s", "does not have the places of"),
        ('msgid "Skip"\nmsgstr ', 'msgid "Skip"\nrubbish ', "cannot be read"),
        ('msgid "Skip"\nmsgstr "', f'msgid "Skip"\nmsgstr "{"a " * 16}', "more than 15 words"),
    ],
)
def test_a_faulty_file_takes_no_page_down_and_is_told(scene: Scene, old: str, new: str, said: str) -> None:
    def change(text: str) -> str:
        head, _, rest = text.partition(old) if old.startswith("msgid") else _split_translated(text, old)
        return head + new + rest

    change_words(scene.folder, "cy", change)
    problems = Problems()
    check_screens(scene.folder, [scene.survey], problems)
    assert not problems.faults
    assert any(said in str(each) for each in problems.warnings)
    assert all(each.file == "surveys/translations/cy.po" for each in problems.warnings)
    assert scene.open().response.status_code == 200


def _split_translated(text: str, old: str) -> tuple[str, str, str]:
    """Around the first place in a translation, which stands behind the one in the English text."""
    at = text.index(old, text.index(old) + 1)
    return text[:at], old, text[at + len(old) :]


def test_a_language_nobody_began_is_a_warning_and_one_that_does_not_exist_a_fault(tmp_path: Path) -> None:
    (tmp_path / "surveys" / "words").mkdir(parents=True)
    for name, text in {"lists": LISTS, "consent/v1": CONSENT, "words/survey": SURVEY}.items():
        path = tmp_path / "surveys" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("[en, lv]", "[en, lv, qq]"), encoding="utf-8")
    problems = Problems()
    check_surveys(tmp_path, problems)
    told = "There is no language `qq`. Write its code, such as `fa` or `pt-BR`."
    assert [told in str(each) for each in problems.faults].count(True) == 1


def test_what_is_withheld_is_no_part_of_what_is_asked(scene: Scene) -> None:
    """A language that comes or goes changes neither fingerprint nor the length of what is sealed."""
    surveys = {"words": scene.survey}
    held = withhold_languages(surveys, load_screens(None))["words"]
    assert held.offered == ("en", "lv")
    assert replace(held, withheld=frozenset()) == scene.survey
    review = make_review(scene.survey, ("fa", "ar"), Library(), scene.folder)
    assert (review.languages["fa"].untranslated, review.languages["ar"].untranslated > 0) == (0, True)
