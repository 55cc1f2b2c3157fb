"""Random small programmes of a few partners, and the attack on whatever is published of them.

A programme has 3 or 4 partners and 12 monthly issues, each from the start of the year to the end of a month. A way of
publishing (``Publish``) turns the true figures of one issue into figures; the same attack is pointed at every way.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from random import Random

from me_platform.disclosure.attack.exports import read_json
from me_platform.disclosure.attack.lines import PublishedLine
from me_platform.disclosure.attack.meaning import make_knowledge
from me_platform.disclosure.attack.ranges import System
from me_platform.disclosure.attack.recovery import Finding, Outcome, attack
from me_platform.disclosure.attack.vocabulary import Meaning, Member, Vocabulary
from me_platform.disclosure.chapters import Edition
from me_platform.disclosure.figures import Figure, FigureState, make_figure_content, make_figure_id
from me_platform.disclosure.joint import Publication, publish_jointly
from me_platform.indicators.ladders import climb
from me_platform.indicators.results import RawFigure, Role

THRESHOLD = 5
CONSORTIUM, SURVEY = "ALL", "checkin"
AGES = ("18-24", "25-34", "35-49", "50+", "unknown")
TYPES = ("LEG1", "PSY2", "EEM1", "EEM4")
STATES = ("answered", "declined", "skipped")
STAGES = ("eligible", "invited", "consented", "responded", "valid", "paired")
TITLE = {"en": "Invented", "lv": "Izdomāts"}

Publish = Callable[[Sequence[RawFigure], Sequence[Figure]], Sequence[Figure]]
"""The true figures of an issue and all that was published before -> the figures that are published."""


@dataclass(frozen=True)
class Person:
    """Somebody invented: where, since which month, of what age, and what was answered when (0 for never)."""

    partner: str
    month: int
    age: str
    services: tuple[tuple[int, str], ...]
    answered: int
    state: str
    useful: bool
    again: int
    step: int


@dataclass(frozen=True)
class Programme:
    """Partners and people; ``ladder`` are the steps by which the table of ages may be made coarser."""

    partners: tuple[str, ...]
    people: tuple[Person, ...]
    ladder: tuple[Mapping[str, str], ...] = ()

    @property
    def vocabulary(self) -> Vocabulary:
        """What is published of its indicators."""
        asks = frozenset({SURVEY})
        members = (*(Member(code, asks=asks) for code in self.partners), Member(CONSORTIUM, consortium=True))
        once = frozenset({"age_band"})
        return Vocabulary(
            indicators={
                "people": Meaning(
                    "people",
                    "unique_persons",
                    source="services",
                    everyone=True,
                    once=once,
                    respondent="caseworker",
                    merged={("age_band", each.code): each.members for each in climb(AGES, self.ladder) if each.since},
                ),
                "services": Meaning("services", "count", source="services", respondent="caseworker"),
                "useful": Meaning("useful", "proportion", survey=SURVEY, question="useful"),
                "safer": Meaning("safer", "paired_change", survey=SURVEY, question="safe"),
            },
            plans={"drill": members},
        )


def make_programme(seed: int) -> Programme:
    """A random programme: one large partner, others down to a handful of people."""
    chance = Random(seed)  # noqa: S311 - invented people, no secret
    partners = tuple(f"P{number}" for number in range(1, chance.randint(3, 4) + 1))
    sizes = [chance.randint(25, 45), *(chance.randint(2, 20) for _ in partners[1:])]
    return Programme(
        partners,
        tuple(_make_person(code, chance) for code, size in zip(partners, sizes, strict=True) for _ in range(size)),
    )


def _make_person(partner: str, chance: Random) -> Person:
    month = chance.randint(1, 12)
    answered = chance.choice([0, *[min(12, month + chance.randint(0, 2))] * 5])
    again = min(13, answered + chance.randint(2, 6)) if answered else 0
    return Person(
        partner,
        month,
        chance.choices(AGES, (3, 6, 4, 1, 1))[0],
        tuple((chance.randint(month, 12), chance.choices(TYPES, (4, 6, 2, 1))[0]) for _ in range(chance.randint(1, 5))),
        answered,
        chance.choices(STATES, (16, 1, 1))[0],
        chance.random() < 0.75,
        again,
        chance.choice([-1, 0, 0, 1, 1, 1]),
    )


def list_true_figures(programme: Programme, month: int) -> tuple[RawFigure, ...]:
    """Every true figure of the issue from January to a month, partner by partner, the consortium last."""
    label = f"2026-01-01..2026-{month:02}-{monthrange(2026, month)[1]:02}"
    figures: list[RawFigure] = []
    for code in (*programme.partners, CONSORTIUM):
        mine = [each for each in programme.people if code in {each.partner, CONSORTIUM} and each.month <= month]
        figures += [replace(raw, partner=code, period=label) for raw in _list_figures(mine, month, programme.ladder)]
        if code == CONSORTIUM:
            largest = max(sum(each.partner == one for each in mine) for one in programme.partners)
            figures = [_as_union(raw, largest) if _is_headcount(raw, code) else raw for raw in figures]
    return tuple(figures)


def _is_headcount(raw: RawFigure, code: str) -> bool:
    return raw.partner == code and raw.indicator == "people" and not raw.disaggregation


def _as_union(raw: RawFigure, largest: int) -> RawFigure:
    """People over partners are known by bounds (R12)."""
    people = raw.n or 0
    bounded = replace(raw, role=Role.UNION, low=Decimal(largest), high=Decimal(people))
    return bounded if largest == people else replace(bounded, value=None, numerator=None, n=None)


def _list_figures(people: Sequence[Person], month: int, ladder: Sequence[Mapping[str, str]]) -> Iterator[RawFigure]:
    yield _make_raw(Role.COUNT, "people", len(people), group="people")
    for age in climb(AGES, ladder):
        count = sum(each.age in age.members for each in people)
        cell = _make_cell("people", count, len(people), "age_band", age.code, age.order)
        yield replace(cell, since=age.since, until=age.until, members=age.members if age.since else ())
    services = [(each, kind) for each in people for day, kind in each.services if day <= month]
    yield replace(
        _make_raw(Role.EVENTS, "services", len(services), group="services", unit="records"),
        n=len({id(each) for each, _ in services}),
    )
    for order, name in enumerate(TYPES):
        those = [each for each, kind in services if kind == name]
        cell = _make_raw(Role.EVENT_CELL, "services", len(those), group="services:type", unit="records", order=order)
        yield replace(
            cell,
            disaggregation={"service_type": name},
            n=len({id(each) for each in those}),
            base=len(services),
            denominator=len({id(each) for each, _ in services}),
        )
    told = [each for each in people if each.answered and each.answered <= month]
    valid = [each for each in told if each.state == "answered"]
    paired = [each for each in valid if each.again <= month]
    stages = (len(people), len(people), len(told), len(told), len(valid), len(paired))
    for order, (part, count) in enumerate(zip(STAGES, stages, strict=True)):
        raw = _make_raw(Role.CHAIN, "flow", count, group="flow", order=order)
        yield replace(raw, part=part, base=len(people))
    yield _make_share("useful", sum(each.useful for each in valid), len(valid), "useful")
    for order, state in enumerate(STATES):
        count = sum(each.state == state for each in told)
        if told:
            raw = _make_raw(Role.CELL, "useful", count, group="useful:states", order=order)
            yield replace(raw, part=f"state:{state}", denominator=len(told), n=len(told), base=len(told))
    steps = [each.step for each in paired]
    yield replace(_make_share("safer", sum(step > 0 for step in steps), len(paired), "safer:change"), base=len(valid))
    counts = {
        "improved": sum(step > 0 for step in steps),
        "same": steps.count(0),
        "worse": sum(step < 0 for step in steps),
        "not_measurable": len(valid) - len(paired),
    }
    for order, (part, count) in enumerate(counts.items() if valid else (), 1):
        raw = _make_raw(Role.CHANGE, "safer", count, group="safer:change", order=order)
        yield replace(raw, part=part, denominator=len(valid), n=len(valid), base=len(valid))


def _make_raw(role: Role, code: str, count: int, *, group: str, unit: str = "persons", order: int = 0) -> RawFigure:
    number = Decimal(count)
    return RawFigure(code, TITLE, "", "", role, unit, value=number, numerator=count, n=count, group=group, order=order)


def _make_cell(code: str, count: int, base: int, dimension: str, category: str, order: int) -> RawFigure:
    raw = _make_raw(Role.CELL, code, count, group=f"{code}:{dimension}", order=order)
    return replace(raw, disaggregation={dimension: category}, denominator=base, n=base, base=base)


def _make_share(code: str, positive: int, whole: int, group: str) -> RawFigure:
    raw = _make_raw(Role.PROPORTION, code, positive, group=group, unit="percent")
    value = Decimal(round(100 * positive / whole)) if whole else None
    return replace(raw, value=value, denominator=whole, n=whole, base=whole)


# -- ways of publishing -----------------------------------------------------------------------------------------------


def publish_naively(raws: Sequence[RawFigure], before: Sequence[Figure]) -> Sequence[Figure]:
    """P1 alone: numbers of 1..T-1 people are hidden, each by itself."""
    return [_publish_one(raw, _is_small(raw)) for raw in raws]


@dataclass
class Jointly:
    """The protector itself: every issue beside all partners and, with ``remembers``, beside all earlier issues."""

    remembers: bool = True
    publications: list[Publication] = field(default_factory=list)

    def __call__(self, raws: Sequence[RawFigure], before: Sequence[Figure]) -> Sequence[Figure]:
        chapters = [each.chapter for each in self.publications] if self.remembers else []
        self.publications.append(publish_jointly(raws, make_edition(raws, len(self.publications)), chapters))
        return self.publications[-1].figures


def make_edition(raws: Sequence[RawFigure], number: int = 0) -> Edition:
    """The edition of a programme's issue."""
    start, end = map(date.fromisoformat, raws[0].period.split(".."))
    return Edition(f"{start}..{end}#{number}", start, end, consortium=CONSORTIUM)


