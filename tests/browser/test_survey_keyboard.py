"""The survivor's door with the keyboard alone: the focus is always seen, never lost, and one way leads on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.test_survey_journeys import Served, open_phone, serve_site
from tests.conftest import Engines
from tests.survey_samples import count_rows, load_survey, read_response

MOST = 60
"""Stops a page has at most; somebody who needs more is caught in a part of it."""

FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const box = one.getBoundingClientRect(), look = getComputedStyle(one);
  const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    name: one.value || one.id || one.localName,
    seen: box.width > 0 && hit !== null && (one.contains(hit) || hit.contains(one)),
    ringed: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2,
  };
}"""


@dataclass
class Hands:
    """Somebody at a keyboard."""

    page: Page

    def reach(self, name: str) -> None:
        """Tab on until the thing of this name or value has the focus; each stop is seen and ringed."""
        passed = []
        for _ in range(MOST):
            self.page.keyboard.press("Tab")
            focus = self.page.evaluate(FOCUS)
            if focus is None:
                continue  # the browser's own bar, before the page begins again
            assert focus["seen"], focus
            assert focus["ringed"], focus
            if focus["name"] == name:
                return
            passed.append(focus["name"])
        raise AssertionError(f"{name} is not reached: {passed}")

    def press(self, name: str, key: str = "Enter") -> None:
        """Reach a button and press it."""
        self.reach(name)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    @property
    def here(self) -> str:
        """The name of the page on the screen."""
        return str(self.page.locator("main input[name='page']").first.get_attribute("value"))


@pytest.fixture
def served(engines: Engines) -> Iterator[Served]:
    with serve_site(engines, tls=False) as made:
        yield made


@pytest.mark.parametrize("language", [*(pytest.param(each, marks=pytest.mark.full) for each in ("en", "lv")), "ar"])
def test_a_survey_is_answered_and_taken_back_with_the_keyboard_alone(
    chromium: Browser, served: Served, language: str
) -> None:
    """Issue, done when 2; privacy-and-safety 1.8."""
    with open_phone(chromium, reduced_motion="reduce") as context:
        hands = Hands(context.new_page())
        hands.page.goto(served.address)
        hands.reach("code")
        hands.page.keyboard.type(served.world.issue()[0])
        with hands.page.expect_navigation():
            hands.page.keyboard.press("Enter")
        hands.press(language, "Space")
        hands.press("next")
        while hands.here.startswith("consent-"):
            hands.press("yes", "Space")
        chosen = answer_everything(hands)
        hands.press("send")
        hands.press("agreed")
        hands.press("withdraw")
        hands.press("take_one")
        hands.reach("1")
        hands.page.keyboard.press("Space")
        hands.press("take_one")
        assert read_response(served.world)["useful"].value == chosen["useful"]
        assert {name: read_response(served.world)[name].value for name in chosen} == chosen
        hands.press("take_back")
        hands.press("end")
        assert hands.page.locator("#code").count() == 1
        assert count_rows(served.world) == {"consent_event": 6, "receipt": 1, "request": 2, "response": 1}


def answer_everything(hands: Hands) -> dict[str, object]:
    """The second choice of each list by arrow keys, Enter to go on; words are written."""
    chosen: dict[str, object] = {}
    while hands.here.startswith("question-"):
        question = load_survey().get_question(hands.here.partition("-")[2])
        if question.kind == "text":
            hands.reach("answer")
            hands.page.keyboard.type("Own words.")
            hands.press("next")
            chosen[question.name] = "Own words."
            continue
        first = str(question.low) if question.kind == "scale" else question.choices[0].value
        hands.reach(first)
        hands.page.keyboard.press("ArrowDown")
        # Enter inside a choice goes on as "Next" does.
        with hands.page.expect_navigation():
            hands.page.keyboard.press("Enter")
        chosen[question.name] = question.low + 1 if question.kind == "scale" else question.choices[1].value
    return chosen


def test_tab_and_enter_leave_without_a_script(chromium: Browser, served: Served) -> None:
    """privacy-and-safety 1.5: the first stop of a page leads to the way out, and that leaves."""
    with open_phone(chromium, java_script_enabled=False) as context:
        hands = Hands(context.new_page())
        hands.page.goto(served.address)
        hands.page.keyboard.press("Tab")
        hands.page.keyboard.press("Enter")
        with hands.page.expect_navigation(url=served.exit_address):
            hands.page.keyboard.press("Enter")
