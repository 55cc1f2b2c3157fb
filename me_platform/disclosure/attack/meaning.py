"""From published lines to knowledge: what each line says, and what the definitions say of lines together.

Sources of what is noted: rules-of-numbers R1 (numerators and denominators add up), R4 (the flow only narrows), R8
(improved + same + worse + not measurable = N), R12 (bounds of people over partners), R18 (parts + unknown = total),
and the sheets of the indicators.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations

from me_platform.disclosure.attack.answers import find_half, note_mean, note_steps, note_sum_of_answers
from me_platform.disclosure.attack.knowledge import Aim, Knowledge, Question
from me_platform.disclosure.attack.lines import Issue, PublishedLine, make_cell_name
from me_platform.disclosure.attack.notebook import Notebook, Place
from me_platform.disclosure.attack.vocabulary import Meaning, Member, Vocabulary

FLOW, ASSISTED = "flow", "assisted"
STAGES = ("eligible", "invited", "consented", "responded", "valid", "paired")
CHANGE_PARTS = ("improved", "same", "worse", "not_measurable", "not_improved")
MEAN_PARTS: Mapping[str, str] = {"baseline_paired": "", "followup_paired": "", "baseline_lost": "not_measurable"}
"""Means of a change -> the part whose people they are about; empty for all who were measured."""
STATE = "state:"
ANSWERED = "state:answered"
CHILD_THRESHOLD = 10
WHOLE_UNITS = frozenset({"persons", "percent", "points", "records", "attendances", "events", "people"})
PEOPLE_UNITS = frozenset({"persons", "percent", "points"})
SURVIVORS = frozenset({"survivor", "caseworker", "joint"})
"""Who answers surveys that are about people who are served."""

_AIMS: Mapping[str, Aim] = {"suppressed": Aim.HIDDEN, "banded": Aim.BANDED, "value": Aim.PRINTED}
_APART = ("sum is", "answer ")
"""Quantities that are not added up over partners: sums of answers are, single answers would say little more."""
_NOTHING = frozenset({"not_offered", "no_value"})


def make_knowledge(lines: Iterable[PublishedLine], vocabulary: Vocabulary, threshold: int) -> Knowledge:
    """Everything a reader of all these lines knows and would like to know. ``threshold`` is T; of children it is 10."""
    return _Reader(tuple(lines), vocabulary, threshold).make_knowledge()


@dataclass(frozen=True)
class _Cell:
    """The lines of one figure in one place: the same figure may stand in several files."""

    place: Place
    lines: tuple[PublishedLine, ...]

    @property
    def first(self) -> PublishedLine:
        return self.lines[0]

    @property
    def state(self) -> str:
        """Its most telling state."""
        order = ("value", "no_value", "not_offered", "not_collected", "banded", "suppressed")
        return min((line.state for line in self.lines), key=order.index)


def _add_joined(lines: Sequence[PublishedLine]) -> Iterator[PublishedLine]:
    """The lines as sums over partners: with the people added who are said to be counted by several (R12).

    What one publication says of a figure is known of it in all others that print it.
    """
    joined = {(line.partner, line.issue, line.cell): line.joined for line in lines if line.joined}
    for line in lines:
        more = joined.get((line.partner, line.issue, line.cell), 0)
        numbers = {name: getattr(line, name) for name in ("value", "numerator", "people", "high")} if more else {}
        yield replace(line, **{name: number + more for name, number in numbers.items() if number is not None})


class _Reader:
    """Notes what lines say, kind by kind."""

    def __init__(self, lines: Sequence[PublishedLine], vocabulary: Vocabulary, threshold: int) -> None:
        self.vocabulary, self.threshold, self.book = vocabulary, threshold, Notebook()
        found: dict[tuple[Place, str], list[PublishedLine]] = {}
        for line in _add_joined(lines):
            if self.get_meaning(line).about == "people":
                found.setdefault((Place(line.partner, line.issue), line.cell), []).append(line)
        self.cells = {key: _Cell(key[0], tuple(mine)) for key, mine in found.items()}
        self.places = tuple(dict.fromkeys(place for place, _ in self.cells))
        self.printed = self.count_printed()

    def make_knowledge(self) -> Knowledge:
        for cell in self.cells.values():
            self.note_cell(cell)
        for issue in dict.fromkeys(place.issue for place in self.places):
            members = self.list_members(issue)
            together = [place for place in self.places if place.issue == issue]
            everywhere = [*together, *(Place(code, issue) for code in members if Place(code, issue) not in together)]
            for place in everywhere:
                self.note_structure(place, issue)
            self.note_sums(issue)
        self.note_issues()
        for cell in self.cells.values():
            self.ask_cell(cell)
        self.ask_differences()
        knowledge = self.book.make_knowledge()
        return replace(knowledge, questions=tuple(map(self.add_others, knowledge.questions)))

    def add_others(self, question: Question) -> Question:
        """A question about the consortium, with what each partner's staff would learn of the others by its answer."""
        issues = {str(place.issue): place.issue for place in self.places}
        printed = dict(question.terms)
        others: dict[str, dict[str, float]] = {}
        for name, weight in question.terms:
            _, partner, said = name.rsplit("@", 2)
            if said not in issues or partner != self.find_consortium(issues[said]):
                continue
            for code in self.list_members(issues[said]):
                mine = _move(name, Place(code, issues[said]))
                # Where their own people are left out already, the number is about others as it is.
                if mine not in printed and self.book.has(mine):
                    others.setdefault(code, dict(printed))[mine] = -weight
        return replace(question, others=tuple((code, tuple(terms.items())) for code, terms in others.items()))

    # -- what a line belongs to -------------------------------------------------------------------------------------

    def get_meaning(self, line: PublishedLine) -> Meaning:
        known = self.vocabulary.indicators.get(line.indicator)
        if known is not None:
            return known
        survey = dict(line.categories).get("survey", self.main_survey)
        kind = {"percent": "proportion", "points": "mean", "persons": "unique_persons"}.get(line.unit, "count")
        return Meaning(
            line.indicator, kind, survey=survey, children=survey in self.vocabulary.child_surveys, respondent=""
        )

    @property
    def main_survey(self) -> str:
        """The survey the shares of the flow are about: a flow that names none is its flow."""
        surveys = (each.survey for each in self.vocabulary.indicators.values() if each.source == FLOW)
        return next(filter(None, surveys), "")

    def get_threshold(self, line: PublishedLine) -> int:
        young = dict(line.categories).get("age_band") in self.vocabulary.child_bands
        return max(self.threshold, CHILD_THRESHOLD) if young or self.get_meaning(line).children else self.threshold

    def list_members(self, issue: Issue) -> tuple[str, ...]:
        """The partners of an issue's plan without the consortium."""
        return tuple(member.code for member in self.vocabulary.plans.get(issue.plan, ()) if not member.consortium)

    def find_consortium(self, issue: Issue) -> str:
        codes = [member.code for member in self.vocabulary.plans.get(issue.plan, ()) if member.consortium]
        return codes[0] if len(codes) == 1 and self.list_members(issue) else ""

    def find_member(self, place: Place) -> Member | None:
        plan = self.vocabulary.plans.get(place.issue.plan, ())
        return next((member for member in plan if member.code == place.partner), None)

    def count_printed(self) -> Mapping[tuple[Place, int], int]:
        """How many figures of a place print a number of people, as a count, as N, or as the base of a range."""
        counts: dict[tuple[Place, int], int] = {}
        for (place, _), cell in self.cells.items():
            line = cell.first
            numbers = {line.denominator, line.people}
            numbers |= {line.numerator} if line.unit == "persons" and line.state == "value" else set()
            for number in numbers - {None}:
                counts[place, int(number or 0)] = counts.get((place, int(number or 0)), 0) + 1
        return counts

    # -- what one figure says ---------------------------------------------------------------------------------------

    def note_cell(self, cell: _Cell) -> None:
        for line in cell.lines:
            self.find_note(line)(cell.place, line)

    def find_note(self, line: PublishedLine) -> Callable[[Place, PublishedLine], None]:
        if line.part in MEAN_PARTS or (line.unit == "points" and not line.part):
            return self.note_mean_line
        if line.unit == "percent" and line.indicator != FLOW:
            return self.note_share
        return self.note_count

    def get_names(self, place: Place, line: PublishedLine) -> tuple[str, str]:
        """The quantities n and N of a share, or the count of anything else twice."""
        book, meaning = self.book, self.get_meaning(line)
        if meaning.stage and not line.part and not line.categories:
            stage, of = (self.name_stage(place, meaning.survey, each) for each in (meaning.stage, meaning.of))
            return stage, of
        if line.part == "improved" and meaning.kind == "paired_change":
            return (book.add_quantity(place, line.indicator),) * 2
        if line.part == ANSWERED and meaning.kind in {"proportion", "mean"}:
            return (book.add_quantity(place, line.indicator, "N"),) * 2
        name = book.add_quantity(place, line.cell, whole=line.unit in WHOLE_UNITS)
        return name, book.add_quantity(place, line.cell, "N") if line.unit == "percent" else name

    def note_share(self, place: Place, line: PublishedLine) -> None:
        book = self.book
        positive, whole = self.get_names(place, line)
        book.note_among(positive, whole, "those counted are among all who answered")
        if line.state in _NOTHING:
            for name in (positive, whole):
                book.note_value(name, 0, f"{line.state}: there is nobody", line.source)
        if line.state == "value":
            self.note_printed_share(line, positive, whole)
        if line.state == "banded":
            low, high, base = line.low or 0, line.high, line.denominator
            end = math.inf if high is None else float(high)
            book.note({positive: 1}, float(low), end, f"printed as {low} to {high} of {base}", line.source)
            if base is not None:
                book.note({whole: 1}, 0, base, f"a range out of {base}", line.source)
                if self.printed.get((place, base), 0) == 1:
                    why = f"{base} is printed nowhere else, so it is their own number"
                    book.note_value(whole, base, why, line.source, assumed=True)

    def note_printed_share(self, line: PublishedLine, positive: str, whole: str) -> None:
        book = self.book
        if line.denominator is not None:
            book.note_value(whole, line.denominator, f"{line.denominator} answered", line.source)
        if line.numerator is not None:
            book.note_value(positive, line.numerator, f"{line.numerator} is printed", line.source)
        elif line.value is not None:
            # A rounded percentage leaves an interval for those counted, whatever N is.
            half = find_half(line.value)
            for side, (low, high) in ((-1, (0.0, math.inf)), (1, (-math.inf, 0.0))):
                share = (float(line.value) + side * half) / 100
                book.note({positive: 1, whole: -share}, low, high, f"{line.value} % is printed", line.source)

    def note_mean_line(self, place: Place, line: PublishedLine) -> None:
        book, meaning = self.book, self.get_meaning(line)
        people = book.add_quantity(place, line.cell, "N")
        if line.part in MEAN_PARTS:
            about = MEAN_PARTS[line.part]
            same = place.name(make_cell_name(line.indicator, about)) if about else place.name(line.indicator, "N")
            self.note_change(place, meaning)
            book.note({people: 1, same: -1}, 0, 0, "the mean is over those people")
        if line.state in _NOTHING:
            book.note_value(people, 0, f"{line.state}: there is nobody", line.source)
        if line.state == "value":
            factor = Decimal(1) if line.part else meaning.factor
            note_mean(book, place, line, _with_factor(meaning, factor), self.get_threshold(line))

    def note_count(self, place: Place, line: PublishedLine) -> None:
        book, meaning = self.book, self.get_meaning(line)
        name, _ = self.get_names(place, line)
        if line.indicator == FLOW:
            name = self.name_stage(place, meaning.survey, line.part)
        total = self.find_total(place, line)
        if line.state in _NOTHING:
            book.note_value(name, 0, f"{line.state}: there is nothing", line.source)
        if line.state == "value":
            number = line.value if line.numerator is None else Decimal(line.numerator)
            if number is not None:
                half = 0.0 if line.unit in WHOLE_UNITS else find_half(number)
                book.note({name: 1}, float(number) - half, float(number) + half, f"{number} is printed", line.source)
            if total and line.denominator is not None:
                book.note_value(total, line.denominator, f"out of {line.denominator}", line.source)
        if line.state == "banded":
            self.note_band(place, line, name)

    def note_band(self, place: Place, line: PublishedLine, name: str) -> None:
        book, meaning = self.book, self.get_meaning(line)
        low, high = float(line.low or 0), math.inf if line.high is None else float(line.high)
        union = place.partner == self.find_consortium(place.issue) and meaning.kind == "unique_persons"
        if union and not line.categories and not line.part and math.isfinite(high):
            # R12: at most the sum over partners (each person once at every partner). Where that sum had to be made
            # coarse, the end is a multiple of T; so an end that is none is the sum itself.
            exact = high % self.get_threshold(line) != 0
            why = f"at most {high:g}: the sum over partners" if exact else f"at most {high:g}"
            book.note({name: 1}, high if exact else low, high, why, line.source)
            return
        book.note({name: 1}, low, high, f"printed as {line.low} to {line.high}", line.source)

    def find_total(self, place: Place, line: PublishedLine) -> str:
        """The quantity that a cell's printed base is the number of, or empty."""
        meaning = self.get_meaning(line)
        if line.part.startswith(STATE):
            return self.name_asked(place, meaning)
        if line.part in CHANGE_PARTS:
            self.note_change(place, meaning)
            return place.name(line.indicator, "all")
        if line.categories and line.indicator != FLOW and line.unit == "persons":
            return self.book.add_quantity(place, line.indicator)
        return ""

    # -- what figures say together ----------------------------------------------------------------------------------

    def name_stage(self, place: Place, survey: str, stage: str) -> str:
        cell = make_cell_name(FLOW, stage, (("survey", survey),))
        return self.book.add_quantity(place, cell)

    def name_asked(self, place: Place, meaning: Meaning) -> str:
        """Everyone who answered the survey at all, of those an indicator is about."""
        return self.book.add_quantity(place, f"answered:{meaning.survey}", f"all {meaning.asked_of}".rstrip())

    def note_change(self, place: Place, meaning: Meaning) -> None:
        """The parts of a change, each with its quantity (R8)."""
        book, code = self.book, meaning.code
        whole = book.add_quantity(place, code, "N")
        if book.has(place.name(code, "all")):
            return
        everyone = book.add_quantity(place, code, "all")
        parts = {part: book.add_quantity(place, make_cell_name(code, part)) for part in CHANGE_PARTS[1:]}
        improved = book.add_quantity(place, code)
        book.note_sum(
            whole, (improved, parts["same"], parts["worse"]), "improved, same and worse make up those measured"
        )
        book.note_sum(everyone, (whole, parts["not_measurable"]), "with those not measurable they make up all (R8)")
        book.note_sum(parts["not_improved"], (parts["same"], parts["worse"]), "not improved is same and worse")

    def note_structure(self, place: Place, issue: Issue) -> None:
        """Relations between the figures of one place, also those that are printed for others only."""
        book = self.book
        shown = [cell.first for (other, _), cell in self.cells.items() if other.issue == issue]
        indicators = {line.indicator: self.get_meaning(line) for line in shown}
        self.note_flows(place, shown)
        tables: dict[tuple[str, tuple[str, ...]], list[PublishedLine]] = {}
        for line in shown:
            if line.part.startswith(STATE):
                self.note_states(place, self.get_meaning(line), shown)
            elif line.categories and line.indicator not in {FLOW, ASSISTED} and not line.part:
                tables.setdefault((line.indicator, tuple(name for name, _ in line.categories)), []).append(line)
        for lines in tables.values():
            self.note_table(place, lines)
        served = self.find_served(place, indicators)
        for code, meaning in indicators.items():
            if book.has(place.name(f"{code}:followup_paired", "N")):
                note_steps(book, place, meaning)
            if (
                served
                and book.has(place.name(code, "N"))
                and meaning.respondent in SURVIVORS
                and not meaning.per_record
            ):
                why = "everyone who answers is among the people served"
                book.note_among(place.name(code, "N"), served, why, assumed=True)
            counted = meaning.kind == "unique_persons" and meaning.source in {"services", "people"}
            if served and counted and book.has(place.name(code)) and place.name(code) != served:
                book.note_among(place.name(code), served, "they are among the people served", assumed=True)

    def find_served(self, place: Place, indicators: Mapping[str, Meaning]) -> str:
        codes = [code for code, meaning in indicators.items() if meaning.everyone]
        return self.book.add_quantity(place, codes[0]) if codes else ""

    def note_flows(self, place: Place, shown: Sequence[PublishedLine]) -> None:
        """The flow only narrows (R4).

        Who answered a question need not be in it: the flow is about those served in the period, and somebody may
        answer in a period in which she received no service.
        """
        book = self.book
        surveys = dict.fromkeys(self.get_meaning(line).survey for line in shown if line.indicator == FLOW)
        for survey in surveys:
            stages = {stage: self.name_stage(place, survey, stage) for stage in STAGES}
            for wide, narrow in combinations(stages.values(), 2):
                book.note_among(narrow, wide, "each stage of the flow is among those before (R4)")
            indicators = {line.indicator: self.get_meaning(line) for line in shown}
            served = self.find_served(place, indicators)
            if served:
                book.note_among(stages["eligible"], served, "who could be asked was served")

    def note_states(self, place: Place, meaning: Meaning, shown: Sequence[PublishedLine]) -> None:
        """What everybody who answered the survey did with a question (R3)."""
        book = self.book
        everyone = self.name_asked(place, meaning)
        states = dict.fromkeys(
            line.part for line in shown if line.indicator == meaning.code and line.part.startswith(STATE)
        )
        valid = book.add_quantity(place, meaning.code, "N")
        parts = [
            valid if part == ANSWERED else book.add_quantity(place, make_cell_name(meaning.code, part))
            for part in states
        ]
        if ANSWERED in states and len(states) > 1:
            book.note_sum(everyone, parts, "the states of a question add up to all who answered", assumed=True)

    def note_table(self, place: Place, lines: Sequence[PublishedLine]) -> None:
        """One table: its cells at this place, whether or not they are printed here (R18)."""
        book, meaning = self.book, self.get_meaning(lines[0])
        whole = lines[0].unit in WHOLE_UNITS
        total = book.add_quantity(place, meaning.code, whole=whole)
        merged = {line.categories: parts for line in lines if (parts := self.find_parts(line))}
        finest = (one for line in lines for one in merged.get(line.categories, (line.categories,)))
        cells = dict.fromkeys(finest)
        names = {each: book.add_quantity(place, make_cell_name(meaning.code, "", each), whole=whole) for each in cells}
        dimensions = [name for name, _ in lines[0].categories]
        people = lines[0].unit == "persons"
        once = set(dimensions) <= meaning.once if people else not meaning.several.intersection(dimensions)
        if once:
            book.note_sum(total, names.values(), f"parts by {' and '.join(dimensions)} add up to the total (R18)")
        else:
            for name in names.values():
                book.note_among(name, total, f"each part by {dimensions[0]} is among all")
            why = "everyone has a part" if people else "every record has a part"
            book.note([*((name, 1.0) for name in names.values()), (total, -1.0)], 0, math.inf, why)
        if len(dimensions) > 1 and once:
            self.note_margins(place, meaning, names)
        for categories, parts in merged.items():
            cell = make_cell_name(meaning.code, "", categories)
            self.note_merged(place, cell, [names[one] for one in parts], once=once, whole=whole)

    def find_parts(self, line: PublishedLine) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The finest categories of a category that was merged; none where it was not."""
        parts = self.get_meaning(line).merged.get(line.categories[0], ()) if len(line.categories) == 1 else ()
        return tuple(((line.categories[0][0], part),) for part in parts)

    def note_merged(self, place: Place, cell: str, parts: Sequence[str], *, once: bool, whole: bool) -> None:
        """A coarser category holds the finer ones, printed or not; where nobody stands twice it is their sum."""
        book = self.book
        name = book.add_quantity(place, cell, whole=whole)
        if once:
            book.note_sum(name, parts, "a coarser group is made of finer ones")
            return
        for part in parts:
            book.note_among(part, name, "a finer group is among the coarser one")
        book.note([*((part, 1.0) for part in parts), (name, -1.0)], 0, math.inf, "each is in a finer group")

    def note_margins(self, place: Place, meaning: Meaning, names: Mapping[tuple[tuple[str, str], ...], str]) -> None:
        """The cells of a crossed table add up to those of the one-way tables, where these are printed."""
        margins: dict[tuple[str, str], list[str]] = {}
        for categories, name in names.items():
            for each in categories:
                margins.setdefault(each, []).append(name)
        for each, parts in margins.items():
            whole = self.book.add_quantity(place, make_cell_name(meaning.code, "", (each,)))
            self.book.note_sum(whole, parts, f"the crossed cells add up to {each[0]} {each[1]}")

    def note_sums(self, issue: Issue) -> None:
        """The consortium's numbers are the sums of its partners' (R1)."""
        book, consortium, members = self.book, self.find_consortium(issue), self.list_members(issue)
        if not consortium:
            return
        whole = Place(consortium, issue)
        ending = f"@{consortium}@{issue}"
        collected = {
            name for (place, name), cell in self.cells.items() if place == whole and cell.state == "not_collected"
        }
        for name in [each for each in book.quantities if each.endswith(ending)]:
            cell, _, what = name.removesuffix(ending).rpartition("|")
            meaning = self.vocabulary.indicators.get(cell.partition(":")[0].partition("/")[0])
            if cell in collected or what.startswith(_APART) or (meaning and meaning.over_partners == "none"):
                continue
            own = [
                book.add_quantity(Place(code, issue), cell, what, whole=book.quantities[name].whole) for code in members
            ]
            why = "the consortium's number is the sum of its partners'"
            book.note_sum(name, own, why, assumed=True)
            self.note_unasked(issue, members, meaning, cell, what)
            if what == "sum" and meaning:
                for code in members:
                    note_sum_of_answers(book, Place(code, issue), cell, meaning)

    def note_unasked(self, issue: Issue, members: Sequence[str], meaning: Meaning | None, cell: str, what: str) -> None:
        """Partners that do not ask a survey have nobody in its figures."""
        if meaning is None or meaning.source not in {"survey", "flow"} or not meaning.survey:
            return
        for code in members:
            member = self.find_member(Place(code, issue))
            if member is not None and meaning.survey not in member.asks:
                name = Place(code, issue).name(cell, what)
                self.book.note_value(name, 0, f"{code} does not ask {meaning.survey}", assumed=True)

    def note_issues(self) -> None:
        """Numbers of a period are among those of a longer one of the same plan."""
        for earlier, later in self.list_nested():
            for name in self.list_counted(earlier):
                wider = _move(name, later)
                if self.book.has(wider):
                    why = f"{earlier} lies within {later.issue.start}..{later.issue.end}"
                    self.book.note_among(name, wider, why, assumed=True)

    def list_nested(self) -> Iterator[tuple[Place, Place]]:
        """Pairs of places of one partner and plan whose periods lie in each other, without those in between."""
        for one in self.places:
            holding = [other for other in self.places if _holds(other, one)]
            for other in holding:
                if not any(_holds(other, between) and between in holding for between in holding):
                    yield one, other

    def list_counted(self, place: Place) -> Iterator[str]:
        """Quantities of a place that only grow while a period grows: people and records, never answers."""
        ending = f"@{place.partner}@{place.issue}"
        for name in list(self.book.quantities):
            if not name.endswith(ending):
                continue
            cell, _, what = name.removesuffix(ending).rpartition("|")
            meaning = self.vocabulary.indicators.get(cell.partition(":")[0].partition("/")[0])
            kind = meaning.kind if meaning else ""
            if what == "N" or (what == "n" and (kind in {"unique_persons", "count", "sum"} or cell.startswith(FLOW))):
                yield name

    # -- questions --------------------------------------------------------------------------------------------------

    def ask_cell(self, cell: _Cell) -> None:
        """What is hidden in one figure, or printed in it and small."""
        line, place = cell.first, cell.place
        aim = _AIMS.get(cell.state)
        if aim is None or line.unit in {"events", "people"} or (aim is Aim.BANDED and self.is_sum_over_partners(cell)):
            return
        said = f"{line.cell}, {place.partner}, {place.issue}"
        threshold = self.get_threshold(line)
        if line.unit not in WHOLE_UNITS:
            if aim is Aim.HIDDEN:
                amount = self.book.add_quantity(place, line.cell, whole=False)
                self.book.ask(said, {amount: 1}, Aim.AMOUNT, threshold, place.partner)
        elif line.unit == "points":
            if line.people is None:
                people = place.name(line.cell, "N")
                self.book.ask(f"{said}: people", {people: 1}, Aim.UNPRINTED, threshold, place.partner)
        elif not self.get_meaning(line).stage or line.part:
            # The shares of the flow are left out: both their numbers are stages, which have lines of their own.
            self.ask_count(place, line, said, aim)

    def ask_count(self, place: Place, line: PublishedLine, said: str, aim: Aim) -> None:
        """Those counted, all others and, of a share, all who answered."""
        book, threshold, owner = self.book, self.get_threshold(line), place.partner
        positive, whole = self.get_names(place, line)
        if line.indicator == FLOW:
            positive = self.name_stage(place, self.get_meaning(line).survey, line.part)
        book.ask(said, {positive: 1}, aim, threshold, owner)
        if line.unit == "percent" and positive != whole:
            book.ask(f"{said}: all others", {whole: 1, positive: -1}, aim, threshold, owner)
            if aim is not Aim.PRINTED:
                book.ask(f"{said}: all who answered", {whole: 1}, Aim.UNPRINTED, threshold, owner)
        total = self.find_total(place, line)
        if total and line.unit == "persons" and not line.part.startswith(STATE):
            book.ask(f"{said}: all others", {total: 1, positive: -1}, Aim.DIFFERENCE, threshold, owner)

    def is_sum_over_partners(self, cell: _Cell) -> bool:
        """Whether a range is that of people over partners, whose upper end is their sum and no secret."""
        consortium = cell.place.partner == self.find_consortium(cell.place.issue)
        return consortium and self.get_meaning(cell.first).kind == "unique_persons" and not cell.first.categories

    def ask_differences(self) -> None:
        """Differences of nested numbers (P5), and the consortium without one partner (P2)."""
        for relation in list(self.book.relations.values()):
            if len(relation.terms) == 2 and (relation.low, relation.high) == (0, math.inf):  # noqa: PLR2004 - a pair
                (whole, more), (part, less) = relation.terms
                if (more, less) == (1, -1) and self.is_about_people(whole) and self.is_about_people(part):
                    self.ask_difference(whole, part)
        for place in self.places:
            members = self.list_members(place.issue)
            if place.partner == self.find_consortium(place.issue):
                for code in members:
                    self.ask_rest(place, Place(code, place.issue))
        self.ask_between_issues()

    def is_about_people(self, name: str) -> bool:
        cell = name.partition("|")[0]
        indicator = cell.partition(":")[0].partition("/")[0]
        meaning = self.vocabulary.indicators.get(indicator)
        counted = meaning is None or meaning.kind not in {"count", "sum"}
        return counted and not (meaning and meaning.per_record)

    def ask_difference(self, whole: str, part: str) -> None:
        _, partner, _ = whole.rsplit("@", 2)
        said = f"{_say(whole)}, less {_say(part)}"
        self.book.ask(said, {whole: 1, part: -1}, Aim.DIFFERENCE, self.find_threshold(whole), partner)

    def find_threshold(self, name: str) -> int:
        cell = name.partition("|")[0]
        meaning = self.vocabulary.indicators.get(cell.partition(":")[0].partition("/")[0])
        bands = {f"/age_band={band}" for band in self.vocabulary.child_bands}
        surveys = {f"/survey={survey}" for survey in self.vocabulary.child_surveys}
        young = any(cell.endswith(each) for each in bands | surveys) or bool(meaning and meaning.children)
        return max(self.threshold, CHILD_THRESHOLD) if young else self.threshold

    def ask_rest(self, whole: Place, own: Place) -> None:
        """All partners but one: what is left of the consortium's number without its."""
        ending = f"@{whole.partner}@{whole.issue}"
        for name in list(self.book.quantities):
            what = name.removesuffix(ending).rpartition("|")[2]
            if not name.endswith(ending) or what not in {"n", "N", "all"} or not self.is_about_people(name):
                continue
            mine = _move(name, own)
            if self.book.has(mine):
                said = f"{_say(name)}, without {own.partner}"
                self.book.ask(said, {name: 1, mine: -1}, Aim.DIFFERENCE, self.find_threshold(name))

    def ask_between_issues(self) -> None:
        for one in self.places:
            for other in self.places:
                if _holds(other, one):
                    for name in self.list_counted(one):
                        if self.book.has(_move(name, other)) and self.is_about_people(name):
                            self.ask_difference(_move(name, other), name)


def _holds(longer: Place, shorter: Place) -> bool:
    """Whether a place's period holds another one's of the same partner and plan, and is longer."""
    one, other = longer.issue, shorter.issue
    return (
        longer.partner == shorter.partner
        and one.plan == other.plan
        and one.start <= other.start
        and other.end <= one.end
        and (one.start, one.end) != (other.start, other.end)
    )


_WHAT = {"N": ": all who answered", "all": ": all"}


def _say(name: str) -> str:
    """A quantity for people."""
    counted, partner, issue = name.rsplit("@", 2)
    cell, what = counted.rsplit("|", 1)
    return f"{cell}{_WHAT.get(what, '')}, {partner}, {issue}"


def _move(name: str, place: Place) -> str:
    """The same quantity at another place."""
    cell, what = name.rsplit("@", 2)[0].rsplit("|", 1)
    return place.name(cell, what)


def _with_factor(meaning: Meaning, factor: Decimal) -> Meaning:
    return replace(meaning, factor=factor)
