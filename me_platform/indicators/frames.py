"""What the figures are computed from: rows made from opened records, gathered into typed pandas frames.

This is the one place that decides whose records count (R0): services and staff's other records of people who objected
are left out, answers and narratives only enter with the person's ``statistics`` consent. What was left out is counted
by reason and partner, never dropped silently. All frames share the categories of person, partner, response, survey
and wave, so that a person has the same category code everywhere and figures are counts over codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

UNKNOWN = "unknown"
"""The category of people whose attribute was not recorded (R18)."""

_NOBODY = -1
"""Category code of a record that is about no person."""

_AREA = re.compile(r"[A-Za-z]+")
"""The letters a service type's code begins with name its area: ``LEG5`` is a service of ``LEG``."""


@dataclass(frozen=True)
class PersonRow:
    """A person at a partner. ``age_band`` is the one of first registration (R11); empty texts become "unknown".

    ``entry`` is the code of who referred the person.
    """

    person: str
    partner: str
    enrolled: date
    age_band: str
    language: str
    objected: bool
    entry: str = ""


@dataclass(frozen=True)
class ConsentRow:
    """One decision (``given``, ``refused``, ``withdrawn``) about one purpose, ``object`` included."""

    person: str
    partner: str
    purpose: str
    decision: str
    day: date


@dataclass(frozen=True)
class CardRow:
    """A link card a person has or has shown: ``card`` is a MAC of its code, the same at every partner (R13)."""

    person: str
    partner: str
    card: str


@dataclass(frozen=True)
class InvitationRow:
    """A code handed to a person for one wave of a survey."""

    person: str
    partner: str
    survey: str
    wave: str
    issued: date


@dataclass(frozen=True)
class ResponseRow:
    """One submission. ``wave`` is ``baseline``, ``followup-1`` ..., ``exit``, ``before`` or ``after``."""

    response: str
    person: str
    partner: str
    survey: str
    version: str
    wave: str
    day: date
    mode: str
    locale: str


@dataclass(frozen=True)
class AnswerRow:
    """One question of one submission: an AnswerState, and the chosen value or the number where it is answered.

    Several chosen values are one text with blanks between them; no value has a blank in it.
    """

    response: str
    question: str
    state: str
    choice: str | None = None
    number: float | None = None


@dataclass(frozen=True)
class ServiceRow:
    """One service given to one person on one day; ``hours`` is 0 where they were not noted.

    ``ended`` is the reason with which support ended with this service, from which day the exit wave is counted; empty
    while it goes on. The other texts are empty where they were not noted.
    """

    person: str
    partner: str
    service_type: str
    date: date
    hours: float
    mode: str
    ended: str = ""
    interpreter: str = ""
    mediator: str = ""
    comfortable: str = ""
    woman: str = ""
    started: bool = False


@dataclass(frozen=True)
class NarrativeRow:
    """One progress narrative, without its words."""

    person: str
    partner: str
    date: date
    areas: tuple[str, ...]
    stage: str


@dataclass(frozen=True)
class ActivityRow:
    """One public activity of a list; about no survivor.

    ``start`` and ``end`` are the earliest and latest day the list allows: of an activity known by its year alone
    (``precision`` "year") they are 1 January and 31 December. Numbers that are None are not stated.
    """

    partner: str
    activity_id: str
    kind: str
    status: str
    start: date
    end: date
    precision: str
    participants: int | None
    participants_latvia: int | None
    qualifier: str
    unit: str
    counts_as: str
    potential: int | None
    countries: int | None
    grant_key: str
    amount: Decimal | None
    currency: str
    funder: str
    funder_state: str
    organiser: str


@dataclass(frozen=True)
class SourceRow:
    """One record of a source of ``SOURCE_FIELDS``: something staff wrote down, about a person or about nobody.

    ``person`` is empty where the record is about nobody, and ``a:`` with a pseudonym for a participant of an activity.
    A field that is left out or empty was not noted. ``numbers`` are what can be added up.
    """

    source: str
    partner: str
    person: str
    day: date
    fields: Mapping[str, str]
    numbers: Mapping[str, float] = field(default_factory=dict)


