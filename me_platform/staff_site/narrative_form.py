"""The form of a progress narrative: the 26 fields of the handbook digest 7.3, in the order they are written in.

One table says how every heading is called; form, reading page, history and the page of two versions all take it from
there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wtforms import BooleanField, DateField, HiddenField, SelectField, SelectMultipleField, TextAreaField

from me_platform.exchange.narratives import CODES, LIMITS
from me_platform.indicators.definition import CodeBook, Taxonomy
from me_platform.services.narrative_texts import Finding, NarrativeText, Quote
from me_platform.services.narratives import LONGEST_COMMENT, Coding, Stamp
from me_platform.staff_site.days import say_day
from me_platform.staff_site.forms import Check, StaffForm, at_most, list_choices, needed, not_ahead, optional
from me_platform.staff_site.frame import mark
from me_platform.wording import Translate

HERS, STAFF = "hers", "staff"
"""Whose words a heading holds."""

Day = date
"""A day beside a field that is itself called ``date``."""


@dataclass(frozen=True)
class Heading:
    """A heading of the narrative with what it says, in the reader's words; ``voice`` says whose words these are."""

    name: str
    title: str
    words: str
    voice: str = ""
    language: str = ""


TITLES: Mapping[str, str] = {
    "since": mark("Period from"),
    "date": mark("Period to"),
    "areas": mark("Areas of support"),
    "stage": mark("Stage"),
    "themes": mark("Themes"),
    "direction": mark("Progress"),
    "goals": mark("Goals agreed together"),
    "changed_own": mark("What changed: the person's own account"),
    "changed_staff": mark("What changed: what you observed"),
    "factors": mark("What else contributed"),
    "barriers": mark("Barriers met"),
    "barriers_done": mark("What was done about them"),
    "interpreter": mark("Interpreter"),
    "mediator": mark("Cultural mediator"),
    "comfortable": mark("Was the person comfortable with them?"),
    "gender_choice": mark("Choice of a woman or a man as professional"),
    "children": mark("Motherhood and children"),
    "child_care": mark("Child care during meetings"),
    "culture": mark("Culture and belief"),
    "gender_specificity": mark("How support took gender into account"),
    "emergency": mark("Support changed because of an emergency"),
    "emergency_done": mark("What was done differently"),
    "resources": mark("Resources used"),
    "change_needed": mark("What we should change"),
    "next_steps": mark("Next steps"),
    "review_date": mark("Day of review"),
    "finding_en": mark("Sentence for the report, in English"),
    "finding_lv": mark("Sentence for the report, in Latvian"),
    "quote": mark("Quote"),
    "quote_language": mark("Language of the quote"),
    "quote_agreed": mark("The person agreed that exactly these words may be printed."),
    "safety_note": mark("Safety note"),
    "support_needed": mark("I would like support or supervision because of this work."),
}
"""Name -> heading, in the order in which a narrative is read."""

HINTS: Mapping[str, str] = {
    "themes": mark(
        "Mark every theme it is about, as the code book defines them. Reports are counted by theme, not people."
    ),
    "goals": mark("In the person's own words where you can."),
    "changed_own": mark("Write down what the person said, in the person's words."),
    "changed_staff": mark("What you saw yourself, and what shows it."),
    "factors": mark("Changes that have other causes than your support."),
    "culture": mark("How they were taken into account in the support."),
    "resources": mark("Hours, money, help of others; only where it tells something."),
    "finding_en": mark("One sentence in which nobody can be recognised. A second person checks it."),
    "finding_lv": mark("The same sentence in Latvian."),
    "quote": mark("Printed only while the person's consent to quotes stands, and after a second person's check."),
    "safety_note": mark("Read by you and the managers only. It stands in no report and no figure."),
    "support_needed": mark("Read by you and the managers only."),
}

CODE_TITLES: Mapping[str, Mapping[str, str]] = {
    "interpreter": {
        "not_needed": mark("not needed"),
        "provided": mark("provided"),
        "not_provided": mark("needed, but not provided"),
    },
    "comfortable": {"yes": mark("Yes"), "no": mark("No")},
    "gender_choice": {
        "not_asked": mark("not asked"),
        "no_wish": mark("asked, no wish"),
        "honoured": mark("a wish, and it was honoured"),
        "not_honoured": mark("a wish, but it could not be honoured"),
    },
    "children": {
        "considered": mark("taken into account"),
        "not_considered": mark("not taken into account"),
        "no_children": mark("does not apply"),
    },
    "emergency": {
        "none": mark("no"),
        "covid": mark("yes, because of COVID-19"),
        "other": mark("yes, because of something else"),
    },
}
CODE_TITLES = {**CODE_TITLES, "mediator": CODE_TITLES["interpreter"], "child_care": CODE_TITLES["interpreter"]}
"""Field -> code -> how it is called."""


