"""Reading reports: each printed figure of a PDF with the indicator, part and category its row, column and caption name.

Rows are linked by the published titles, squeezed of all spaces, so that a line break changes nothing. Whatever looks
like a figure and cannot be linked is named, never left out in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import get_month_names

from me_platform.disclosure.attack.lines import Issue, PublishedLine, Reading, Unread
from me_platform.disclosure.attack.printed_text import LANGUAGES, SYMBOLS, Printed, read_printed
from me_platform.disclosure.attack.tagged_pdf import Document, Element, read_document
from me_platform.disclosure.attack.vocabulary import Meaning, Vocabulary, Words
from me_platform.errors import PublicationUnreadable

_SHARES = frozenset({"proportion", "paired_change"})
_MEANS = frozenset({"baseline_paired", "followup_paired", "baseline_lost"})
FLOW, ASSISTED = "flow", "assisted"


def read_pdf(name: str, content: bytes, vocabulary: Vocabulary) -> Reading:
    """The lines of a report. Raises PublicationUnreadable."""
    document = read_document(name, content)
    if document.language not in LANGUAGES:
        unread = Unread(name, "whole file", document.title, f"reports in '{document.language}' are not read")
        return Reading(name, f"PDF in {document.language}", (), (unread,))
    return _ReportReader(name, document, vocabulary).read()


def squeeze(text: str) -> str:
    """The text without spaces and in small letters, for comparison."""
    return re.sub(r"\s+", "", text).casefold()


@dataclass(frozen=True)
class _Cover:
    """Whose report it is, and of what."""

    partner: str
    issue: Issue


class _ReportReader:
    """Reads one document from beginning to end."""

    def __init__(self, file: str, document: Document, vocabulary: Vocabulary) -> None:
        self.file, self.document, self.language = file, document, document.language
        self.vocabulary = vocabulary
        self.titles = {
            squeeze(words[self.language]): code
            for code, meaning in vocabulary.indicators.items()
            for words in meaning.titles
            if self.language in words
        }
        self.surveys = self.turn(vocabulary.surveys)
        self.words: dict[str, set[str]] = {}
        for key, words in vocabulary.words.items():
            if self.language in words:
                self.words.setdefault(key.partition(":")[2], set()).add(squeeze(words[self.language]))
        self.parts = self.turn_words("part")
        self.columns = self.turn_words("column") | self.parts
        self.dimensions = self.turn_words("dimension")
        self.tables = self.turn_words("table")
        self.lines: list[PublishedLine] = []
        self.unread: list[Unread] = []
        self.head: list[str] = []

    def turn(self, texts: Mapping[str, Words]) -> dict[str, str]:
        """Codes by their words."""
        return {squeeze(words[self.language]): code for code, words in texts.items() if self.language in words}

    def turn_words(self, group: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key, texts in self.words.items():
            if key.startswith(f"{group}."):
                for text in texts:
                    found.setdefault(text, []).append(key.removeprefix(f"{group}."))
        return found

    def read(self) -> Reading:
        elements = list(self.document.root.list_elements("Table", "P", "LI", "H1", "H2", "H3"))
        tables = [element for element in elements if element.tag == "Table"]
        cover = self.find_cover(tables, elements)
        kind = f"PDF in {self.language}"
        if self.says_cover(tables, "word.register"):
            why = "a register of public activities: its figures are about no survivor"
            return Reading(self.file, kind, (), (Unread(self.file, "whole file", self.document.title, why),))
        self.cover = cover
        before = ""
        for element in elements:
            if element.tag == "Table":
                self.read_table(element, before)
            elif element.tag in {"P", "LI"}:
                self.read_paragraph(element)
                before = element.text
        return Reading(self.file, kind, tuple(self.lines), tuple(self.unread))

    # -- the cover ----------------------------------------------------------------------------------------------------

    def says_cover(self, tables: Sequence[Element], word: str) -> bool:
        first = list(tables[0].list_elements("TR"))[:3] if tables else []
        return any(squeeze(_get_head(row)) in self.words.get(word, ()) for row in first)

    def find_cover(self, tables: Sequence[Element], elements: Sequence[Element]) -> _Cover:
        """Partner, period and snapshot as the first page tells them. Raises PublicationUnreadable."""
        rows = {squeeze(_get_head(row)): _get_cells(row) for table in tables[:1] for row in table.list_elements("TR")}
        snapshot = next((cells[0] for head, cells in rows.items() if head in self.words.get("word.snapshot", ())), "")
        texts = [element.text for element in elements[:12]]
        days = next(filter(None, (self.read_days(text) for text in texts)), None)
        partner = self.find_partner(texts, snapshot)
        if days is None or not partner:
            raise PublicationUnreadable(self.file, "its first page names no period or no organisation of a known plan")
        return _Cover(partner, Issue(*days, snapshot.replace(" ", "")))

    def find_partner(self, texts: Iterable[str], snapshot: str) -> str:
        plan = snapshot.rsplit("-", 2)[0]
        members = [
            member
            for name, each in self.vocabulary.plans.items()
            if name == plan or plan not in self.vocabulary.plans
            for member in each
        ]
        said = {squeeze(text) for text in texts}
        return next((each.code for each in members if squeeze(each.names.get(self.language, "")) in said - {""}), "")

    def read_days(self, text: str) -> tuple[date, date] | None:
        """First and last day of a period in words: two days, or whole years."""
        if found := re.fullmatch(r"(\d{4})(?:\.?–(\d{4}))?(?:\. gads)?", text):
            return date(int(found[1]), 1, 1), date(int(found[2] or found[1]), 12, 31)
        days = [self.read_day(each) for each in text.split(" – ")]
        return (days[0], days[1]) if len(days) == 2 and days[0] and days[1] else None  # noqa: PLR2004 - two days

    def read_day(self, text: str) -> date | None:
        months = get_month_names("wide", locale="en_GB" if self.language == "en" else "lv")
        numbers = {name.casefold(): number for number, name in months.items()}
        forms = {
            "en": r"(?P<day>\d+) (?P<month>\w+) (?P<year>\d{4})",
            "lv": r"(?P<year>\d{4})\. gada (?P<day>\d+)\. (?P<month>\w+)",
        }
        found = re.fullmatch(forms[self.language], text.strip())
        if found is None or found["month"].casefold() not in numbers:
            return None
        return date(int(found["year"]), numbers[found["month"].casefold()], int(found["day"]))

    # -- tables -------------------------------------------------------------------------------------------------------

    def read_table(self, table: Element, before: str) -> None:
        rows = list(table.list_elements("TR"))
        heads = [row for row in rows if not _get_cells(row) and len(list(row.list_elements("TH"))) > 1]
        if heads:
            self.head = [squeeze(each.text) for each in heads[0].list_elements("TH")]
            rows = [row for row in rows if row not in heads]
        captions = [each.text for each in table.list_elements("Caption")]
        caption = captions[0] if captions else ""
        first = self.head[0] if self.head and heads else ""
        if not heads and self.is_quiet(rows):
            for row in rows:
                self.read_items(row, "; ".join(_get_cells(row)))
        elif first in self.words.get("word.indicator", ()):
            self.read_results(rows)
        elif first in self.words.get("heading.flow", set()):
            self.read_flow(rows, caption)
        elif first in self.words.get("heading.states", set()) | self.words.get("heading.change", set()):
            self.read_parts(rows)
        elif first in self.words.get("heading.categories", set()):
            self.read_categories(rows, caption, before)
        else:
            self.note_unknown(table)

    def is_quiet(self, rows: Sequence[Element]) -> bool:
        """Whether it is the list of indicators without a number."""
        return any(re.search(r" [×÷…–] ?[;.]", " ".join(_get_cells(row))) for row in rows)

    def read_results(self, rows: Sequence[Element]) -> None:
        wanted = self.words.get("word.result", set()) | self.words.get("word.current", set())
        places = [place for place, head in enumerate(self.head) if head in wanted]
        for row in rows:
            cells = _get_cells(row)
            code = self.find_indicator(_get_head(row))
            texts = [cells[place - 1] for place in places if 0 < place <= len(cells)]
            if not texts or not texts[0] or not _looks_like_figure(texts[0], self.language):
                continue
            if not code:
                self.note_unread(row, _get_head(row), "no indicator has this title")
            else:
                self.add(row, code, texts[0])

    def read_flow(self, rows: Sequence[Element], caption: str) -> None:
        said = squeeze(_drop_base(caption))
        survey = next((code for words, code in self.surveys.items() if said.endswith(words)), "")
        for row in rows:
            part = self.find_part(_get_head(row))
            cells = _get_cells(row)
            if not part or not cells:
                self.note_unread(row, f"{caption}: {row.text}", "no stage of the flow has this name")
                continue
            self.add(row, FLOW, cells[0], part, (("survey", survey),) if survey else ())

    def read_parts(self, rows: Sequence[Element]) -> None:
        """One row for each indicator, one column for each part."""
        for row in rows:
            code, cells = self.find_indicator(_get_head(row)), _get_cells(row)
            if not code:
                self.note_unread(row, row.text, "no indicator has this title")
                continue
            for head, text in zip(self.head[1:], cells, strict=False):
                part = next(iter(self.columns.get(head, ())), "")
                if not part:
                    self.note_unread(row, f"{head}: {text}", "no part has this name")
                elif text and squeeze(text) not in self.words.get("word.not_split", ()):
                    self.add(row, code, text, part)

    def read_categories(self, rows: Sequence[Element], caption: str, before: str) -> None:
        code, dimension = self.find_dimension(caption)
        if not code:
            code, dimension = self.find_dimension(before)
        if not code:
            for row in rows:
                self.note_unread(row, f"{caption}: {row.text}", "no indicator and dimension have this caption")
            return
        for row in rows:
            category = self.find_category(dimension, _get_head(row))
            cells = _get_cells(row)
            if not category or not cells:
                self.note_unread(row, f"{caption}: {row.text}", f"no category of {dimension} has this name")
                continue
            self.add(row, code, cells[0], "", ((dimension, category),))

    # -- paragraphs ---------------------------------------------------------------------------------------------------

    def read_paragraph(self, element: Element) -> None:
        text = element.text
        said = squeeze(text)
        assisted = next((each for each in self.words.get("word.assisted", ()) if said.startswith(each)), "")
        if assisted:
            self.read_assisted(element, text[_find_end(text, assisted) :])
            return
        answered = next((each for each in self.words.get("word.answered", ()) if said.startswith(f"{each}:")), "")
        if answered:
            self.add_answered(element, text[_find_end(text, answered) + 1 :])
            return
        if self.read_sentence(element, text) or self.read_inline(element, text) or self.read_quiet(element, text):
            return
        if re.search(r" [×÷] ?[;.]", text):
            self.note_unread(element, text, "signs of hidden figures in a text that is not understood")

    def read_assisted(self, element: Element, text: str) -> None:
        for item in _split_items(text):
            title, _, value = item.partition(":")
            survey = self.surveys.get(squeeze(title), "")
            if not survey:
                self.note_unread(element, item, "no survey has this title")
                continue
            self.add(element, ASSISTED, value, "", (("survey", survey),))

    def add_answered(self, element: Element, value: str) -> None:
        """The page for people who answered names those who sent answers, of the first survey with a flow."""
        self.add(element, FLOW, value, "responded", (("survey", self.main_survey),) if self.main_survey else ())

    @property
    def main_survey(self) -> str:
        """The survey whose flow the plan's indicators are about."""
        flows = (each.survey for each in self.vocabulary.indicators.values() if each.source == FLOW)
        return next(filter(None, flows), "")

    def read_sentence(self, element: Element, text: str) -> bool:
        """A sentence of the page for people who answered: "51 of 60 say that the support is useful to them"."""
        said = {
            words: key.removeprefix("said.")
            for key, texts in self.words.items()
            if key.startswith("said.")
            for words in texts
        }
        code = next((code for words, code in said.items() if squeeze(text).endswith(words)), "")
        if code:
            self.add(element, code, text)
        return bool(code)

    def read_inline(self, element: Element, text: str) -> bool:
        """A short table as a line: "People by stage: Early assistance ×; Integration 12"."""
        caption, mark, rest = text.partition(":")
        code, dimension = self.find_dimension(caption) if mark else ("", "")
        if not code:
            return False
        for item in _split_items(rest):
            label, value = self.split_value(item)
            category = self.find_category(dimension, label)
            if category:
                self.add(element, code, value, "", ((dimension, category),))
            else:
                self.note_unread(element, item, f"no category of {dimension} has this name")
        return True

    def read_quiet(self, element: Element, text: str) -> bool:
        """What is hidden of an indicator: "Decides more. Where they started: Mean at the start ÷; Mean now ÷"."""
        title, mark, rest = text.partition(". ")
        code = self.titles.get(squeeze(title), "") if mark else ""
        if not code or not re.search(r"[×÷…–] ?[;.]", rest):
            return False
        for sentence in re.split(r"(?<=[×÷…–\d%)]) ?\. ?", rest):
            name, mark, items = sentence.partition(":")
            if not mark:
                continue
            dimension = next(iter(self.dimensions.get(squeeze(name), ())), "")
            for item in _split_items(items):
                label, value = self.split_value(item)
                part, category = self.find_part(label), self.find_category(dimension, label) if dimension else ""
                if dimension and category:
                    self.add(element, code, value, "", ((dimension, category),))
                elif part:
                    self.add(element, code, value, part)
                else:
                    self.note_unread(element, item, "no part has this name")
        return True

    def read_items(self, row: Element, text: str) -> None:
        """The list of indicators without a number: "Feels safe ×; Decides ×"."""
        for item in _split_items(text):
            label, value = self.split_value(item)
            code = self.find_indicator(label)
            if code:
                self.add(row, code, value)
            else:
                self.note_unread(row, item, "no indicator has this title")

    def split_value(self, item: str) -> tuple[str, str]:
        """A label and the figure after it."""
        words = item.split(" ")
        for place in range(1, len(words)):
            rest = " ".join(words[place:])
            if read_printed(rest, self.language, whole=True) is not None:
                return " ".join(words[:place]), rest
        return item, ""

    # -- names --------------------------------------------------------------------------------------------------------

    def find_indicator(self, text: str) -> str:
        """The indicator of a title; a remark on who said it may follow the title."""
        said = squeeze(text)
        if said in self.titles:
            return self.titles[said]
        voices = [each for key, texts in self.words.items() if key.startswith("word.voice_") for each in texts]
        return next(
            (self.titles[said.removesuffix(voice)] for voice in voices if said.removesuffix(voice) in self.titles), ""
        )

    def find_part(self, text: str) -> str:
        return next(iter(self.parts.get(squeeze(text), ())), "")

    def find_dimension(self, caption: str) -> tuple[str, str]:
        """Indicator and dimension of a caption: the title, then the dimension unless the title says it already."""
        said = squeeze(_drop_base(caption))
        for title, code in sorted(self.titles.items(), key=lambda pair: -len(pair[0])):
            if not said.startswith(title):
                continue
            rest = said[len(title) :]
            named = [
                (words, dimension)
                for words, dimensions in self.dimensions.items()
                for dimension in dimensions
                if rest == words or (not rest and words in title)
            ]
            own = self.vocabulary.indicators[code].dimensions
            # Two dimensions may have the same words: the indicator's own is meant.
            fitting = sorted((dimension for _, dimension in named), key=lambda dimension: dimension not in own)
            if fitting:
                return code, fitting[0]
        return "", ""

    def find_category(self, dimension: str, text: str) -> str:
        said = squeeze(text)
        found = self.turn(self.vocabulary.categories.get(dimension, {}))
        # Years have no words of their own: they are printed as they are.
        return found.get(said, said if said.isdecimal() else "")

    # -- lines --------------------------------------------------------------------------------------------------------

    def add(
        self, element: Element, code: str, text: str, part: str = "", categories: tuple[tuple[str, str], ...] = ()
    ) -> None:
        printed = read_printed(text, self.language)
        if printed is None:
            if text.strip():
                self.note_unread(element, f"{code}: {text}", "it is no figure in a known form")
            return
        meaning = self.vocabulary.indicators.get(code, Meaning(code, ""))
        unit = _find_unit(meaning, part)
        self.lines.append(
            _make_line(printed, unit, code, self.cover, self.file, f"page {element.page}", part, categories)
        )

    def note_unread(self, element: Element, text: str, why: str) -> None:
        self.unread.append(Unread(self.file, f"page {element.page}", text, why))

    def note_unknown(self, table: Element) -> None:
        """Name the rows of a table that is not understood, where they hold figures about people."""
        for row in table.list_elements("TR"):
            if any(_is_figure_alone(cell, self.language) for cell in _get_cells(row)[:1]):
                self.note_unread(row, row.text, "the table is not understood")


