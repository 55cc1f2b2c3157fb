"""Use cases around figures on the staff site: read them from frozen snapshots, verify a snapshot, have one frozen.

Nothing here reads what people said: every figure comes from a part that was protected before it was sealed. Items
about the organisation are for the M&E officer only; they are taken out before anything leaves this module
(privacy-and-safety 1.10).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.disclosure.figures import THRESHOLDS, Audience, Figure, FigureState
from me_platform.disclosure.restatements import tell_people
from me_platform.errors import NotFound, SealBroken
from me_platform.indicators.definition import Indicator, Plan
from me_platform.indicators.flow import ASSISTED, FLOW
from me_platform.indicators.periods import read_period
from me_platform.services.audit import Deed, note_deed
from me_platform.services.freezing import check_cutoff, open_part
from me_platform.services.instance import Office
from me_platform.services.jobs import find_progress, order_work
from me_platform.services.restating import Restatement, get_indicator, open_restatement
from me_platform.services.seats import Seat, find_consortia
from me_platform.services.verifying import VERIFY, WholeCheck, make_check
from me_platform.storage.jobs import list_jobs
from me_platform.storage.restatements import list_restatements
from me_platform.storage.snapshots import SnapshotHead, SnapshotRow, list_snapshot_heads, list_snapshot_parts
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.definition import Survey

FREEZE = "freeze"
"""The kind of job that freezes a plan."""

MOST_IN_HISTORY = 8
"""Snapshots whose figures stand beside each other on a figure's page: each is opened for it."""

MOST_WAITING = 5
"""Freezes that are looked at for whether they are made yet."""

_ORGANISATION = "organisation"
_SAME_LENGTH = timedelta(days=3)
"""Half years and quarters are a few days longer or shorter than each other."""


@dataclass(frozen=True)
class Part:
    """The organisation's part of a snapshot, with the figures that may be seen."""

    head: SnapshotHead
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Figures:
    """What a page of figures is made from.

    ``heads`` are all snapshots there are to choose from, ``part`` the chosen one, ``before`` the one it is compared
    with, ``history`` further parts of the same plan (of a figure's page), the oldest first. ``flows`` says whether the
    user may see these; ``left_out`` is empty for whoever may not see it. ``restatements`` are those the chosen snapshot
    is part of: those in which it takes a place, and the one that took its own (R24).
    """

    heads: tuple[SnapshotHead, ...]
    part: Part | None = None
    before: Part | None = None
    history: tuple[Part, ...] = ()
    flows: bool = False
    left_out: tuple[Figure, ...] = ()
    restatements: tuple[Restatement, ...] = ()


@dataclass(frozen=True)
class Verified:
    """A snapshot that was recomputed; of one that is not what was frozen nothing else is said."""

    head: SnapshotHead
    unchanged: bool
    figures: int = 0
    program: str = ""
    left_out: tuple[Figure, ...] = ()
    restatements: tuple[Restatement, ...] = ()


@dataclass(frozen=True)
class Checked:
    """A snapshot with what its verification against the living records came to."""

    head: SnapshotHead
    check: WholeCheck


@dataclass(frozen=True)
class Shelf:
    """The snapshots an organisation has, newest first; ``waiting`` are the jobs of freezes that are not made yet."""

    heads: tuple[SnapshotHead, ...]
    waiting: tuple[UUID, ...] = ()


def open_figures(
    office: Office,
    catalogue: Catalogue,
    seat: Seat,
    *,
    plan: str = "",
    freeze: str = "",
    deed: Deed = Deed.OPENED,
) -> Figures:
    """The figures of a snapshot, of the newest of a plan, or of the newest at all, and those before it.

    A snapshot of another plan than ``plan`` gives way to the plan's newest. ``deed`` is what the log says. Raises
    NotFound for a snapshot or plan without one here, NotPermitted, SealBroken.
    """
    with Session(office.engine) as session:
        heads = list_heads(session, catalogue, seat, Action.LIST_FIGURES)
        head = _choose(heads, plan, freeze)
        if head is None:
            return Figures(heads)
        before = find_before(heads, head)
        parts = _open(office, session, catalogue, seat, [head, *([before] if before else [])])
        restatements = _find_restatements(office, session, catalogue, seat, head)
        note_deed(office, session, seat.partner, seat.user.id, deed, "snapshot", head.id)
        session.commit()
    return Figures(
        heads,
        parts[head.id],
        parts.get(before.id) if before else None,
        flows=seat.may(Action.LIST_FLOWS, consortia=_find_consortia(catalogue, seat, head)),
        restatements=restatements,
    )