SOURCE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "needs": ("category", "status", "reason", "review"),
    "barriers": ("barrier", "status"),
    "referrals": ("service_type", "consent", "outcome"),
    "checklists": ("list", "item", "answer"),
    "progress": ("area", "stage", "direction"),
    "feedback": ("survey", "decision", "replied"),
    "standards": ("standard", "rating"),
    "attendances": ("profession", "institution", "first"),
    "involvement": ("kind", "survivors"),
    "practices": ("category", "tense"),
}
"""What staff write down besides services, and the fields of each; every record of a source has all its columns."""

ON_STATISTICS = frozenset({"progress"})
"""Sources that rest on the ``statistics`` consent, as narratives do. The others rest on the plan's ground (R0)."""


@dataclass(frozen=True)
class Frames:
    """The frames of one freeze, R0 applied.

    ``people``: person, partner, enrolled, age_band, language, objected, entry, statistics (consent in force).
    ``consents``, ``invitations``, ``services`` (with service_area), ``narratives``, ``activities``: one row as
    given. ``submissions``: the facts that somebody submitted (response, person, partner, survey, version, wave,
    day, mode, locale), for the response flow, whatever was agreed about statistics. ``responses``: the submissions
    of people who agreed to statistics. ``answers``: their answers, one row each, with the response's person,
    partner, survey, version, wave, day and mode. ``excluded`` counts what R0 left out, by reason, over all partners
    and ``excluded_by_partner`` for each: ``objected`` people whose services and records do not count,
    ``no_statistics_consent`` responses, ``narratives_no_statistics_consent`` narratives. ``sources``: for every name
    of ``SOURCE_FIELDS`` its records with person (missing where about nobody), partner, day, fields and numbers.
    ``cards``: person, partner and card of those who agree that their records of several partners are linked.
    """

    people: pd.DataFrame
    consents: pd.DataFrame
    invitations: pd.DataFrame
    submissions: pd.DataFrame
    responses: pd.DataFrame
    answers: pd.DataFrame
    services: pd.DataFrame
    narratives: pd.DataFrame
    activities: pd.DataFrame
    sources: Mapping[str, pd.DataFrame]
    cards: pd.DataFrame
    excluded: Mapping[str, int]
    excluded_by_partner: Mapping[str, Mapping[str, int]]


Row = (
    PersonRow | ConsentRow | CardRow | InvitationRow | ResponseRow | AnswerRow | ServiceRow | NarrativeRow | ActivityRow
)

_DAYS = frozenset({"enrolled", "day", "issued", "date", "start", "end"})
_WHOLE = frozenset({"participants", "participants_latvia", "potential", "countries"})
_NUMBERS = frozenset({"hours", "number"})
_FLAGS = frozenset({"objected", "started"})
_PLAIN = frozenset({"areas", "amount"})
"""Columns by what they hold; every other column is categorical."""
_NOTED = frozenset({"ended", "interpreter", "mediator", "comfortable", "woman"})
"""Categorical columns in which an empty text says that nothing was noted: a missing value."""


