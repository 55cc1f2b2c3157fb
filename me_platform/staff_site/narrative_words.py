"""Narratives in the reader's words: what the templates of all their pages call."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_time

from me_platform.services.narrative_texts import NarrativeText
from me_platform.staff_site.days import say_day
from me_platform.staff_site.frame import Frame, mark
from me_platform.staff_site.language import find_language
from me_platform.staff_site.narrative_form import GROUPS, Heading, NarrativeForm, list_headings, make_narrative_form
from me_platform.staff_site.narrative_marks import Part, compare_texts, list_marks
from me_platform.staff_site.people_words import DECISIONS, PURPOSES

LARGEST_NARRATIVE = 16 * 1024 * 1024
"""Bytes a form with a narrative may have: a page that was pasted by mistake is answered at its field, text kept."""

STATES = {
    "draft": mark("Draft"),
    "submitted": mark("Submitted"),
    "returned": mark("Returned"),
    "approved": mark("Approved"),
}
ROLES = {"caseworker": mark("caseworker"), "manager": mark("manager")}
KINDS = {
    "name": mark("perhaps a name"),
    "number": mark("number"),
    "date": mark("date"),
    "contact": mark("address or phone number"),
    "place": mark("place"),
}
OUTCOMES = {
    "pending": mark("outcome not known yet"),
    "received": mark("service received"),
    "not_received": mark("service not received"),
    "declined": mark("declined"),
}
ITEMS = {"done": mark("done"), "not_done": mark("not done"), "not_applicable": mark("does not apply")}


@dataclass(frozen=True)
class Difference:
    """A heading of two narratives that say different things there."""

    title: str
    parts: tuple[Part, ...]
    old: str
    new: str


class NarrativeWords:
    """Narratives in the reader's words."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self.taxonomy = frame.desk.catalogue.taxonomy
        self.form = make_narrative_form(self.taxonomy)
        self._places = list_places(frame)

    @property
    def language(self) -> str:
        """The reader's language."""
        return find_language(self._frame.wording)

    def list_headings(self, text: NarrativeText, *, restricted: bool) -> list[Heading]:
        """Every heading of a narrative with its words."""
        return list_headings(text, self.taxonomy, self._frame.get_translate(), self.language, restricted=restricted)

    def list_differences(self, old: NarrativeText, new: NarrativeText, *, restricted: bool) -> list[Difference]:
        """The headings at which two narratives say different things."""
        pairs = zip(
            self.list_headings(old, restricted=restricted), self.list_headings(new, restricted=restricted), strict=True
        )
        return [
            Difference(one.title, tuple(compare_texts(one.words, other.words)), one.words, other.words)
            for one, other in pairs
            if one.words != other.words
        ]

    def make_form(self, **kwargs: Any) -> NarrativeForm:  # noqa: ANN401 - the form's own
        """The form, filled with what was sent unless ``formdata`` says otherwise."""
        today = self._frame.desk.sources.today()
        return self.form(self._frame.get_translate(), self.taxonomy, self.language, today, **kwargs)

    def name_code(self, list_name: str, code: str) -> str:
        """What a code of a list is called; the code where the list has it no more."""
        term = self.taxonomy.lists.get(list_name, {}).get(code)
        return self._frame.choose(term.title, code) if term else code

    def name_time(self, at: datetime | None) -> str:
        """The hour and minute of a save."""
        if at is None:
            return ""
        return format_time(at.astimezone(self._frame.desk.sources.zone), "HH:mm", locale=self.language)

    def provide(self) -> dict[str, object]:
        """What the templates call."""
        return {
            "groups": GROUPS,
            "states": STATES,
            "roles": ROLES,
            "kinds": KINDS,
            "outcomes": OUTCOMES,
            "items": ITEMS,
            "purposes": PURPOSES,
            "decisions": DECISIONS,
            "name_code": self.name_code,
            "name_time": self.name_time,
            "say_day": lambda day: say_day(day, self.language),
            "list_marks": lambda text: list_marks(text, self._places),
            "list_headings": self.list_headings,
            "book": self.taxonomy.book,
            "choose": self._frame.choose,
        }


def list_places(frame: Frame) -> frozenset[str]:
    """Names of countries and organisations as the plans write them, word by word."""
    return frozenset(
        word
        for plan in frame.desk.plans.values()
        for partner in plan.partners
        for text in (*partner.country.values(), *partner.name.values())
        for word in re.findall(r"[^\W\d_]{3,}", text)
        if word[0].isupper()
    )