def open_figure(office: Office, catalogue: Catalogue, seat: Seat, freeze: str, indicator: str) -> Figures:
    """The snapshot a figure is in, and those it stands beside. Raises as ``open_figures`` does, NotFound also for an
    indicator without a figure that may be seen.
    """
    with Session(office.engine) as session:
        heads = list_heads(session, catalogue, seat, Action.LIST_FIGURES)
        head = _choose(heads, "", freeze)
        if head is None:
            raise NotFound("snapshot", freeze)
        before = find_before(heads, head)
        beside = list(_choose_history(heads, head))
        parts = _open(office, session, catalogue, seat, [head, *([before] if before else []), *beside])
        restatements = _find_restatements(office, session, catalogue, seat, head)
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "snapshot", head.id)
        session.commit()
    codes = {each["indicator"] for each in parts[head.id].content["figures"]} - {ASSISTED, FLOW}
    if indicator not in codes:
        raise NotFound("figure", indicator)
    return Figures(
        heads,
        parts[head.id],
        parts.get(before.id) if before else None,
        tuple(parts[each.id] for each in beside),
        left_out=find_left_out(catalogue, seat, head, parts[head.id].content),
        restatements=restatements,
    )


def find_before(heads: Sequence[SnapshotHead], head: SnapshotHead) -> SnapshotHead | None:
    """The snapshot of the same plan that knew most before this one's cut-off; ``heads`` are newest first.

    One of a like period goes before one of another. One with the same cut-off is a restatement, and no earlier state to
    compare with.
    """
    earlier = [each for each in heads if each.plan == head.plan and each.cutoff < head.cutoff]
    return next((each for each in earlier if is_alike(each, head)), earlier[0] if earlier else None)


def is_alike(one: SnapshotHead, other: SnapshotHead) -> bool:
    """Whether counts of two periods may stand against each other: they begin on one day, or are of one length."""
    apart = (one.end - one.start) - (other.end - other.start)
    return one.start == other.start or abs(apart) <= _SAME_LENGTH


def list_snapshots(office: Office, catalogue: Catalogue, seat: Seat) -> Shelf:
    """The organisation's snapshots the user may list, and for whoever may freeze what is on its way."""
    with Session(office.engine) as session:
        heads = list_heads(session, catalogue, seat, Action.LIST_SNAPSHOTS)
        if not seat.may(Action.FREEZE_SNAPSHOT):
            return Shelf(heads)
        jobs = list_jobs(session, seat.partner.id, (FREEZE,), MOST_WAITING)
    return Shelf(heads, tuple(job.id for job in jobs if job.status in {"queued", "running"}))


def verify_snapshot(office: Office, catalogue: Catalogue, seat: Seat, freeze: str) -> Verified:
    """Open the organisation's part of a snapshot and recompute its hash. Raises NotFound."""
    with Session(office.engine) as session:
        heads = list_heads(session, catalogue, seat, Action.LIST_SNAPSHOTS)
        head = _choose(heads, "", freeze)
        if head is None:
            raise NotFound("snapshot", freeze)
        [row] = list_snapshot_parts(session, [head.id])
        try:
            content = open_part(office.vault.get_partner_key(seat.partner.id), row)
        except SealBroken:
            content = None
        restatements = _find_restatements(office, session, catalogue, seat, head)
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "snapshot", head.id)
        session.commit()
    if content is None:
        return Verified(head, unchanged=False)
    return Verified(
        head,
        unchanged=True,
        figures=len(content["figures"]),
        program=str(content["program"]),
        left_out=find_left_out(catalogue, seat, head, content),
        restatements=restatements,
    )


def order_verification(office: Office, catalogue: Catalogue, seat: Seat, freeze: str) -> UUID:
    """Have a snapshot verified by the worker, every figure from the living records; returns the job's id.

    Raises NotFound.
    """
    with Session(office.engine) as session:
        head = _choose(list_heads(session, catalogue, seat, Action.LIST_SNAPSHOTS), "", freeze)
        if head is None:
            raise NotFound("snapshot", freeze)
        job = order_work(office, session, seat, VERIFY, {"freeze": head.freeze})
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "snapshot", head.id)
        session.commit()
    return job