def _get_head(row: Element) -> str:
    return next((each.text for each in row.list_elements("TH")), "")


def _get_cells(row: Element) -> list[str]:
    return [each.text for each in row.list_elements("TD")]


def _drop_base(caption: str) -> str:
    """A caption without the number of people its table is about."""
    return re.sub(r"\(n = .*?\)", "", caption)


def _split_items(text: str) -> list[str]:
    """What stands between semicolons, without the full stop at the end."""
    items = (item.strip() for item in text.strip().removesuffix(".").split(";"))
    return [item for item in items if item]


def _find_end(text: str, squeezed: str) -> int:
    """Where in a text the words end that were compared without spaces."""
    length = 0
    for place, letter in enumerate(text):
        if length >= len(squeezed):
            return place
        length += len(squeeze(letter))
    return len(text)


def _looks_like_figure(text: str, language: str) -> bool:
    return read_printed(text, language) is not None


def _is_figure_alone(text: str, language: str) -> bool:
    printed = read_printed(text, language, whole=True)
    return printed is not None and (text not in SYMBOLS) and (printed.denominator is not None)


def _find_unit(meaning: Meaning, part: str) -> str:
    if part in _MEANS:
        return "points"
    if part or meaning.code == FLOW:
        return "persons"
    if meaning.code == ASSISTED:
        return "percent"
    if meaning.kind in _SHARES:
        return "percent"
    return "points" if meaning.kind == "mean" else meaning.unit or "persons"


