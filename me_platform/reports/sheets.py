"""The sheet of an indicator: which fields of its definition are printed, in which order, and how each is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from me_platform.disclosure.wording import make_number_text
from me_platform.indicators.definition import Aggregation, Direction, Indicator, PlanIndicator, Text
from me_platform.reports.views import SheetRow, SheetView
from me_platform.reports.words import Words, make_condition_text, make_day

Fields = Mapping[str, Callable[[Indicator, Words], str]]

LINE_BREAK = 30
"""Characters that a row's unfinished last line is worth, about half a line."""
SHORT_FINGERPRINT = 12
"""Characters of a fingerprint that are printed."""


def make_sheet(indicator: Indicator, chosen: PlanIndicator, words: Words) -> SheetView:
    """The sheet of one indicator as a plan chose it; fields left to the rule are marked as default."""
    planned = {
        "baseline_n": "" if chosen.baseline_n is None else str(chosen.baseline_n),
        "milestones": _make_milestones(chosen, indicator.unit, words),
        "rationale": words.pick(chosen.rationale),
    }
    rows = (
        *_make_rows(TEXTS, indicator, words),
        *(SheetRow(words.term("field", name), text, default=False) for name, text in planned.items() if text),
    )
    return SheetView(
        code=indicator.code,
        title=words.pick(indicator.title),
        version=indicator.version,
        fingerprint=indicator.fingerprint[:SHORT_FINGERPRINT],
        facts=_make_rows(FACTS, indicator, words),
        columns=_halve(rows),
    )


def _make_rows(fields: Fields, indicator: Indicator, words: Words) -> tuple[SheetRow, ...]:
    """The fields that have a text."""
    return tuple(
        SheetRow(words.term("field", name), text, name in indicator.defaults)
        for name, make in fields.items()
        if (text := make(indicator, words))
    )


def _halve(rows: tuple[SheetRow, ...]) -> tuple[tuple[SheetRow, ...], tuple[SheetRow, ...]]:
    """The rows in two columns of about the same length, in reading order."""
    lengths = [len(row.label) + len(row.text) + LINE_BREAK for row in rows]
    place = min(range(len(rows) + 1), key=lambda cut: abs(sum(lengths[:cut]) - sum(lengths[cut:])))
    return rows[:place], rows[place:]


def _join_titles(list_name: str, codes: Iterable[str], words: Words) -> str:
    return ", ".join(f"{code} {words.title(list_name, code)}" for code in codes)


def _make_improvement(indicator: Indicator, words: Words) -> str:
    rule = indicator.improvement
    if rule is None:
        return ""
    said = words.term("improvement", rule.rule)
    if rule.points:
        said += f": {make_number_text(rule.points, 'points', words.language)}"
    return f"{said}. {words.pick(rule.source)}".strip()


def _make_scored(indicator: Indicator, words: Words) -> str:
    """The scale with its bands, where it comes from, and the attribution its licence asks for."""
    scale = indicator.scored
    if scale is None:
        return ""
    bands = "; ".join(words.pick(band.title) for band in scale.bands)
    return f"{words.pick(scale.title)}: {bands}. {words.pick(scale.source)} {words.pick(scale.licence)}"


def _make_rubric(indicator: Indicator, words: Words) -> str:
    """The levels by their places, as the table of them names them."""
    return "; ".join(f"{place} – {words.pick(level.title)}" for place, level in enumerate(indicator.rubric))


def _make_ladder(indicator: Indicator, words: Words) -> str:
    """The steps in their order: which categories become one."""
    told = []
    for step in indicator.ladder:
        merged: dict[str, list[str]] = {}
        for old, new in step.merge.items():
            merged.setdefault(new, []).append(old)
        parts = (f"{', '.join(old)} → {words.pick(step.titles.get(new, {})) or new}" for new, old in merged.items())
        told.append(f"{words.term('dimension', step.dimension)}: {'; '.join(parts)}")
    return ". ".join(told)


def _make_source(indicator: Indicator, words: Words) -> str:
    source = indicator.source
    named = ", ".join(filter(None, (source.survey, source.question)))
    text = words.term("source_kind", source.kind) + (f" ({named})" if named else "")
    return f"{text}; {words.term('respondent', source.respondent)}" if source.respondent else text


def _join_dated(entries: Iterable[tuple[date, Text]], words: Words) -> str:
    return "; ".join(f"{make_day(day, words.language)}: {words.pick(text)}" for day, text in entries)


