"""Use cases around restatements: compare two snapshots of a period, and record that one takes another's place (R24).

Between the two snapshots the figures are computed again, one cause after the other: what the older one knew and is
still there; then without what was written down by mistake; then with corrections; then with all the newer one knew;
then by the newer one's definitions. What is told and kept of it has passed ``disclosure.restatements``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.catalogue import Catalogue
from me_platform.disclosure.figures import THRESHOLDS, Figure, make_figure, make_figure_content, make_figure_id
from me_platform.disclosure.restatements import Cause, Count, Restated, protect_steps, restate, tell_people
from me_platform.errors import InputInvalid
from me_platform.indicators.definition import Plan
from me_platform.indicators.frozen import Definitions
from me_platform.indicators.periods import Period, read_period
from me_platform.indicators.results import Availability, RawFigure
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.services.audit import Deed, note_deed
from me_platform.services.freezing import (
    Freeze,
    FreezeEntry,
    compute_raws,
    freeze_plan,
    get_freeze,
    list_freezes,
    read_part,
)
from me_platform.services.instance import Office, find_partners
from me_platform.services.ledger import AUDIENCE
from me_platform.services.lineage import (
    Memory,
    count_gone,
    find_partner,
    is_about_people,
    read_memory,
)
from me_platform.services.opening import Opened, Reach, Scope, make_frames, open_partner
from me_platform.services.steps import Step
from me_platform.storage.partners import get_partner
from me_platform.storage.restatements import RestatementRow, add_restatement, list_restatements
from me_platform.storage.snapshots import list_snapshot_heads
from me_platform.storage.tenancy import enter_partner

People = Mapping[str, tuple[int, int | None]]
"""How many people are behind each cause, as a range; its end is None where it is open."""


@dataclass(frozen=True)
class Comparison:
    """Every figure that two snapshots print differently, partner by partner, and the people behind each cause."""

    old: str
    new: str
    figures: tuple[Restated, ...]
    people: Mapping[str, People]


@dataclass(frozen=True)
class Restatement:
    """A recorded restatement of one partner; ``account`` is who approved it (None: the command line)."""

    partner: str
    freeze: str
    replaces: str
    account: UUID | None
    day: date
    figures: tuple[Mapping[str, Any], ...]
    people: People


def compare_freezes(office: Office, catalogue: Catalogue, old: str, new: str) -> Comparison:
    """The restatement table of two snapshots of one plan and period; it may be read by whoever reads the snapshots.

    Steps add up to their difference exactly. They are missing where they could point at few people, and where the older
    snapshot does not keep what it knew. Raises NotFound, InputInvalid for snapshots of different plans or periods,
    SealBroken.
    """
    before, after = get_freeze(office, old), get_freeze(office, new)
    if (before.plan, before.start, before.end) != (after.plan, after.start, after.end) or old == new:
        raise InputInvalid(f"'{old}' and '{new}' are not two snapshots of one plan and period.")
    parts = _read_parts(office, before), _read_parts(office, after)
    first, second = read_memory(old, parts[0], catalogue), read_memory(new, parts[1], catalogue)
    threshold = THRESHOLDS[AUDIENCE]
    if first is None or second is None or not all("marks" in part for each in parts for part in each.values()):
        return Comparison(old, new, tuple(_list_restated(parts, [])), {})
    stages = _open_stages(office, first, second)
    people = {each.partner: _count_people(each.partner, first, second, stages) for each in stages[0]}
    states = _compute_states(office, first, second, stages)
    restated = tuple(_list_restated(parts, states))
    plain = [each for each in restated if not is_about_people(second, each.any)]
    across = next((each.code for each in second.definitions.plan.partners if each.consortium), "")
    told = protect_steps([each for each in restated if each not in plain], people, threshold, across)
    order = [each.id for each in restated]
    return Comparison(
        old,
        new,
        tuple(sorted((*told, *plain), key=lambda each: order.index(each.id))),
        {
            partner: {cause.value: tell_people(count, threshold) for cause, count in counts.items()}
            for partner, counts in people.items()
        },
    )


def freeze_and_restate(
    office: Office,
    catalogue: Catalogue,
    plan: Plan,
    period: Period,
    cutoff: date,
    step: Callable[[int, int], None] = lambda _done, _total: None,
    account: UUID | None = None,
) -> Freeze:
    """Freeze a plan as ``freeze_plan`` does, and record what it restates: an older snapshot of the same period.

    ``account`` is who ordered it, and so approves the restatement. Raises as ``freeze_plan``; SealBroken where the
    older snapshot does not open.
    """
    frozen = freeze_plan(office, catalogue, plan, period, cutoff, step)
    replaced = _find_replaced(office, get_freeze(office, frozen.id))
    if replaced:
        record_restatement(office, compare_freezes(office, catalogue, replaced, frozen.id), account)
    return frozen


def run_freeze(office: Office, catalogue: Catalogue, content: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
    """Carry a freeze out that was ordered (worker).

    ``content`` holds plan, period, cut-off day, the code of the organisation and the account that ordered it. The
    outcome says the freeze's id, how many figures of how many organisations, and whether it is new: the same id again
    means that nothing has changed since. Raises as ``freeze_and_restate`` does, NotFound for a plan that is gone.
    """
    plan, account = catalogue.get_plan(content["plan"]), UUID(content["account"])
    span, cutoff = read_period(content["period"]), date.fromisoformat(content["cutoff"])
    frozen = freeze_and_restate(office, catalogue, plan, span, cutoff, step, account)
    with Session(office.engine) as session:
        partner = get_partner(session, content["partner"])
        enter_partner(session, partner.id)
        row = next(each.id for each in list_snapshot_heads(session) if each.freeze == frozen.id)
        note_deed(office, session, partner, account, Deed.FROZE, "snapshot", row)
        session.commit()
    return {"freeze": frozen.id, "figures": frozen.figures, "partners": frozen.partners, "new": frozen.new}


def record_restatement(office: Office, comparison: Comparison, account: UUID | None) -> None:
    """Record for every partner what a snapshot restates; what is recorded already stays as it is."""
    for code in get_freeze(office, comparison.new).partners:
        partner = find_partner(office, code)
        content = {
            "figures": [make_restated_content(each) for each in comparison.figures if each.any.partner == code],
            "people": comparison.people.get(code, {}),
        }
        row = office.sources.new_id()
        sealed = seal_with_key(
            office.vault.get_partner_key(partner.id),
            json.dumps(content, ensure_ascii=False).encode(),
            Place("restatement", row, partner.id),
            office.sources.random,
        )
        with Session(office.engine) as session:
            enter_partner(session, partner.id)
            day = office.sources.today()
            add_restatement(
                session, RestatementRow(row, partner.id, comparison.new, comparison.old, account, day, sealed)
            )
            session.commit()


def read_restatements(office: Office, partner: str = "") -> tuple[Restatement, ...]:
    """The recorded restatements of a partner or of all, oldest first. Raises NotFound, SealBroken."""
    found: list[Restatement] = []
    for each in find_partners(office, partner):
        key = office.vault.get_partner_key(each.id)
        with Session(office.engine) as session:
            enter_partner(session, each.id)
            rows = list_restatements(session)
        found += [open_restatement(key, each.code, row) for row in rows]
    return tuple(sorted(found, key=lambda one: (one.day, one.freeze, one.partner)))


def read_told(office: Office, freeze: str, partner: str) -> list[Mapping[str, Any]]:
    """What a partner's report of a snapshot tells of its restatement, as ``reports.restated`` reads it."""
    return [make_told(each) for each in read_restatements(office, partner) if each.freeze == freeze]


