"""A survey written by somebody who had read docs/writing-surveys.md and docs/reference.md and seen nothing else.

It is kept as it was handed in, and has to go on working: `tests/content/from_docs`. Its four recordings were made by
the voice of espeak-ng.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from me_platform.content import Problems
from me_platform.sealing.envelope import Place, open_as_person
from me_platform.services.audio import build_audio
from me_platform.settings import load_settings
from me_platform.surveys.answers import decode_response
from me_platform.surveys.audio import Library, list_spoken, read_library, read_recording
from me_platform.surveys.definition import Answer, AnswerState, Survey
from me_platform.surveys.loading import check_surveys, load_surveys
from tests.conftest import Engines
from tests.integration.test_audio import FakeVoice
from tests.survey_samples import Browser, SurveyWorld, dump, make_world

ROOT = Path(__file__).parents[1] / "content" / "from_docs"
ID = "after-workshop"
LANGUAGES = ("en", "lv", "ru", "uk", "ar")
TALKS = {
    "en": "Talking with others",
    "lv": "Sarunas ar citiem",
    "ru": "Разговоры с другими",
    "uk": "Розмови з іншими",
    "ar": "الحديث مع الآخرين",
}
NO = {"en": "No", "lv": "Nē", "ru": "Нет", "uk": "Ні", "ar": "لا"}


@cache
def load_survey() -> Survey:
    return load_surveys(ROOT)[ID]


@dataclass
class Door:
    """A world in which the survey is asked, and what of it can be heard."""

    world: SurveyWorld
    library: Library

    def start(self, language: str, wave: str) -> Browser:
        """A browser at the first page behind the consents."""
        browser = Browser(self.world.make_site(library=self.library))
        browser.enter(self.world.issue(survey=ID, survey_version=load_survey().version, wave=wave)[0])
        browser.tap("language", language=language)
        browser.tap("next")
        for _ in load_survey().purposes:
            browser.tap("yes")
        return browser

    def read_answers(self, wave: str) -> dict[str, Answer]:
        """The only response of a wave, opened with the person's key; what was not asked is left out."""
        opened = [
            decode_response(
                open_as_person(self.world.private_key, row["sealed"], Place("response", row["id"], row["partner_id"])),
                load_survey(),
            )
            for row in dump(self.world)["response"]
        ]
        [response] = [each for each in opened if each.wave == wave]
        return {name: each for name, each in response.answers.items() if each.state is not AnswerState.NOT_ASKED}


@pytest.fixture
def door(engines: Engines, tmp_path: Path) -> Door:
    world = make_world(engines)
    world = replace(world, doorstep=replace(world.doorstep, surveys={ID: load_survey()}))
    voice = load_settings({}, Path("/")).voice
    build_audio([load_survey()], ROOT, tmp_path / "audio", b"k" * 32, voice, FakeVoice())
    return Door(world, read_library(tmp_path / "audio", {ID: load_survey()}))


def go(browser: Browser, here: str, do: str = "next", **fields: object) -> None:
    assert browser.page == f"question-{here}"
    browser.tap(do, **fields)


def test_it_loads_without_a_word_of_complaint() -> None:
    """Issue, done when 8: written from the docs alone, works the first time."""
    problems = Problems()
    assert set(check_surveys(ROOT, problems)) == {ID}
    assert (problems.faults, problems.warnings) == ((), ())
    assert load_survey().languages == LANGUAGES


def test_its_recordings_are_heard_and_a_voice_says_the_rest(door: Door) -> None:
    """Issue, audio: recordings of a language first; the voice for all others, but not where an answer is told."""
    for item, recording in (
        ("feeling", "feeling"),
        ("feeling.very_good", "feeling.very_good"),
        ("heard.not_applicable", "choice.not_applicable"),
        ("consent.answer", "consent.answer"),
    ):
        path = door.library.find_file(door.library.find_name(ID, "lv", item))
        assert path is not None
        recorded = ROOT / "surveys" / ID / "audio" / "lv" / f"{recording}.mp3"
        assert path.read_bytes() == read_recording(recorded.read_bytes())
    for language in LANGUAGES:
        silent = {
            each.item for each in list_spoken(load_survey()) if not door.library.find_name(ID, language, each.item)
        }
        assert silent == {"hope_words", "visits_good", "better", "since_change", "come_why"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_and_after_are_answered_in_every_language(door: Door, language: str) -> None:
    """Pictograms, faces, skip logic, a check, calculations and earlier answers in later words, both sides of a pair."""
    before = door.start(language, "before")
    go(before, "welcome")
    assert len(before.document.xpath("//label[@class='choice']/svg")) == 5
    go(before, "feeling", answer="good")
    go(before, "calm", answer="2")
    go(before, "help_now", answer="Tea.")
    assert len(before.document.xpath("//label[@class='choice']/svg")) == 5
    go(before, "hopes", answer=["talk", "none"])
    go(before, "hopes", answer=["learning", "talk"])
    go(before, "hope_first", answer="talk")
    assert TALKS[language] in before.text
    go(before, "hope_words", answer="Time.")
    go(before, "visits", answer="5")
    go(before, "visits_good", answer="9")
    assert before.document.xpath("//p[@role='alert']")
    go(before, "visits_good", answer="3")
    assert "2" in before.document.findtext(".//h1//bdi")
    go(before, "better", answer="More breaks.")
    go(before, "since", answer=["m03", "y2025"])
    assert "3.2025" in before.text
    go(before, "since_change", answer="A lot.")
    before.tap("review")
    assert len(before.document.findall(".//section")) == 11
    before.tap("next")
    before.tap("send")
    after = door.start(language, "after")
    go(after, "welcome")
    go(after, "feeling", answer="very_good")
    go(after, "calm", answer="9")
    go(after, "got", answer=["learning"])
    go(after, "got_new", answer="Words.")
    go(after, "heard", answer="yes")
    go(after, "come_again", answer="no")
    assert NO[language] in after.document.findtext(".//h1//bdi")
    go(after, "come_why", answer="declined")
    go(after, "change", answer="Nothing.")
    go(after, "thanks")
    after.tap("send")
    assert {name: each.value for name, each in door.read_answers("before").items()} == {
        "feeling": "good",
        "calm": 2,
        "help_now": "Tea.",
        "hopes": ("learning", "talk"),
        "hope_first": "talk",
        "hope_words": "Time.",
        "visits": 5,
        "visits_good": 3,
        "better": "More breaks.",
        "since": "2025-03",
        "since_change": "A lot.",
    }
    assert door.read_answers("after")["change"].value == "Nothing."


@pytest.mark.parametrize(
    ("wave", "asked"),
    [
        ("before", ["feeling", "calm", "hopes", "visits"]),
        ("after", ["feeling", "calm", "got", "heard", "come_again", "change"]),
    ],
)
def test_whoever_skips_everything_is_asked_only_what_depends_on_nothing(
    door: Door, wave: str, asked: list[str]
) -> None:
    browser = door.start("lv", wave)
    passed = []
    go(browser, "welcome")
    while browser.page != "send":
        passed.append(browser.page.partition("-")[2])
        browser.tap("skip")
    assert passed == asked
    browser.tap("send")
    assert door.read_answers(wave) == dict.fromkeys(asked, Answer(AnswerState.SKIPPED))