def _make_iati(indicator: Indicator, words: Words) -> str:
    """What IATI 2.03 asks of an indicator: measure (1 unit, 2 percentage), ascending, aggregation status."""
    measure = words.term("iati", "percentage" if indicator.unit == "percent" else "unit")
    known = {Direction.HIGHER: "ascending", Direction.LOWER: "descending"}
    way = words.term("iati", known.get(indicator.direction, "neither"))
    adds = words.term("iati", "adds" if indicator.over_partners is Aggregation.SUM else "not_added")
    return f"{measure}; {way}; {adds}"


def _make_milestones(chosen: PlanIndicator, unit: str, words: Words) -> str:
    """The milestones by their days, and how many the baseline rests on."""
    told = [
        (
            each.day,
            make_number_text(each.value, unit, words.language) if each.value is not None else words.pick(each.text),
            f" ({words.term('field', 'reached')} {make_day(each.reached, words.language)})" if each.reached else "",
        )
        for each in chosen.milestones
    ]
    return "; ".join(f"{make_day(day, words.language)}: {text}{reached}" for day, text, reached in told)


FACTS: Fields = {
    "level": lambda i, w: w.title("levels", i.level),
    "kind": lambda i, w: w.term("kind", i.kind),
    "analysed": lambda i, w: w.term("analysed", i.analysed) if i.analysed else "",
    "unit": lambda i, w: w.term("unit", i.unit),
    "measure": lambda i, _: i.measure,
    "direction": lambda i, w: w.term("direction", i.direction),
    "interval": lambda i, w: w.find_term("interval", i.interval) or i.interval,
    "over_periods": lambda i, w: w.term("aggregation", i.over_periods),
    "over_partners": lambda i, w: w.term("aggregation", i.over_partners),
    "period_basis": lambda i, w: w.term("period_basis", i.period_basis),
    "consent": lambda i, w: w.term("consent", i.consent) if i.consent else "",
    "sensitivity": lambda i, w: w.term("sensitivity", i.sensitivity) if i.sensitivity else "",
    "rounding": lambda i, w: w.term("rounding", i.rounding) if i.rounding else "",
    "iati": _make_iati,
    "valid_from": lambda i, w: make_day(i.valid_from, w.language),
    "valid_to": lambda i, w: make_day(i.valid_to, w.language) if i.valid_to else "",
    "disaggregations": lambda i, w: ", ".join(w.term("dimension", each) for each in i.disaggregations),
    "sensitive": lambda i, w: ", ".join(w.term("dimension", each) for each in i.sensitive),
    "threshold": lambda i, _: str(i.threshold or ""),
}
"""Fields that are a word or two, in their order: field of the definition -> its text."""

TEXTS: Fields = {
    "definition": lambda i, w: w.pick(i.definition),
    "inclusions": lambda i, w: w.pick(i.inclusions),
    "exclusions": lambda i, w: w.pick(i.exclusions),
    "numerator": lambda i, w: make_condition_text(i.numerator, w),
    "denominator": lambda i, w: make_condition_text(i.denominator, w),
    "population": lambda i, w: make_condition_text(i.population, w),
    "source": _make_source,
    "pairing": lambda i, w: w.pick(i.pairing),
    "improvement": _make_improvement,
    "scored": _make_scored,
    "rubric": _make_rubric,
    "ladder": _make_ladder,
    "missing": lambda i, w: w.pick(i.missing),
    "mscos": lambda i, w: _join_titles("mscos", i.mscos, w),
    "amif": lambda i, w: _join_titles("amif", i.amif, w),
    "sdg": lambda i, _: ", ".join(i.sdg),
    "late": lambda i, w: w.pick(i.late),
    "frequency": lambda i, w: w.pick(i.frequency),
    "responsible": lambda i, w: w.pick(i.responsible),
    "verification": lambda i, w: w.pick(i.verification),
    "contribution": lambda i, w: w.pick(i.contribution),
    "assumptions": lambda i, w: w.pick(i.assumptions),
    "limitations": lambda i, w: w.pick(i.limitations),
    "use": lambda i, w: w.pick(i.use),
    "assessments": lambda i, w: _join_dated(i.assessments, w),
    "licence": lambda i, w: w.pick(i.licence),
    "changes": lambda i, w: _join_dated(i.changes, w),
}
"""Fields that are sentences, in their order: field of the definition -> its text."""
