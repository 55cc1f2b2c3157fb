"""The page for those who answered: what they said in few words, what was done about it, in their own languages.

It has its own, small context: the texts of plans and indicators exist in the languages of reports only, so every
sentence here is the template's own, by the code of the indicator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel import Locale

from me_platform.disclosure.figures import Figure, FigureState
from me_platform.errors import ReportUnfit
from me_platform.indicators.definition import Plan, Text
from me_platform.indicators.flow import FLOW
from me_platform.reports.definition import ReportTemplate, Section
from me_platform.reports.words import make_day

RESPONDED = "responded"


@dataclass(frozen=True)
class PlainLine:
    """One sentence about what people said: the code of its indicator, the words, and the figure they begin with.

    ``figure`` is empty where too few answered for a number.
    """

    code: str
    text: str
    figure: str
    facet: str


@dataclass(frozen=True)
class PlainAnswer:
    """What people asked for and what was decided; ``decision`` is done, planned or not_possible."""

    said: str
    changed: str
    decision: str


@dataclass(frozen=True)
class PlainSection:
    """One part of the page."""

    kind: str
    title: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PlainContext:
    """Everything the template of such a page may print. ``answered`` is the figure of those who sent answers."""

    language: str
    direction: str
    title: str
    words: Mapping[str, str]
    sections: tuple[PlainSection, ...]
    sample: bool
    partner: str
    period: str
    answered: str
    lines: tuple[PlainLine, ...]
    hidden: bool
    feedback: tuple[PlainAnswer, ...]


def make_plain_context(
    template: ReportTemplate, language: str, plan: Plan, snapshot: Mapping[str, Any], figures: Mapping[str, Figure]
) -> PlainContext:
    """The context of one page.

    ``hidden`` says that people answered and too few of them for any number. Raises ReportUnfit for a language the
    template does not have and for an indicator it has no sentence for.
    """
    partner = plan.get_partner(snapshot["partner"])
    chosen = [code for section in template.sections for code in section.indicators]
    mains = {each.indicator: each for each in figures.values() if not each.part and not each.disaggregation}
    lines = tuple(
        PlainLine(code, _find_sentence(template, code, language), figure.id, _find_facet(figure))
        for code in chosen
        if (figure := mains.get(code)) is not None and figure.state in {FigureState.VALUE, FigureState.BANDED}
    )
    start, end = (date.fromisoformat(snapshot["period"][name]) for name in ("start", "end"))
    asked = [mains[code] for code in chosen if code in mains]
    return PlainContext(
        language=language,
        direction=Locale.parse(language).text_direction.replace("left-to-right", "ltr").replace("right-to-left", "rtl"),
        title=_pick(template.title, language),
        words={name: _pick(text, language) for name, text in template.words.items()},
        sections=tuple(make_plain_section(section, language) for section in template.sections),
        sample=bool(snapshot["sample"]),
        partner=_pick(partner.name, language),
        period=f"{make_day(start, language)} – {make_day(end, language)}",
        answered=_find_answered(figures.values()),
        lines=lines,
        hidden=not lines and any(figure.state is FigureState.SUPPRESSED for figure in asked),
        feedback=tuple(
            # What several organisations tell in the same words is told once.
            dict.fromkeys(
                PlainAnswer(_pick(each["said"], language), _pick(each["changed"], language), each["decision"])
                for each in snapshot.get("feedback", ())
            )
        ),
    )


def make_plain_section(section: Section, language: str) -> PlainSection:
    """A section in one language, with what pages for people who answer print of it."""
    return PlainSection(
        section.kind.value, _pick(section.title, language), tuple(_pick(note, language) for note in section.notes)
    )


def _find_answered(figures: Iterable[Figure]) -> str:
    """Those who sent answers to the survey of adults, the first of the flows; empty where that is not told."""
    for figure in figures:
        if figure.indicator == FLOW and figure.part == RESPONDED:
            told = figure.state in {FigureState.VALUE, FigureState.BANDED}
            return figure.id if told and (figure.value or figure.high or figure.low) else ""
    return ""


def _find_facet(figure: Figure) -> str:
    """People, never percentages: "47 of 57"; a mean or a band in its own short words."""
    return "counts" if figure.numerator is not None else "short"


def _find_sentence(template: ReportTemplate, code: str, language: str) -> str:
    words = template.terms.get(f"said.{code}")
    if words is None:
        raise ReportUnfit(template.id, f"report.yaml has no words for `{code}` under terms, said.")
    return _pick(words, language)


def _pick(text: Text, language: str) -> str:
    """The text in the language; a name that exists in the languages of reports only is left as it is."""
    return text.get(language) or text.get("en") or next(iter(text.values()), "")