def open_verification(office: Office, catalogue: Catalogue, seat: Seat, freeze: str, job: UUID) -> Checked:
    """What a verification of a snapshot came to. Raises NotFound, also while it is not done."""
    with Session(office.engine) as session:
        head = _choose(list_heads(session, catalogue, seat, Action.LIST_SNAPSHOTS), "", freeze)
    progress = find_progress(office, seat, job)
    if head is None or progress.kind != VERIFY or progress.outcome.get("freeze") != freeze:
        raise NotFound("verification", str(job))
    return Checked(head, make_check(progress.outcome))


def make_left_out(content: Mapping[str, Any]) -> tuple[Figure, ...]:
    """How much a part left out, by reason, each as a range with one bound.

    The counts are of people who decided against being counted: an exact one, or one beside an exact figure, could
    point at somebody. A range that begins at 0 or is open at its end proves no small number.
    """
    threshold = THRESHOLDS[Audience(content["audience"])]
    return tuple(
        Figure(
            id=f"left-out:{reason}",
            indicator="left-out",
            title={},
            partner=content["partner"],
            period=content["period"]["label"],
            state=FigureState.BANDED,
            unit="records",
            part=reason,
            low=Decimal(low),
            high=None if high is None else Decimal(high),
        )
        for reason, count in content["excluded"].items()
        for low, high in [tell_people(count, threshold)]
    )


# -- freezing ---------------------------------------------------------------------------------------------------------


def list_led_plans(catalogue: Catalogue, code: str) -> tuple[Plan, ...]:
    """The plans an organisation may freeze: those it leads, and those it is alone in."""
    return tuple(
        plan
        for plan in catalogue.plans.values()
        if [each.code for each in plan.partners if each.consortium or len(plan.partners) == 1] == [code]
    )


def order_freeze(office: Office, catalogue: Catalogue, seat: Seat, plan: str, period: str, cutoff: date) -> UUID:
    """Have a plan frozen by the worker; returns the job's id.

    Raises NotPermitted, NotFound for a plan the organisation does not lead, InputInvalid for a period that is none
    and for a cut-off day ahead or before the period.
    """
    seat.permit(Action.FREEZE_SNAPSHOT)
    if plan not in {each.id for each in list_led_plans(catalogue, seat.partner.code)}:
        raise NotFound("plan", plan)
    span = read_period(period)
    check_cutoff(span, cutoff, office.sources.today())
    content = {"plan": plan, "period": span.label, "cutoff": cutoff.isoformat()}
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        job = order_work(office, session, seat, FREEZE, content)
        note_deed(office, session, seat.partner, seat.user.id, Deed.WROTE, "job", job)
        session.commit()
    return job


# -- which snapshots, which figures -----------------------------------------------------------------------------------


def is_about_us(indicator: Indicator | None, surveys: Mapping[str, Survey]) -> bool:
    """Whether an indicator asks what people say of the organisation; of one nobody knows any more, nobody can tell."""
    if indicator is None:
        return True
    survey = surveys.get(indicator.source.survey)
    asked = {indicator.source.question, *_list_questions([indicator.numerator, indicator.denominator])}
    asked |= set(indicator.scored.list_questions()) if indicator.scored else set()
    return survey is not None and any(each.name in asked and each.about == _ORGANISATION for each in survey.questions)


def _list_questions(conditions: Collection[object]) -> Iterator[str]:
    """The questions named anywhere in trees of conditions."""
    for condition in conditions:
        if isinstance(condition, Mapping):
            if isinstance(condition.get("question"), str):
                yield condition["question"]
            yield from _list_questions(list(condition.values()))
        elif isinstance(condition, list | tuple):
            yield from _list_questions(condition)


def list_heads(session: Session, catalogue: Catalogue, seat: Seat, action: Action) -> tuple[SnapshotHead, ...]:
    """The organisation's snapshots the user may see, newest first; figures only of plans that are still there."""
    enter_partner(session, seat.partner.id)
    return tuple(
        head
        for head in list_snapshot_heads(session)
        if seat.may(action, consortia=_find_consortia(catalogue, seat, head))
        and (action is Action.LIST_SNAPSHOTS or _is_partner(catalogue.plans.get(head.plan), seat))
    )


def _is_partner(plan: Plan | None, seat: Seat) -> bool:
    return plan is not None and seat.partner.code in {each.code for each in plan.partners}


def _find_consortia(catalogue: Catalogue, seat: Seat, head: SnapshotHead) -> frozenset[str]:
    return find_consortia(catalogue.plans.get(head.plan), seat.partner.code)