def publish_everything(raws: Sequence[RawFigure], before: Sequence[Figure]) -> Sequence[Figure]:
    """Protection off: everything is printed but a few cells, every fifteenth figure."""
    return [_publish_one(raw, place % 15 == 1) for place, raw in enumerate(raws)]


def _is_small(raw: RawFigure) -> bool:
    people = [raw.n, *([raw.numerator] if raw.role is not Role.EVENTS else [])]
    return any(each is not None and 0 < each < THRESHOLD for each in people)


def _publish_one(raw: RawFigure, hidden: bool) -> Figure:  # noqa: FBT001 - one of the two
    empty = raw.role is Role.PROPORTION and not raw.denominator
    bounds = raw.value is None and raw.high is not None
    state = FigureState.NO_VALUE if empty else FigureState.SUPPRESSED if hidden else FigureState.VALUE
    state = FigureState.BANDED if bounds and not hidden else state
    shown = state is FigureState.VALUE
    name = make_figure_id(raw.indicator, raw.partner, raw.period, raw.part, raw.disaggregation)
    return Figure(
        name,
        raw.indicator,
        raw.title,
        raw.partner,
        raw.period,
        state,
        raw.unit,
        part=raw.part,
        disaggregation=raw.disaggregation,
        value=raw.value if shown else None,
        numerator=raw.numerator if shown else None,
        denominator=raw.denominator if shown and raw.role is not Role.EVENT_CELL else None,
        n=raw.n if shown and raw.role not in {Role.EVENTS, Role.EVENT_CELL} else None,
        low=raw.low if state is FigureState.BANDED else None,
        high=raw.high if state is FigureState.BANDED else None,
    )