def make_told(restatement: Restatement, code: str = "") -> Mapping[str, Any]:
    """A restatement as a page or a report tells it: with the role of who approved it, and no account.

    With ``code`` only figures of that indicator. Only who may freeze can have approved it.
    """
    return {
        "freeze": restatement.freeze,
        "replaces": restatement.replaces,
        "day": restatement.day,
        "by": "operator" if restatement.account is None else "officer",
        "figures": [each for each in restatement.figures if code in {"", get_indicator(each)}],
        "people": restatement.people,
    }


def get_indicator(figure: Mapping[str, Any]) -> str:
    """The code of the indicator a restated figure is of."""
    return str((figure["new"] or figure["old"])["indicator"])


def open_restatement(key: bytes, partner: str, row: RestatementRow) -> Restatement:
    """What a row of the partner of that code holds. Raises SealBroken."""
    content = json.loads(open_with_key(key, row.sealed, Place("restatement", row.id, row.partner)))
    people = {cause: (low, high) for cause, (low, high) in content["people"].items()}
    return Restatement(partner, row.freeze, row.replaces, row.account, row.day, tuple(content["figures"]), people)


def find_approver(office: Office, old: str, new: str) -> str:
    """Who approved that one snapshot takes the place of another, and when, in a sentence."""
    found = [each for each in read_restatements(office) if (each.replaces, each.freeze) == (old, new)]
    if not found:
        return f"'{new}' is not recorded as taking the place of '{old}'."
    who = "on the command line" if found[0].account is None else f"by the account {found[0].account}"
    return f"Recorded {found[0].day}, approved {who}."


def _find_replaced(office: Office, entry: FreezeEntry) -> str:
    """The snapshot that one takes the place of: the last of its plan and period that none has replaced; empty for none.

    One that replaces another already, or was itself replaced (the same records gave the same id again), takes no place.
    """
    known = [(each.freeze, each.replaces) for each in read_restatements(office)]
    if any(entry.id in pair for pair in known):
        return ""
    replaced = {replaces for _, replaces in known}
    alike = [
        each
        for each in list_freezes(office)
        if (each.plan, each.start, each.end) == (entry.plan, entry.start, entry.end)
        and each.id not in {entry.id, *replaced}
    ]
    return max(alike, key=lambda each: (each.day, each.cutoff, each.id)).id if alike else ""


def make_restated_content(restated: Restated) -> dict[str, Any]:
    """A restated figure in what JSON knows; decimals as text."""
    return {
        "id": restated.id,
        "old": None if restated.old is None else make_figure_content(restated.old),
        "new": None if restated.new is None else make_figure_content(restated.new),
        "difference": None if restated.difference is None else str(restated.difference),
        "steps": None
        if restated.steps is None
        else [{"causes": list(step.causes), "amount": str(step.amount)} for step in restated.steps],
    }


