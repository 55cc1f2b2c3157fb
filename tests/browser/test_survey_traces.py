"""What a phone keeps of a visit: the files of a real Chromium profile after every way a sitting can end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from me_platform.services.codes import read_typed_code
from tests.audio_samples import make_library
from tests.browser.test_survey_journeys import (
    WORDS,
    follow_hidden_link,
    press_shift,
    read_heading,
    read_text,
    serve,
    show_weather,
    tap,
    tap_three_times,
    watch,
)
from tests.conftest import Engines
from tests.survey_samples import SURVEY, SurveyWorld, load_survey, make_world


@dataclass
class Visit:
    """A phone with a profile of its own, and all that must not be found in it."""

    world: SurveyWorld
    page: Page
    address: str
    secrets: dict[str, str]
    shown: set[str]
    script: bool

    def walk_to_text(self, journey: str) -> None:
        """Open a code and write an answer, in words no other journey has."""
        code = self.world.issue()[0]
        self.secrets |= {f"door code of {journey}": code, f"answer of {journey}": f"zebrafinch{journey}"}
        self.page.goto(self.address)
        self.page.fill("#code", code)
        tap(self.page, "open")
        tap(self.page, "en")
        tap(self.page, "next")
        while self.page.locator("button[value='yes']").count():
            self.page.locator("h1").wait_for()
            self.shown.add(read_heading(self.page))
            tap(self.page, "yes")
        self.shown.add(read_heading(self.page))
        self.page.fill("textarea", self.secrets[f"answer of {journey}"])

    def answer(self, journey: str) -> None:
        """Send the answer in, and look at the next question."""
        self.walk_to_text(journey)
        tap(self.page, "next")
        self.shown.add(read_heading(self.page))

    def note_code(self, journey: str) -> None:
        self.secrets[f"receipt code of {journey}"] = self.page.inner_text("p.code")

    def leave(self, way: Callable[[Page], None]) -> None:
        with self.page.expect_navigation(url="**/today"):
            way(self.page)
        assert read_text(self.page, "h1") == "Weather today"


def finish(visit: Visit) -> None:
    visit.answer("finish")
    tap(visit.page, "skip")
    tap(visit.page, "send")
    visit.note_code("finish")
    tap(visit.page, "end")


def exit_by_button(visit: Visit) -> None:
    visit.answer("button")
    visit.leave(lambda page: page.click("#leave"))


def exit_while_writing(visit: Visit) -> None:
    visit.walk_to_text("writing")
    visit.leave(lambda page: page.click("#leave"))


def exit_by_shift(visit: Visit) -> None:
    visit.walk_to_text("shift")
    visit.leave(press_shift)


def exit_by_tapping(visit: Visit) -> None:
    visit.answer("tapping")
    visit.leave(tap_three_times)


def exit_by_hidden_link(visit: Visit) -> None:
    visit.answer("link")
    visit.leave(follow_hidden_link)


def go_back_after_leaving(visit: Visit) -> None:
    visit.answer("back")
    visit.page.go_back()
    visit.leave(lambda page: page.click("#leave"))
    visit.page.go_back()
    assert read_heading(visit.page) == WORDS["en"]["start"]


def be_idle(visit: Visit) -> None:
    visit.answer("idle")
    visit.world.clock.pass_by(minutes=31)
    visit.page.reload()
    assert read_heading(visit.page) == WORDS["en"]["start"]


def pause(visit: Visit) -> None:
    visit.walk_to_text("pause")
    tap(visit.page, "pause")
    visit.note_code("pause")
    visit.leave(lambda page: page.click("#leave"))


def listen(visit: Visit) -> None:
    """Leave while something is heard: with the page it falls silent."""
    visit.answer("listening")
    page, heard = visit.page, "details.listen:has(audio) >> nth=0"
    source = str(page.get_attribute(f"{heard} >> audio", "src"))
    visit.secrets["address of what was heard"] = source
    with page.expect_response(f"**{source}") as response:
        page.click(f"{heard} >> summary")
        if not visit.script:
            page.locator(f"{heard} >> audio").click(position={"x": 25, "y": 27})
    assert response.value.status == HTTPStatus.PARTIAL_CONTENT
    visit.leave(lambda page: page.click("#leave"))


WITHOUT_SCRIPT = (listen, exit_while_writing, go_back_after_leaving, pause)
WITH_SCRIPT = (*WITHOUT_SCRIPT, finish, exit_by_button, be_idle, exit_by_shift, exit_by_tapping, exit_by_hidden_link)


@pytest.fixture
def world(engines: Engines) -> SurveyWorld:
    """A survey that starts with a text, so that a journey is short."""
    made, survey = make_world(engines), load_survey()
    short = replace(survey, questions=tuple(survey.get_question(name) for name in ("goal", "useful")))
    return replace(made, doorstep=replace(made.doorstep, surveys={SURVEY: short}))


@pytest.mark.parametrize(
    ("browser", "journeys"),
    [("with scripts", WITH_SCRIPT), pytest.param("without", WITHOUT_SCRIPT, marks=pytest.mark.full)],
)
def test_no_file_of_the_browser_holds_an_answer_a_question_or_a_code(
    world: SurveyWorld, tmp_path: Path, browser: str, journeys: tuple[Callable[[Visit], None], ...]
) -> None:
    """privacy-and-safety 1.3 to 1.5; issue, done when 3: looked for while the browser runs and after it ended."""
    profile, sounds = tmp_path / "profile", tmp_path / "sounds"
    sounds.mkdir()
    library = make_library(sounds, world.doorstep.surveys)
    with (
        serve(show_weather) as weather,
        serve(world.make_site(exit_url=f"http://localhost:{weather.port}/today", library=library)) as server,
    ):
        with open_profile(profile, script=browser == "with scripts") as context:
            address = f"http://127.0.0.1:{server.port}"
            visit = Visit(world, context.new_page(), address, {}, set(), script=browser == "with scripts")
            with watch(context):
                for journey in journeys:
                    journey(visit)
            shutil.copytree(
                profile, tmp_path / "running", symlinks=True, ignore=ignore_sockets, copy_function=copy_if_there
            )
        needles = {**visit.secrets, **{f"the words {words!r}": words for words in visit.shown}}
        assert len(needles) >= 2 * len(journeys) + 3
        for folder in (profile, tmp_path / "running"):
            # What may be known is found: the visit stays in the history (and so the search can find something).
            assert find_in_files(folder, f"127.0.0.1:{server.port}")
            found = {what: find_in_files(folder, words) for what, words in needles.items()}
            assert {what: files for what, files in found.items() if files} == {}


@contextmanager
def open_profile(folder: Path, *, script: bool) -> Iterator[BrowserContext]:
    """Chromium as somebody's own browser: its profile stays on the disk."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=shutil.which("chromium"),
            args=["--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])],
            ignore_default_args=["--disable-back-forward-cache"],
            java_script_enabled=script,
            has_touch=True,
            locale="en-GB",
            viewport={"width": 360, "height": 640},
        )
        context.set_default_timeout(10_000)
        try:
            yield context
        finally:
            context.close()


def ignore_sockets(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not (Path(folder) / name).is_dir() and not (Path(folder) / name).is_file()}


def copy_if_there(source: str, target: str) -> None:
    """The browser runs: a file it was writing may have its real name by now."""
    with suppress(FileNotFoundError):
        shutil.copy2(source, target)


def find_in_files(folder: Path, words: str) -> list[str]:
    """The files that hold these words, as UTF-8 or UTF-16, whatever the case; a code also without its dashes."""
    spellings = {words.lower(), read_typed_code(words).lower() if "-" in words else words.lower()}
    needles = [each.encode(coding) for each in spellings for coding in ("utf-8", "utf-16-le")]
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(needle in path.read_bytes().lower() for needle in needles)
    ]