def make_frames(  # noqa: PLR0913 - one argument for each kind of row
    people: Sequence[PersonRow],
    consents: Sequence[ConsentRow],
    invitations: Sequence[InvitationRow],
    responses: Sequence[ResponseRow],
    answers: Sequence[AnswerRow],
    services: Sequence[ServiceRow],
    narratives: Sequence[NarrativeRow],
    activities: Sequence[ActivityRow],
    *,
    sources: Sequence[SourceRow] = (),
    cards: Sequence[CardRow] = (),
) -> Frames:
    """Gather rows into frames and apply R0.

    ``consents`` are all events known, those of one day in their order: who has withdrawn since the period ended is
    left out as well. A person has objected when her record or her last ``object`` event says so. Raises KeyError for a
    row of a source that is not in ``SOURCE_FIELDS``.
    """
    by_person = (people, consents, invitations, responses, services, narratives, sources, cards)
    shared = {
        "person": _make_categories(row.person for rows in by_person for row in rows if row.person),
        "partner": _make_categories(row.partner for rows in (*by_person, activities) for row in rows),
        "survey": _make_categories(chain((i.survey for i in invitations), (r.survey for r in responses))),
        "wave": _make_categories(chain((i.wave for i in invitations), (r.wave for r in responses))),
        "response": _make_categories(chain((r.response for r in responses), (a.response for a in answers))),
    }
    person_frame = _make_frame(PersonRow, people, shared)
    for attribute in ("age_band", "language", "entry"):
        person_frame[attribute] = _name_unknown(person_frame[attribute])
    consent_frame = _make_frame(ConsentRow, consents, shared)
    objected = _list_in_force(consent_frame, "object")
    allowed = _list_in_force(consent_frame, "statistics")
    shown = _make_frame(CardRow, cards, shared)
    linked = shown["person"].cat.codes.isin(_list_in_force(consent_frame, "link"))
    objected = objected | set(person_frame.loc[person_frame["objected"], "person"].cat.codes)
    person_codes = person_frame["person"].cat.codes
    person_frame["objected"] = person_codes.isin(objected)
    person_frame["statistics"] = person_codes.isin(allowed)

    submissions = _make_frame(ResponseRow, responses, shared)
    all_services = _make_frame(ServiceRow, services, shared)
    all_services["service_area"] = _make_areas(all_services["service_type"])
    all_narratives = _make_frame(NarrativeRow, narratives, shared)
    counted = ~all_services["person"].cat.codes.isin(objected)
    agreed = submissions["person"].cat.codes.isin(allowed)
    told = all_narratives["person"].cat.codes.isin(allowed)
    kept = submissions[agreed].reset_index(drop=True)
    all_sources = _make_sources(sources, shared)
    entering = {
        name: frame["person"].cat.codes.isin({*allowed, _NOBODY})
        if name in ON_STATISTICS
        else ~frame["person"].cat.codes.isin(objected)
        for name, frame in all_sources.items()
    }
    objecting = [
        all_services[~counted],
        *(frame[~entering[name]] for name, frame in all_sources.items() if name not in ON_STATISTICS),
    ]
    left_out = {
        "objected": pd.concat([frame[["person", "partner"]] for frame in objecting]).drop_duplicates(),
        "no_statistics_consent": submissions[~agreed],
        "narratives_no_statistics_consent": all_narratives[~told],
    }
    return Frames(
        people=person_frame,
        consents=consent_frame,
        invitations=_make_frame(InvitationRow, invitations, shared),
        submissions=submissions,
        responses=kept,
        answers=_join_answers(_make_frame(AnswerRow, answers, shared), kept),
        services=all_services[counted].reset_index(drop=True),
        narratives=all_narratives[told].reset_index(drop=True),
        activities=_make_frame(ActivityRow, activities, shared),
        sources={name: frame[entering[name]].reset_index(drop=True) for name, frame in all_sources.items()},
        cards=shown[linked].reset_index(drop=True),
        excluded={reason: len(rows) for reason, rows in left_out.items()},
        excluded_by_partner={
            str(partner): {reason: int((rows["partner"] == partner).sum()) for reason, rows in left_out.items()}
            for partner in shared["partner"].categories
        },
    )


def _make_categories(values: Iterable[str]) -> pd.CategoricalDtype:
    """The sorted distinct values as a dtype several frames share."""
    return pd.CategoricalDtype(pd.Index(sorted(set(values)), dtype="str"))