def _make_line(
    printed: Printed,
    unit: str,
    code: str,
    cover: _Cover,
    file: str,
    place: str,
    part: str,
    categories: tuple[tuple[str, str], ...],
) -> PublishedLine:
    state, value, low, high = printed.state, printed.value, printed.low, printed.high
    numerator, denominator = printed.numerator, printed.denominator
    if printed.least and unit not in {"persons", "percent"}:
        state, value, high = "value", low, None  # "420 or more": the least the number can be
    if state == "value" and unit not in {"percent", "points"}:
        count = value if numerator is None else Decimal(numerator)
        value = count
        numerator = int(count) if count is not None and count == count.to_integral() else None
    if state == "banded":
        low = Decimal(0) if low is None else low
        high = Decimal(denominator) if high is None and denominator is not None else high
    return PublishedLine(
        indicator=code,
        partner=cover.partner,
        issue=cover.issue,
        state=state,
        unit=unit,
        file=file,
        place=place,
        part=part,
        categories=categories,
        value=value,
        numerator=numerator,
        denominator=denominator,
        people=printed.people,
        low=low,
        high=high,
    )


def list_differences(report: Iterable[PublishedLine], export: Iterable[PublishedLine]) -> Iterator[str]:
    """What a report says otherwise than an export of the same figures; nothing where it says less."""
    known = {(line.partner, line.issue, line.cell): line for line in export}
    for line in report:
        other = known.get((line.partner, line.issue, line.cell))
        if other is not None and not _agrees(line, other):
            yield f"{line.source}: {line.cell} is {_say(line)}, in {other.source} it is {_say(other)}"


def _agrees(line: PublishedLine, other: PublishedLine) -> bool:
    if line.state != other.state:
        return False
    if line.state == "banded":
        return (line.low or 0, line.high) == (other.low or 0, other.high) or other.denominator is None
    pairs = ((line.numerator, other.numerator), (line.denominator, other.denominator), (line.value, other.value))
    return all(mine is None or its is None or mine == its for mine, its in pairs)


def _say(line: PublishedLine) -> str:
    return f"{line.state} {line.numerator} {line.denominator} {line.value} {line.low} {line.high}"
