"""What is shown of people, in the reader's words: days, code lists, surveys and their waves, what is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal

from me_platform.catalogue import Catalogue
from me_platform.indicators.definition import Text
from me_platform.services.due import Due, DueKind
from me_platform.staff_site.frame import mark
from me_platform.staff_site.people_forms import (
    ANSWERS,
    BARRIER_STATES,
    COMFORTABLE,
    GOAL_STATES,
    NEED_STATES,
    OUTCOMES,
    PROVIDED,
    WOMAN,
)
from me_platform.wording import SOURCE_LANGUAGE, Translate

NBSP = "\N{NO-BREAK SPACE}"
_DAYS = {"en": "d MMM yyyy", "lv": "dd.MM.yyyy."}
"""How a page writes a day in each language (CLDR pattern); other languages as CLDR has it."""

WAVES = {
    "baseline": mark("at the start"),
    "followup": mark("follow-up %(number)s"),
    "exit": mark("after the end of support"),
    "before": mark("before a session"),
    "after": mark("after a session"),
    "both": mark("before and after a session, with one code"),
    "": mark("outside every window, counted in no wave"),
}
PURPOSES = {
    "answer": mark("To answer the survey"),
    "statistics": mark("To be counted in the figures"),
    "quote": mark("To be quoted in a report"),
    "recontact": mark("To be contacted again"),
    "link": mark("To be recognised at another organisation"),
    "object": mark("Objection to being counted"),
}
DECISIONS = {
    ("given", False): mark("Yes"),
    ("refused", False): mark("No"),
    ("withdrawn", False): mark("No longer, taken back"),
    ("given", True): mark("Objects"),
    ("withdrawn", True): mark("No longer objects"),
}
"""A decision's words; an objection has its own."""

NARRATIVES = {
    "draft": mark("Draft"),
    "submitted": mark("Submitted"),
    "returned": mark("Returned"),
    "approved": mark("Approved"),
}
_SAID: Mapping[str, Mapping[str, str]] = {
    "provided": PROVIDED,
    "comfortable": COMFORTABLE,
    "woman": WOMAN,
    "need": NEED_STATES,
    "goal": GOAL_STATES,
    "barrier": BARRIER_STATES,
    "referral": OUTCOMES,
    "checklist": ANSWERS,
    "purpose": PURPOSES,
    "narrative": NARRATIVES,
}
DUE_ICONS = {DueKind.SURVEY: "✉", DueKind.REVIEW: "↻", DueKind.NARRATIVE: "✎", DueKind.RETURNED: "↩"}


@dataclass(frozen=True)
class Words:
    """How things are said in ``language``; templates call it ``words``."""

    translate: Translate
    language: str
    catalogue: Catalogue
    today: date

    def day(self, day: date | str | None) -> str:
        """A day that is not broken at the end of a line; nothing for none."""
        if not day:
            return ""
        known = date.fromisoformat(day) if isinstance(day, str) else day
        return format_date(known, _DAYS.get(self.language, "medium"), locale=self.language).replace(" ", NBSP)

    def number(self, value: float) -> str:
        """A number with the reader's decimal sign."""
        return format_decimal(value, locale=self.language)

    def name(self, list_name: str, code: str) -> str:
        """A code of the taxonomy in words; the code itself where the list has it no more."""
        entry = self.catalogue.taxonomy.lists.get(list_name, {}).get(code)
        return self._choose(entry.title, code) if entry else code

    def say(self, kind: str, code: str) -> str:
        """A state in words."""
        text = _SAID[kind].get(code)
        return self.translate(text) if text else code

    def decision(self, purpose: str, decision: str) -> str:
        """A decision in words."""
        return self.translate(DECISIONS.get((decision, purpose == "object"), decision))

    def survey(self, survey: str) -> str:
        """A survey's title; its id where it is no longer there."""
        known = self.catalogue.surveys.get(survey)
        return self._choose(known.title, survey) if known else survey

    def wave(self, wave: str) -> str:
        """A wave in words."""
        stem, _, number = wave.partition("-")
        return self.translate(WAVES.get(stem, stem), number=number) if number else self.translate(WAVES.get(wave, wave))

    def due(self, due: Due) -> str:
        """What is due, and by or since when."""
        day = self.day(due.day)
        match due.kind:
            case DueKind.SURVEY:
                title, wave = self.survey(due.about), self.wave(due.wave)
                return self.translate(
                    mark("Hand over a code: %(survey)s, %(wave)s (until %(day)s)"), survey=title, wave=wave, day=day
                )
            case DueKind.REVIEW:
                need = self.name("needs", due.about)
                return self.translate(mark("Look at a need again: %(need)s (due %(day)s)"), need=need, day=day)
            case DueKind.NARRATIVE:
                return self.translate(mark("Write a progress narrative (due %(day)s)"), day=day)
            case _:
                return self.translate(mark("A narrative was returned to you (%(day)s)"), day=day)

    def icon(self, due: Due) -> str:
        """A sign beside what is due."""
        return DUE_ICONS[due.kind]

    def is_late(self, due: Due) -> bool:
        """Whether its day is over."""
        return due.day < self.today

    def _choose(self, text: Text, otherwise: str) -> str:
        return text.get(self.language) or text.get(SOURCE_LANGUAGE) or otherwise
