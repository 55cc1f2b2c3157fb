"""An invented person with a browser: reads the forms of the survey site and taps what they offer, over real HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode

from lxml import html

from me_platform.errors import ProgramError
from me_platform.surveys.definition import Answer, AnswerState, Purpose, Survey
from me_platform.surveys.question_types import QUESTION_TYPES, ChoiceRule

MOST_PAGES = 60

Fields = Mapping[str, str | tuple[str, ...]]
"""What a form sends; several values of one name are a tuple."""


class PageUnexpected(ProgramError):
    """The survey site answered with something else than the page a person would have seen."""

    def __init__(self, status: int, page: str) -> None:
        self.status, self.page = status, page
        super().__init__(f"The survey site answered {status} at page '{page}'.")


class Respondent:
    """One browser at one survey site: cookies live as long as the object."""

    def __init__(self, port: int, survey: Survey) -> None:
        self.port, self.survey = port, survey
        self.cookies: dict[str, str] = {}

    def answer(
        self, code: str, language: str, consents: Mapping[Purpose, bool], answers: Mapping[str, Answer]
    ) -> str | None:
        """Go through every page with these choices; returns the receipt code, or None after a refusal.

        Raises PageUnexpected where the site answers with anything but the next page.
        """
        page = self._post(self._get(), {"code": code, "do": "open"})
        for _ in range(MOST_PAGES):
            name = _find_page(page)
            if name == "thanks":
                receipt = page.findtext(".//p[@class='notice code']") or ""
                self._post(page, {"do": "end"})
                return receipt
            if name == "refused":
                self._post(page, {"do": "end"})
                return None
            page = self._post(page, self._choose(name, language, consents, answers))
        raise PageUnexpected(200, _find_page(page))

    def take_back(self, receipt: str) -> None:
        """Come back with the receipt code and take every answer back."""
        page = self._post(self._get(), {"code": receipt, "do": "open"})
        page = self._post(page, {"do": "take_back"})
        self._post(page, {"do": "end"})

    def _choose(
        self, name: str, language: str, consents: Mapping[Purpose, bool], answers: Mapping[str, Answer]
    ) -> Fields:
        """What this person taps on a page."""
        if name == "language":
            return {"do": "language", "language": language}
        kind, _, subject = name.partition("-")
        if kind == "consent":
            return {"do": "yes" if consents.get(Purpose(subject), False) else "no"}
        if kind == "question":
            return self._fill_in(subject, answers.get(subject))
        return {"do": "send" if name == "send" else "next"}

    def _fill_in(self, name: str, answer: Answer | None) -> Fields:
        if answer is None:
            return {"do": "skip"}
        question = self.survey.get_question(name)
        if answer.state is AnswerState.ANSWERED:
            return {"do": "next", "answer": answer.value if isinstance(answer.value, tuple) else str(answer.value)}
        value = next(choice.value for choice in question.choices if choice.state is answer.state)
        return {
            "do": "next",
            "state"
            if QUESTION_TYPES[question.kind].choices is ChoiceRule.STATES and question.kind != "scale"
            else "answer": value,
        }

    def _get(self) -> html.HtmlElement:
        return self._ask("GET", None)

    def _post(self, page: html.HtmlElement, fields: Fields) -> html.HtmlElement:
        """Send the form of the page that holds the button to tap, with its hidden fields."""
        form = _find_form(page, str(fields["do"]))
        hidden = {field.get("name", ""): field.get("value", "") for field in form.iterfind(".//input[@type='hidden']")}
        return self._ask("POST", {**hidden, **fields})

    def _ask(self, method: str, fields: Fields | None) -> html.HtmlElement:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, "/", urlencode(fields, doseq=True) if fields is not None else None, headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        self._keep_cookies(answer)
        if method == "POST" and answer.status == 303:
            return self._ask("GET", None)
        if answer.status != 200:
            raise PageUnexpected(answer.status, str((fields or {}).get("page", "")))
        return html.document_fromstring(body.decode("utf-8"))

    def _keep_cookies(self, answer: HTTPResponse) -> None:
        for header in answer.headers.get_all("Set-Cookie", []):
            found = re.match(r"([^=;]+)=([^;]*)", header)
            if found:
                self.cookies[found[1]] = found[2]
        self.cookies = {name: value for name, value in self.cookies.items() if value}


def _find_page(page: html.HtmlElement) -> str:
    found = page.find(".//main//input[@name='page']")
    return found.get("value", "") if found is not None else ""


def _find_form(page: html.HtmlElement, do: str) -> html.HtmlElement:
    for form in page.iterfind(".//main//form"):
        if form.find(f".//*[@name='do'][@value='{do}']") is not None:
            return form
    raise PageUnexpected(200, _find_page(page))