# -- the attack -------------------------------------------------------------------------------------------------------


def attack_programme(programme: Programme, publish: Publish, months: Iterable[int] = range(1, 13)) -> Outcome:
    """Publish issue after issue, then attack all of them together; each partner's staff know their own true numbers."""
    published: list[Figure] = []
    true: list[RawFigure] = []
    for month in months:
        raws = list_true_figures(programme, month)
        true += raws
        published += publish(raws, tuple(published))
    lines = read_lines(published)
    own = {
        code: make_knowledge(
            [line for line in read_lines(publish_everything_true(true)) if line.partner == code],
            programme.vocabulary,
            THRESHOLD,
        )
        for code in programme.partners
    }
    return attack(make_knowledge(lines, programme.vocabulary, THRESHOLD), programme.partners, own, proved=False)


def list_false(programme: Programme, outcome: Outcome, months: Iterable[int] = range(1, 13)) -> list[Finding]:
    """Findings that the true numbers do not agree with."""
    true = [raw for month in months for raw in list_true_figures(programme, month)]
    system = System(make_knowledge(read_lines(publish_everything_true(true)), programme.vocabulary, THRESHOLD))
    wrong = []
    for finding in outcome.findings:
        truth = system.find_range(finding.question.terms)
        low, high = finding.low, finding.high
        if low is not None and high is not None and (truth.high < low or truth.low > high):
            wrong.append(finding)
    return wrong


def publish_everything_true(raws: Iterable[RawFigure]) -> list[Figure]:
    """What only a partner's own staff see: everything as it is."""
    return [_publish_one(raw, hidden=False) for raw in raws]


def read_lines(figures: Iterable[Figure]) -> tuple[PublishedLine, ...]:
    """Figures as a reader of the export gets them."""
    contents = [
        {**make_figure_content(figure), "snapshot": f"drill-20260101-{figure.period[-5:].replace('-', '')}"}
        for figure in figures
    ]
    return read_json("figures.json", json.dumps(contents).encode()).lines