@dataclass(frozen=True)
class Group:
    """Fields that are written together. A folded group opens when something is in it or is wrong with it."""

    title: str
    fields: tuple[str, ...]
    folded: bool = True
    note: str = ""


GROUPS: tuple[Group, ...] = (
    Group(mark("What this is about"), ("since", "date", "areas", "stage"), folded=False),
    Group(mark("What changed"), ("changed_own", "changed_staff"), folded=False),
    Group(mark("What the narrative is about"), ("themes",), folded=False),
    Group(mark("Goals"), ("goals",)),
    Group(mark("What helped, and what stood in the way"), ("factors", "barriers", "barriers_done")),
    Group(
        mark("Language, choice, children, culture"),
        (
            "interpreter",
            "mediator",
            "comfortable",
            "gender_choice",
            "children",
            "child_care",
            "culture",
            "gender_specificity",
        ),
    ),
    Group(mark("Emergencies and resources"), ("emergency", "emergency_done", "resources")),
    Group(mark("What comes next"), ("change_needed", "next_steps", "review_date")),
    Group(
        mark("For the report"),
        ("finding_en", "finding_lv", "quote", "quote_language", "quote_agreed"),
        note=mark("Nothing of a narrative is printed but these, and only after a second person has checked them."),
    ),
    Group(mark("For you and the managers only"), ("safety_note", "support_needed")),
)

VOICES: Mapping[str, str] = {"changed_own": HERS, "goals": HERS, "quote": HERS, "changed_staff": STAFF}

_NEEDED = ("areas", "stage")
_SINGLE = ("interpreter", "mediator", "comfortable", "gender_choice", "children", "child_care", "emergency")
_PLAIN = tuple(name for name in LIMITS if name not in {"finding", "quote"})
_NUMBER = re.compile(r"[0-9]{1,8}")
_WORD = 40
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))