def _make_frame(row_class: type[Row], rows: Sequence[Row], shared: Mapping[str, pd.CategoricalDtype]) -> pd.DataFrame:
    """One column per field, typed by ``_DAYS`` and the other sets even when there are no rows."""
    return pd.DataFrame(
        {
            column.name: _make_column(column.name, [getattr(row, column.name) for row in rows], shared)
            for column in fields(row_class)
        }
    )


def _make_sources(rows: Sequence[SourceRow], shared: Mapping[str, pd.CategoricalDtype]) -> dict[str, pd.DataFrame]:
    """One frame per source; without rows it has no numbers, and categories without a name in them."""
    by_source: dict[str, list[SourceRow]] = {name: [] for name in SOURCE_FIELDS}
    for row in rows:
        by_source[row.source].append(row)
    return {name: _make_source(SOURCE_FIELDS[name], mine, shared) for name, mine in by_source.items()}


def _make_source(
    names: Sequence[str], rows: Sequence[SourceRow], shared: Mapping[str, pd.CategoricalDtype]
) -> pd.DataFrame:
    numbers = sorted({name for row in rows for name in row.numbers})
    return pd.DataFrame(
        {
            "person": _make_column("person", [row.person or None for row in rows], shared),
            "partner": _make_column("partner", [row.partner for row in rows], shared),
            "day": _make_column("day", [row.day for row in rows], shared),
            **{name: _make_column(name, [row.fields.get(name) or None for row in rows], {}) for name in names},
            **{name: pd.Series([row.numbers.get(name, np.nan) for row in rows], dtype="float64") for name in numbers},
        }
    )


def _make_column(name: str, values: list[Any], shared: Mapping[str, pd.CategoricalDtype]) -> pd.Series:
    if name in _DAYS:
        return pd.Series(np.array(values, dtype="datetime64[D]").astype("datetime64[s]"))
    if name in _WHOLE:
        return pd.Series(values, dtype="Int64")
    if name in _NUMBERS:
        return pd.Series(values, dtype="float64")
    if name in _FLAGS:
        return pd.Series(values, dtype="bool")
    if name in _PLAIN:
        return pd.Series(values, dtype="object")
    if name in _NOTED:
        values = [value or None for value in values]
    known = shared.get(name) or _make_categories(value for value in values if value is not None)
    return pd.Series(pd.Categorical(values, dtype=known))


def _name_unknown(column: pd.Series) -> pd.Series:
    """The column with "unknown" as a category always there, and in the place of what was left empty."""
    named = column.astype("str").replace("", UNKNOWN)
    return pd.Series(pd.Categorical(named, dtype=_make_categories([*named, UNKNOWN])), index=column.index)


def _list_in_force(consents: pd.DataFrame, purpose: str) -> set[int]:
    """Codes of the people whose last event about a purpose is "given"."""
    events = consents[consents["purpose"] == purpose].sort_values("day", kind="stable")
    last = events.drop_duplicates("person", keep="last")
    return set(last.loc[last["decision"] == "given", "person"].cat.codes)


def _make_areas(service_type: pd.Series) -> pd.Series:
    """The area of each service, from its type's code."""
    areas = {str(code): _name_area(str(code)) for code in service_type.cat.categories}
    values = [areas[str(code)] for code in service_type]
    return pd.Series(pd.Categorical(values, dtype=_make_categories(areas.values())), index=service_type.index)


def _name_area(service_type: str) -> str:
    found = _AREA.match(service_type)
    return found.group() if found else UNKNOWN


def _join_answers(answers: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """The answers of the given responses, each with its response's facts, in the order of the answers."""
    place = np.full(len(answers["response"].cat.categories), -1)
    place[responses["response"].cat.codes.to_numpy()] = np.arange(len(responses))
    row = place[answers["response"].cat.codes.to_numpy()]
    facts = responses[["person", "partner", "survey", "version", "wave", "day", "mode"]].iloc[row[row >= 0]]
    return pd.concat([answers[row >= 0].reset_index(drop=True), facts.reset_index(drop=True)], axis="columns")
