"""Texts of organisations in a report: good practices, feedback that was acted on, standards, and the glossary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from me_platform.indicators.definition import Plan
from me_platform.reports.views import CellView, FeedbackView, PracticeView, StandardView
from me_platform.reports.words import Words, make_short_day

GLOSSARY = "glossary"
"""The list of the taxonomy that explains the words of the reports."""

PRACTICE_FIELDS = ("description", "gender_specificity", "evaluation", "materials", "other")
"""Long texts of a practice in the order of the card."""


def make_practice(entry: Mapping[str, Any], plan: Plan, words: Words) -> PracticeView:
    """The card of a practice."""
    return PracticeView(
        title=words.pick(entry["title"]),
        partner=words.pick(plan.get_partner(entry["partner"]).name),
        category=words.title("model_categories", entry["category"]),
        types=tuple(words.title("service_types", code) for code in entry["types"]),
        tense=words.term("tense", entry["tense"]),
        fields=tuple(
            CellView(words.term("practice", name), words.pick(entry[name]))
            for name in PRACTICE_FIELDS
            if entry.get(name)
        ),
        success=tuple(words.pick(each["indicator"]) for each in entry.get("success", ())),
    )


def make_feedback(entry: Mapping[str, Any], plan: Plan, words: Words) -> FeedbackView:
    """What people said, and what was decided and changed."""
    return FeedbackView(
        said=words.pick(entry["said"]),
        decision=entry["decision"],
        decided=words.term("decision", entry["decision"]),
        changed=words.pick(entry["changed"]),
        partner=words.pick(plan.get_partner(entry["partner"]).name),
    )


Told = TypeVar("Told", PracticeView, FeedbackView)


def join_partners(views: Iterable[Told]) -> tuple[Told, ...]:
    """What several organisations tell in the same words is told once, with all their names."""
    partners: dict[Told, list[str]] = {}
    for view in views:
        partners.setdefault(replace(view, partner=""), []).append(view.partner)
    return tuple(replace(view, partner="; ".join(dict.fromkeys(names))) for view, names in partners.items())


def make_standard(entry: Mapping[str, Any], words: Words) -> StandardView:
    """One line of the checklist of quality standards."""
    due = entry.get("action_date")
    return StandardView(
        title=words.title("quality_standards", entry["standard"]),
        rating=entry["rating"],
        rated=words.term("rating", entry["rating"]),
        evidence=words.pick(entry["evidence"]),
        action=words.pick(entry.get("action") or {}),
        reviewed=make_short_day(date.fromisoformat(entry["date"]), words.language),
        due=make_short_day(date.fromisoformat(due), words.language) if due else "",
    )


def make_glossary(words: Words) -> tuple[CellView, ...]:
    """The terms of the reports in the report's language, with the other language and what they mean."""
    others = [each for each in ("en", "lv") if each != words.language]
    return tuple(
        CellView(f"{words.pick(term.title)} ({', '.join(term.title[each] for each in others)})", words.pick(term.note))
        for term in words.taxonomy.lists.get(GLOSSARY, {}).values()
    )