# -- between two snapshots ---------------------------------------------------------------------------------------------

_CAUSES = (Cause.WITHDRAWN, Cause.DUPLICATE, Cause.CORRECTION, Cause.LATE)
"""The cause that leads to each stage of ``_open_stages``; the definitions come after them."""

Stage = Sequence[Opened]
Parts = Mapping[str, Mapping[str, Any]]


def _open_stages(office: Office, old: Memory, new: Memory) -> list[Stage]:
    """The records after each of ``_CAUSES``, read as the older snapshot's surveys read them."""
    reaches = ((Reach.KNOWN, old.cutoff), (Reach.WITHOUT_MISTAKES, new.cutoff), (Reach.CORRECTED, new.cutoff))
    stages: list[Stage] = [
        [
            _open(office, old.definitions, old, code, Scope(old.keeps(code), max(until, old.cutoff), reach))
            for code in old.parts
        ]
        for reach, until in reaches
    ]
    return [*stages, _open_new(office, old.definitions, new)]


def _open_new(office: Office, definitions: Definitions, new: Memory) -> Stage:
    """All that the newer snapshot knew and is still there, read by these definitions."""
    return [_open(office, definitions, new, code, Scope(new.keeps(code), new.cutoff)) for code in new.parts]


def _open(office: Office, definitions: Definitions, memory: Memory, code: str, scope: Scope) -> Opened:
    partner = find_partner(office, code)
    return open_partner(office, definitions, definitions.plan, partner, memory.period, memory.cutoff, scope)


def _compute_states(
    office: Office, old: Memory, new: Memory, stages: Sequence[Stage]
) -> list[tuple[Cause, Mapping[str, Count]]]:
    """What every figure is after each cause, by its id."""
    days = (old.cutoff, old.cutoff, old.cutoff, new.cutoff)
    states: list[tuple[Cause, Mapping[str, Count]]] = [
        (cause, _count(compute_raws(old.definitions, make_frames(stage), old.period, day)))
        for cause, stage, day in zip(_CAUSES, stages, days, strict=True)
    ]
    if old.definitions == new.definitions:
        return states
    last = make_frames(_open_new(office, new.definitions, new))
    return [*states, (Cause.DEFINITION, _count(compute_raws(new.definitions, last, new.period, new.cutoff)))]


def _count(raws: Iterable[RawFigure]) -> dict[str, Count]:
    return {
        make_figure_id(raw.indicator, raw.partner, raw.period, raw.part, raw.disaggregation): Count(
            raw.value, raw.numerator, raw.denominator
        )
        for raw in raws
        if raw.availability is Availability.VALUE and raw.value is not None
    }


def _list_restated(
    parts: tuple[Parts, Parts], states: Sequence[tuple[Cause, Mapping[str, Count]]]
) -> Iterator[Restated]:
    """The figures that are printed differently, in the order of the newer snapshot."""
    before, after = map(_read_figures, parts)
    for name in {**after, **before}:
        first, second = before.get(name), after.get(name)
        if first != second:
            yield restate(first, second, [(cause, counts.get(name)) for cause, counts in states])


def _read_parts(office: Office, entry: FreezeEntry) -> Parts:
    return {code: read_part(office, entry.id, code) for code in entry.partners}


def _read_figures(parts: Parts) -> dict[str, Figure]:
    return {each["id"]: make_figure(each) for part in parts.values() for each in part["figures"]}


def _count_people(partner: str, old: Memory, new: Memory, stages: Sequence[Stage]) -> dict[Cause, int]:
    """The people of a partner behind each cause: of those in between, whose records differ from stage to stage.

    Who took something out may be gone from one of the snapshots or from both: at least as many as from either.
    """
    opened = [next((each for each in stage if each.partner == partner), Opened(partner)) for stage in stages]
    lives = [_collect_lives(each) for each in opened]
    changed = [sum(one.get(person) != two.get(person) for person in {*one, *two}) for one, two in pairwise(lives)]
    gone = [count_gone(old, opened[0]).all, *([count_gone(new, opened[-1]).all] if partner in new.parts else [])]
    return {Cause.WITHDRAWN: max(gone), **dict(zip(_CAUSES[1:], changed, strict=True))}


def _collect_lives(opened: Opened) -> dict[str, list[str]]:
    """Everything that is counted of each person, in no telling order."""
    lives: dict[str, list[str]] = {}
    whose = {row.response: row.person for row in opened.responses}
    of_people = (
        opened.people,
        opened.consents,
        opened.invitations,
        opened.responses,
        opened.services,
        opened.narratives,
        opened.sources,
        opened.cards,
    )
    for row in (row for rows in of_people for row in rows):
        lives.setdefault(row.person, []).append(repr(row))
    for answer in opened.answers:
        lives.setdefault(whose[answer.response], []).append(repr(answer))
    lives.pop("", None)
    return {person: sorted(rows) for person, rows in lives.items()}