def clean_text(text: str | None) -> str:
    """The text with one kind of line end, without control characters, and without space around it."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS).strip()


def read_number(text: str | None) -> int:
    """A count that a form carries; -1 where it is none."""
    found = _NUMBER.fullmatch(text or "")
    return int(found[0]) if found else -1


class NarrativeForm(StaffForm):
    """The form. ``version``, ``sitting`` and ``turn`` are of ``Stamp``."""

    version = HiddenField()
    sitting = HiddenField()
    turn = HiddenField()
    since = DateField(TITLES["since"], [optional])
    date = DateField(TITLES["date"], [optional])
    areas = SelectMultipleField(TITLES["areas"])
    themes = SelectMultipleField(TITLES["themes"], description=HINTS["themes"])
    stage = SelectField(TITLES["stage"])
    quote_language = SelectField(TITLES["quote_language"])
    barriers = SelectMultipleField(TITLES["barriers"])
    review_date = DateField(TITLES["review_date"], [optional])
    quote_agreed = BooleanField(TITLES["quote_agreed"])
    support_needed = BooleanField(TITLES["support_needed"], description=HINTS["support_needed"])

    def __init__(self, translate: Translate, taxonomy: Taxonomy, language: str, today: Day, **kwargs: object) -> None:
        super().__init__(translate, **kwargs)
        nothing = translate(mark("nothing noted"))
        self._today, self._book = today, taxonomy.book
        self.areas.choices = list_choices(_get_titles(taxonomy, "areas"), language)
        self.themes.choices = list_choices(list_themes(taxonomy.book), language)
        self.barriers.choices = list_choices(_get_titles(taxonomy, "barriers"), language)
        self.stage.choices = list_choices(_get_titles(taxonomy, "stages"), language, empty=translate(mark("choose")))
        self.quote_language.choices = list_choices(_get_titles(taxonomy, "languages"), language, empty=nothing)
        for name in _SINGLE:
            self[name].choices = [
                ("", nothing),
                *((code, translate(CODE_TITLES[name][code])) for code in CODES[name]),
            ]
        self.directions = [self[_name_direction(code)] for code, _ in self.areas.choices]
        for code, title in self.areas.choices:
            direction = self[_name_direction(code)]
            direction.choices = list_choices(_get_titles(taxonomy, "progress"), language, empty=nothing)
            direction.label.text = f"{translate(TITLES['direction'])}: {title}"

    def check(self, *, submit: bool) -> bool:
        """Whether it may be saved, or handed in; what is wrong stands at the fields."""
        extra: dict[str, list[Check]] = {name: [needed] for name in _NEEDED} if submit else {}
        extra["date"] = [not_ahead(lambda: self._today)]
        right = self.validate(extra_validators=extra)
        problems = [(name, text) for name, text in self._list_problems(submit=submit) if not self[name].errors]
        for name, text in problems:
            self[name].errors = [self.translate(text)]
        return bool(right) and not problems

    def _list_problems(self, *, submit: bool) -> Iterator[tuple[str, str]]:
        """What no field can say of itself alone."""
        if self.since.data and self.date.data and self.since.data > self.date.data:
            yield "since", mark("The period ends before it begins.")
        if not submit:
            return
        if not self.date.data:
            yield "date", mark("Please fill this in.")
        english, latvian = self.finding_en.data, self.finding_lv.data
        if bool(english) != bool(latvian):
            missing = "finding_lv" if english else "finding_en"
            yield missing, mark("The sentence is needed in both languages of the reports.")
        if self.quote.data and not self.quote_language.data:
            yield "quote_language", mark("Please say which language the quote is in.")
        if self.quote.data and not self.quote_agreed.data:
            yield "quote_agreed", mark("A quote needs the person's word that exactly this may be printed.")

    def read_stamp(self) -> Stamp:
        """Which state the form shows; nonsense is a state nobody was shown."""
        return Stamp(read_number(self.version.data), (self.sitting.data or "")[:_WORD], read_number(self.turn.data))

    def read_text(self) -> NarrativeText:
        """What was written. A draft without a day tells of the days until today."""
        english, latvian = self.finding_en.data, self.finding_lv.data
        text = NarrativeText(
            date=self.date.data or self._today,
            since=self.since.data,
            areas=tuple(self.areas.data or ()),
            stage=self.stage.data or "",
            direction={
                code: self[_name_direction(code)].data
                for code in self.areas.data or ()
                if self[_name_direction(code)].data
            },
            barriers=tuple(self.barriers.data or ()),
            review_date=self.review_date.data,
            support_needed=bool(self.support_needed.data),
            finding=Finding({"en": english, "lv": latvian}, checked=False) if english or latvian else None,
            quote=Quote(self.quote.data, self.quote_language.data or "", False, bool(self.quote_agreed.data))
            if self.quote.data or self.quote_language.data or self.quote_agreed.data
            else None,
            **self._read_plain(),
        )
        return text.set_themes(self.themes.data or (), self._book.version)

    def _read_plain(self) -> dict[str, Any]:
        return {name: self[name].data or "" for name in (*_PLAIN, *_SINGLE)}

    def is_open(self, group: Group) -> bool:
        """Whether a folded group is shown open: something is in it, or wrong with it."""
        return any(self[name].errors or self[name].data for name in group.fields)


def make_narrative_form(taxonomy: Taxonomy) -> type[NarrativeForm]:
    """The form with a field for every text, code and area."""
    fields: dict[str, Any] = {
        name: TextAreaField(TITLES[name], [at_most(limit)], filters=[clean_text], description=HINTS.get(name, ""))
        for name, limit in (
            *((name, LIMITS[name]) for name in (*_PLAIN, "quote")),
            ("finding_en", LIMITS["finding"]),
            ("finding_lv", LIMITS["finding"]),
        )
    }
    fields |= {name: SelectField(TITLES[name]) for name in _SINGLE}
    fields |= {_name_direction(code): SelectField(TITLES["direction"]) for code in taxonomy.lists["areas"]}
    return type("ShippedNarrativeForm", (NarrativeForm,), fields)


def make_form_data(text: NarrativeText, stamp: Stamp) -> dict[str, object]:
    """What the form is filled with to go on writing."""
    return {
        **{name: getattr(text, name) for name in (*_PLAIN, *_SINGLE, "since", "date", "stage", "review_date")},
        **{_name_direction(code): found for code, found in text.direction.items()},
        "areas": list(text.areas),
        "barriers": list(text.barriers),
        "themes": list(text.themes),
        "support_needed": text.support_needed,
        "finding_en": text.finding.text.get("en", "") if text.finding else "",
        "finding_lv": text.finding.text.get("lv", "") if text.finding else "",
        "quote": text.quote.text if text.quote else "",
        "quote_language": text.quote.language if text.quote else "",
        "quote_agreed": bool(text.quote and text.quote.agreed),
        "version": str(stamp.version),
        "sitting": stamp.sitting,
        "turn": str(stamp.turn),
    }


def list_headings(
    text: NarrativeText, taxonomy: Taxonomy, translate: Translate, language: str, *, restricted: bool
) -> list[Heading]:
    """Every heading with its words, in the order of ``TITLES``; what was left empty has none."""
    words = _list_words(text, taxonomy, translate, language)
    codes = {"quote": text.quote.language if text.quote else "", "finding_en": "en", "finding_lv": "lv"}
    return [
        Heading(name, translate(title), words.get(name, ""), VOICES.get(name, ""), codes.get(name, ""))
        for name, title in TITLES.items()
        if restricted or name not in {"safety_note", "support_needed"}
    ]


def _list_words(text: NarrativeText, taxonomy: Taxonomy, translate: Translate, language: str) -> dict[str, str]:
    def name_code(list_name: str, code: str) -> str:
        term = taxonomy.lists[list_name].get(code)
        return (term.title.get(language) or code) if term else code

    yes = translate(mark("Yes"))
    days = {name: getattr(text, name) for name in ("since", "date", "review_date")}
    return {
        **{name: getattr(text, name) for name in _PLAIN},
        **{name: translate(CODE_TITLES[name].get(getattr(text, name), "")) for name in _SINGLE},
        **{name: say_day(day, language) if day else "" for name, day in days.items()},
        "areas": ", ".join(name_code("areas", code) for code in text.areas),
        "stage": name_code("stages", text.stage) if text.stage else "",
        "direction": "\n".join(
            f"{name_code('areas', code)}: {name_code('progress', found)}" for code, found in text.direction.items()
        ),
        "barriers": "\n".join(name_code("barriers", code) for code in text.barriers),
        "themes": "\n".join(name_code("themes", code) for code in text.themes),
        "finding_en": text.finding.text.get("en", "") if text.finding else "",
        "finding_lv": text.finding.text.get("lv", "") if text.finding else "",
        "quote": text.quote.text if text.quote else "",
        "quote_language": name_code("languages", text.quote.language) if text.quote and text.quote.language else "",
        "quote_agreed": yes if text.quote and text.quote.agreed else "",
        "support_needed": yes if text.support_needed else "",
    }


class ReviewForm(StaffForm):
    """What the second person answers."""

    version = HiddenField()
    comment = TextAreaField(
        mark("Comment"),
        [at_most(LONGEST_COMMENT)],
        filters=[clean_text],
        description=mark("What the author should change or know. Needed to return the narrative."),
    )
    finding = BooleanField(mark("Nobody can be recognised in the sentence for the report."))
    quote = BooleanField(mark("Nobody can be recognised in the quote."))
    themes = SelectMultipleField(TITLES["themes"], description=mark("As you read it: what you mark here is counted."))

    def __init__(
        self, translate: Translate, taxonomy: Taxonomy, language: str, text: NarrativeText, **kwargs: object
    ) -> None:
        super().__init__(translate, themes=list(text.themes), **kwargs)
        self._book, self._text = taxonomy.book, text
        # A theme that was retired since it was marked stays until the reader takes it away.
        self.themes.choices = list_choices(list_themes(taxonomy.book, text.themes), language)

    def check(self, text: NarrativeText, *, approve: bool) -> bool:
        """Whether it may be carried out; what is wrong stands at the fields."""
        right = self.validate(extra_validators={} if approve else {"comment": [needed]})
        missing: Sequence[str] = [
            name for name in ("finding", "quote") if approve and getattr(text, name) and not self[name].data
        ]
        for name in missing:
            self[name].errors = [
                self.translate(mark("Please check this text and tick the box, or return the narrative."))
            ]
        return bool(right) and not missing

    def read_coding(self) -> Coding:
        """The themes as the reader left them, in the order of the book."""
        return Coding(tuple(self.themes.data or ()), self._book.version)

    def read_version(self) -> int:
        """Which version was read."""
        return read_number(self.version.data)


def list_themes(book: CodeBook, marked: Collection[str] = ()) -> list[tuple[str, Any]]:
    """The themes that can be marked: those in use, and those that are marked already."""
    return [(each.code, each.title) for each in book.themes if not each.retired or each.code in marked]


def _name_direction(area: str) -> str:
    return f"direction_{area}"


def _get_titles(taxonomy: Taxonomy, list_name: str) -> list[tuple[str, Any]]:
    return [(code, term.title) for code, term in taxonomy.lists[list_name].items()]