def _choose(heads: Sequence[SnapshotHead], plan: str, freeze: str) -> SnapshotHead | None:
    """The snapshot that is meant; None where none is named and there is none."""
    named = next((each for each in heads if each.freeze == freeze), None)
    if freeze and named is None:
        raise NotFound("snapshot", freeze)
    if named is not None and plan in {"", named.plan}:
        return named
    found = next((each for each in heads if plan in {"", each.plan}), None)
    if plan and found is None:
        raise NotFound("snapshot of the plan", plan)
    return found


def _choose_history(heads: Sequence[SnapshotHead], head: SnapshotHead) -> Iterator[SnapshotHead]:
    """The latest snapshots of the same plan, the chosen one among them, oldest first; of a restated one the newest."""
    latest: dict[tuple[date, date, date], SnapshotHead] = {}
    for each in heads:
        if each.plan == head.plan:
            latest.setdefault((each.start, each.end, each.cutoff), each)
    latest[head.start, head.end, head.cutoff] = head
    chosen = list(latest.values())[:MOST_IN_HISTORY]
    yield from reversed(chosen if head in chosen else [*chosen[:-1], head])


def _open(
    office: Office, session: Session, catalogue: Catalogue, seat: Seat, heads: Sequence[SnapshotHead]
) -> dict[UUID, Part]:
    """Parts by the id of their row, without the figures the user may not see."""
    key = office.vault.get_partner_key(seat.partner.id)
    rows: Mapping[UUID, SnapshotRow] = {
        row.id: row for row in list_snapshot_parts(session, {head.id for head in heads})
    }
    return {head.id: Part(head, _take_out(catalogue, seat, head, open_part(key, rows[head.id]))) for head in heads}


def _take_out(catalogue: Catalogue, seat: Seat, head: SnapshotHead, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The content without members, and without what only the officer, or only the organisation's own, may see."""
    own = seat.may(Action.LIST_OWN_QUALITY)
    content = {**content, "members": (), "quality": content.get("quality", ()) if own else ()}
    if seat.may(Action.LIST_FIGURES_ABOUT_US, consortia=_find_consortia(catalogue, seat, head)):
        return content
    codes = {each["indicator"] for each in content["figures"]} - {ASSISTED, FLOW}
    hidden = {code for code in codes if is_about_us(catalogue.indicators.get(code), catalogue.surveys)}
    return {
        **content,
        "figures": [each for each in content["figures"] if each["indicator"] not in hidden],
        "quality": [each for each in content["quality"] if not _asks_about_us(each, catalogue.surveys)],
    }


def _asks_about_us(figure: Mapping[str, Any], surveys: Mapping[str, Survey]) -> bool:
    """Whether a figure of quality is of a question about the organisation, or of one nobody knows any more."""
    survey, _, name = figure["disaggregation"].get("question", "").partition(".")
    if not name:
        return False
    asked = surveys[survey].questions if survey in surveys else ()
    return next((each.about for each in asked if each.name == name), _ORGANISATION) == _ORGANISATION


def find_left_out(
    catalogue: Catalogue, seat: Seat, head: SnapshotHead, content: Mapping[str, Any]
) -> tuple[Figure, ...]:
    """How much a part left out, for whoever may see that."""
    told = seat.may(Action.LIST_LEFT_OUT, consortia=_find_consortia(catalogue, seat, head))
    return make_left_out(content) if told else ()


def _find_restatements(
    office: Office, session: Session, catalogue: Catalogue, seat: Seat, head: SnapshotHead
) -> tuple[Restatement, ...]:
    """The restatements a snapshot is part of, without what people say of the organisation for who may not read it."""
    key = office.vault.get_partner_key(seat.partner.id)
    found = [
        open_restatement(key, seat.partner.code, row)
        for row in list_restatements(session)
        if head.freeze in {row.freeze, row.replaces}
    ]
    if seat.may(Action.LIST_FIGURES_ABOUT_US, consortia=_find_consortia(catalogue, seat, head)):
        return tuple(found)
    codes = {get_indicator(figure) for each in found for figure in each.figures} - {ASSISTED, FLOW}
    hidden = {code for code in codes if is_about_us(catalogue.indicators.get(code), catalogue.surveys)}
    return tuple(
        replace(each, figures=tuple(figure for figure in each.figures if get_indicator(figure) not in hidden))
        for each in found
    )
