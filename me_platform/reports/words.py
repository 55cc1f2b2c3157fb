"""Words of a report in its language: the template's own, those of its code lists, days and conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from babel.dates import format_date

from me_platform.errors import ReportUnfit
from me_platform.indicators.definition import Indicator, Taxonomy, Text
from me_platform.indicators.ladders import list_merged
from me_platform.indicators.sources import list_code_lists

LOCALES: Mapping[str, str] = {"en": "en_GB", "lv": "lv", "ru": "ru", "uk": "uk", "ar": "ar"}
_LAST_MONTH, _LAST_DAY = 12, 31


@dataclass(frozen=True)
class Words:
    """The texts of a template and of the code lists, read in one language.

    ``merged`` are the words of categories merged by a ladder, by dimension and code.
    """

    template: str
    words: Mapping[str, Text]
    terms: Mapping[str, Text]
    taxonomy: Taxonomy
    language: str
    merged: Mapping[tuple[str, str], Text] = field(default_factory=dict)

    @property
    def all_words(self) -> dict[str, str]:
        """The template's own texts by name."""
        return {name: self.pick(text) for name, text in self.words.items()}

    def pick(self, text: Text) -> str:
        """The text in the report's language; empty where there is no text at all."""
        return text[self.language] if text else ""

    def term(self, group: str, code: str) -> str:
        """The words for a code. Raises ReportUnfit when the template has none."""
        found = self.find_term(group, code)
        if not found:
            raise ReportUnfit(self.template, f"report.yaml has no words for `{code}` under terms, {group}.")
        return found

    def find_term(self, group: str, code: str) -> str:
        """The words for a code, or empty."""
        return self.pick(self.terms.get(f"{group}.{code}", {}))

    def find_category(self, dimension: str, code: str) -> str:
        """The words for a category of a table, or empty: those of the template, of a code list, or of a ladder."""
        said = self.find_term(dimension, code) or self.find_term("category", code)
        titles = (self.find_title(name, code) for name in list_code_lists(dimension))
        return said or next(filter(None, titles), "") or self.pick(self.merged.get((dimension, code), {}))

    def title(self, list_name: str, code: str) -> str:
        """The words for a code of the taxonomy. Raises ReportUnfit when it has none."""
        found = self.find_title(list_name, code)
        if not found:
            raise ReportUnfit(self.template, f"taxonomy.yaml has no `{code}` under {list_name}.")
        return found

    def find_title(self, list_name: str, code: str) -> str:
        """The words for a code of the taxonomy, or empty."""
        term = self.taxonomy.lists.get(list_name, {}).get(code)
        return self.pick(term.title) if term else ""


def find_merged_words(indicators: Iterable[Indicator]) -> dict[tuple[str, str], Text]:
    """The words of every category that a ladder of these indicators makes, by dimension and code."""
    return {(dimension, code): words for each in indicators for dimension, code, words, _ in list_merged(each)}


def make_day(day: date, language: str) -> str:
    """A day in full: "30 September 2026", "2026. gada 30. septembris"."""
    return str(format_date(day, "long", locale=LOCALES[language]))


def make_short_day(day: date, language: str) -> str:
    """A day for a narrow column: "30 Sep 2026", "30.09.2026."."""
    return str(format_date(day, "d MMM y" if language == "en" else "dd.MM.y.", locale=LOCALES[language]))


def make_short_span(start: date, end: date, language: str) -> str:
    """Two days for a narrow column, what they share said once: "8–29 Aug 2015", "08.–29.08.2015."."""
    if start == end:
        return make_short_day(start, language)
    if (start.year, start.month) == (end.year, end.month):
        first = str(start.day) if language == "en" else f"{start.day:02}."
        return f"{first}–{make_short_day(end, language)}"
    return f"{make_short_day(start, language)} – {make_short_day(end, language)}"


def make_period(start: date, end: date, language: str) -> str:
    """A period as people say it: whole calendar years by their numbers, anything else by its two days."""
    whole_years = (start.month, start.day) == (1, 1) and (end.month, end.day) == (_LAST_MONTH, _LAST_DAY)
    if not whole_years:
        return f"{make_day(start, language)} – {make_day(end, language)}"
    dot = "." if language == "lv" else ""
    years = f"{dot}–".join(str(year) for year in dict.fromkeys((start.year, end.year)))
    return years if language == "en" else f"{years}. gads"


def make_condition_text(condition: Mapping[str, object], words: Words) -> str:
    """A condition tree as one line with the codes officers wrote; empty for an empty condition."""
    return _say(condition, words, outer=True) if condition else ""


def _say(condition: Mapping[str, object], words: Words, *, outer: bool) -> str:
    for joint in ("all", "any"):
        if joint in condition:
            parts = [_say(part, words, outer=False) for part in _as_list(condition[joint]) if isinstance(part, Mapping)]
            text = f" {words.term('condition', joint)} ".join(parts)
            return text if outer or len(parts) == 1 else f"({text})"
    inner = condition.get("not")
    if isinstance(inner, Mapping):
        return f"{words.term('condition', 'not')} {_say(inner, words, outer=False)}"
    wanted = [each for name, each in condition.items() if name in {"in", "state"}]
    subject = condition.get("question") or condition.get("field")
    if subject is not None:
        values = _as_list(wanted[0]) if wanted else []
        return f"{subject} = {_say_values(values, words)}" if values else str(subject)
    return f" {words.term('condition', 'all')} ".join(
        f"{name} = {_say_values(_as_list(values), words)}" for name, values in condition.items()
    )


def _say_values(values: Sequence[object], words: Words) -> str:
    return f" {words.term('condition', 'any')} ".join(str(value) for value in values)


def _as_list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else [value]
