"""Use cases of the M&E officer: freeze a plan's figures, list what is frozen, read it again.

A freeze opens the records partner by partner (one transaction each, behind the wall), computes and protects every
figure in memory, and stores one sealed, immutable part per partner. Source: rules-of-numbers R23, R25;
privacy-and-safety part 2.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform import __version__
from me_platform.catalogue import Catalogue
from me_platform.disclosure.figures import Audience, Figure, make_figure, make_figure_content
from me_platform.disclosure.protect import publish
from me_platform.errors import InputInvalid, NotFound, SealBroken
from me_platform.indicators.calculation import compute_figures
from me_platform.indicators.definition import Plan, PlanPartner
from me_platform.indicators.periods import Period, read_period
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.services.audit import Deed, note_deed
from me_platform.services.instance import Office
from me_platform.services.opening import Entry, Opened, make_frames, open_partner
from me_platform.services.steps import Step
from me_platform.storage.partners import PartnerRow, get_partner, list_partners
from me_platform.storage.snapshots import SnapshotRow, add_snapshot, find_snapshot, list_snapshot_heads, list_snapshots
from me_platform.storage.tenancy import enter_partner

FORMAT = 2
"""2: a part also holds practices, feedback and standards, and each of its references names the partner."""


@dataclass(frozen=True)
class Freeze:
    """What a freeze came to: its id, how many figures and partners, and whether it is new."""

    id: str
    figures: int
    partners: int
    new: bool


@dataclass(frozen=True)
class FreezeEntry:
    """One freeze in a list; ``partners`` are the hashes of its parts by partner code."""

    id: str
    plan: str
    start: date
    end: date
    cutoff: date
    day: date
    partners: Mapping[str, str]


def freeze_plan(
    office: Office,
    catalogue: Catalogue,
    plan: Plan,
    period: Period,
    cutoff: date,
    step: Callable[[int, int], None] = lambda _done, _total: None,
) -> Freeze:
    """Compute, protect and freeze every figure of a plan for a period, as known on the cut-off day.

    A second run over the same records gives the same id and stores nothing. ``step`` hears how many of how many steps
    are taken: one for each partner whose records are opened, one for all figures. Raises InputInvalid for a cut-off
    day that lies ahead or before the period, NotFound when a partner of the plan has no row, KeysDestroyed and
    SealBroken when records cannot be opened.
    """
    check_cutoff(period, cutoff, office.sources.today())
    partners = _find_partners(office, plan)
    steps = len(partners) + 1
    opened = []
    for number, partner in enumerate(partners.values()):
        step(number, steps)
        opened.append(open_partner(office, catalogue, plan, partner, period, cutoff))
    step(len(partners), steps)
    frames = make_frames(opened)
    chosen = {each.indicator: catalogue.indicators[each.indicator] for each in plan.indicators}
    raws = compute_figures(plan, chosen, catalogue.surveys, frames, period, cutoff)
    figures = publish(raws, Audience.FUNDER)
    common = {
        "format": FORMAT,
        "plan": plan.id,
        "plan_fingerprint": plan.fingerprint,
        "period": {"label": period.label, "start": period.start.isoformat(), "end": period.end.isoformat()},
        "cutoff": cutoff.isoformat(),
        "program": __version__,
        "sample": plan.sample,
        "audience": Audience.FUNDER.value,
        "definitions": {code: indicator.fingerprint for code, indicator in sorted(chosen.items())},
        "surveys": {
            name: {
                "title": dict(catalogue.surveys[name].title),
                "version": catalogue.surveys[name].version,
                "fingerprint": catalogue.surveys[name].fingerprint,
            }
            for name in sorted(plan.surveys)
        },
    }
    excluded = frames.excluded_by_partner
    parts = {
        partner.code: {
            **_make_part(common, partner, figures, opened),
            "excluded": dict(excluded.get(partner.code, {})),
        }
        for partner in plan.partners
    }
    freeze_id = _make_freeze_id(plan, period, parts)
    new = [
        _store(office, partners[each.partner], freeze_id, plan, period, cutoff, parts[each.partner], each.secrets)
        for each in opened
    ]
    step(steps, steps)
    return Freeze(freeze_id, len(figures), len(partners), any(new))


def run_freeze(office: Office, catalogue: Catalogue, content: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
    """Carry a freeze out that was ordered (worker).

    ``content`` holds plan, period, cut-off day, the code of the organisation and the account that ordered it. The
    outcome says the freeze's id, how many figures of how many organisations, and whether it is new: the same id again
    means that nothing has changed since. Raises as ``freeze_plan`` does, NotFound for a plan that is gone.
    """
    plan = catalogue.get_plan(content["plan"])
    span = read_period(content["period"])
    frozen = freeze_plan(office, catalogue, plan, span, date.fromisoformat(content["cutoff"]), step)
    with Session(office.engine) as session:
        partner = get_partner(session, content["partner"])
        enter_partner(session, partner.id)
        row = next(each.id for each in list_snapshot_heads(session) if each.freeze == frozen.id)
        note_deed(office, session, partner, UUID(content["account"]), Deed.FROZE, "snapshot", row)
        session.commit()
    return {"freeze": frozen.id, "figures": frozen.figures, "partners": frozen.partners, "new": frozen.new}


def check_cutoff(period: Period, cutoff: date, today: date) -> None:
    """Nothing is known of days to come, and nothing of a period that has not begun: no 0 may stand for that.

    Raises InputInvalid.
    """
    if cutoff > today:
        raise InputInvalid(f"The cut-off day {cutoff} lies ahead. Write {today} or an earlier day.")
    if cutoff < period.start:
        raise InputInvalid(f"The cut-off day {cutoff} lies before the period {period.label} begins.")


def list_freezes(office: Office) -> tuple[FreezeEntry, ...]:
    """The freezes of all partners, oldest first."""
    found: dict[str, FreezeEntry] = {}
    hashes: dict[str, dict[str, str]] = {}
    with Session(office.engine) as session:
        partners = list_partners(session)
    for partner in partners:
        with Session(office.engine) as session:
            enter_partner(session, partner.id)
            rows = list_snapshots(session)
        for row in rows:
            parts = hashes.setdefault(row.freeze, {})
            parts[partner.code] = row.hash
            found[row.freeze] = FreezeEntry(row.freeze, row.plan, row.start, row.end, row.cutoff, row.day, parts)
    return tuple(sorted(found.values(), key=lambda each: (each.day, each.plan, each.id)))


def get_freeze(office: Office, freeze: str) -> FreezeEntry:
    """The freeze of that id. Raises NotFound, naming the freezes there are."""
    freezes = list_freezes(office)
    for entry in freezes:
        if entry.id == freeze:
            return entry
    raise NotFound("snapshot", freeze, [entry.id for entry in freezes])


def read_part(office: Office, freeze: str, partner_code: str) -> Mapping[str, Any]:
    """One partner's part of a freeze. Raises NotFound; SealBroken where its hash does not match."""
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        row = find_snapshot(session, freeze)
    if row is None:
        raise NotFound("snapshot", freeze, [entry.id for entry in list_freezes(office)])
    return open_part(office.vault.get_partner_key(partner.id), row)


def open_part(key: bytes, row: SnapshotRow) -> Mapping[str, Any]:
    """What a part holds, opened with its partner's key. Raises SealBroken, also where its hash does not match."""
    place = Place("snapshot", row.id, row.partner)
    content: Mapping[str, Any] = json.loads(open_with_key(key, row.sealed, place))
    if not content["hash"] == row.hash == compute_hash(content):
        raise SealBroken(str(place))
    return content


def list_figures(office: Office, freeze: str) -> list[dict[str, object]]:
    """Every figure of a freeze as JSON holds it; partner by partner."""
    return [
        make_printed(make_figure(content), freeze)
        for code in get_freeze(office, freeze).partners
        for content in read_part(office, freeze, code)["figures"]
    ]


def make_printed(figure: Figure, freeze: str) -> dict[str, object]:
    """A figure in the form of figures.json: numbers as JSON has them, with the decimals that are printed."""
    return {
        "id": figure.id,
        "indicator": figure.indicator,
        "part": figure.part,
        "title": dict(figure.title),
        "partner": figure.partner,
        "period": figure.period,
        "disaggregation": dict(figure.disaggregation),
        "state": figure.state.value,
        "value": _make_number(figure.value),
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "n": figure.n,
        "low": _make_number(figure.low),
        "high": _make_number(figure.high),
        "unit": figure.unit,
        "target": _make_number(figure.target),
        "progress": _make_number(figure.progress),
        "snapshot": freeze,
    }


def _make_number(number: Decimal | None) -> int | float | None:
    """3 stays 3 and 3.0 stays 3.0: how many decimals a figure has is part of what is printed."""
    if number is None:
        return None
    exponent = number.as_tuple().exponent
    return float(number) if isinstance(exponent, int) and exponent < 0 else int(number)


def compute_hash(content: Mapping[str, object]) -> str:
    """SHA-256 over the canonical JSON of a part without its own hash (R23)."""
    return hashlib.sha256(_canonical({key: value for key, value in content.items() if key != "hash"})).hexdigest()


def _find_partners(office: Office, plan: Plan) -> dict[str, PartnerRow]:
    with Session(office.engine) as session:
        return {partner.code: get_partner(session, partner.code) for partner in plan.partners}


def _make_part(
    common: Mapping[str, object], partner: PlanPartner, figures: Sequence[Figure], opened: Sequence[Opened]
) -> dict[str, object]:
    """One partner's part: its figures and its texts; the consortium's tells of the practices and findings of all."""
    [own] = [each for each in opened if each.partner == partner.code]
    told = opened if partner.consortium else (own,)
    return {
        **common,
        "partner": partner.code,
        "figures": [make_figure_content(figure) for figure in figures if figure.partner == partner.code],
        "findings": _sort(entry for each in told for entry in each.findings),
        "quotes": _sort(entry for each in told for entry in each.quotes),
        "practices": _sort(entry for each in told for entry in each.practices),
        "feedback": _sort(entry for each in told for entry in each.feedback),
        "standards": own.standards,
        "activities": own.register,
    }


def _sort(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda each: (each["partner"], each["id"]))


def _make_freeze_id(plan: Plan, period: Period, parts: Mapping[str, Mapping[str, object]]) -> str:
    """An id made of what is frozen, so that the same records give the same id again."""
    digest = hashlib.sha256(_canonical(parts)).hexdigest()
    return f"{plan.id[:20]}-{period.start:%Y%m%d}-{digest[:8]}"


def _store(
    office: Office,
    partner: PartnerRow,
    freeze_id: str,
    plan: Plan,
    period: Period,
    cutoff: date,
    part: Mapping[str, object],
    secrets: Mapping[str, bytes],
) -> bool:
    """Store a part; members enter as HMAC of the person's own secret, which dies with the person's keys."""
    content = {
        **part,
        "freeze": freeze_id,
        "members": sorted(
            hmac.new(secret, freeze_id.encode(), hashlib.sha256).hexdigest() for secret in secrets.values()
        ),
    }
    content["hash"] = compute_hash(content)
    row = office.sources.new_id()
    key = office.vault.get_partner_key(partner.id)
    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        added = add_snapshot(
            session,
            SnapshotRow(
                id=row,
                partner=partner.id,
                freeze=freeze_id,
                plan=plan.id,
                start=period.start,
                end=period.end,
                cutoff=cutoff,
                day=office.sources.today(),
                hash=str(content["hash"]),
                sealed=seal_with_key(
                    key, _canonical(content), Place("snapshot", row, partner.id), office.sources.random
                ),
            ),
        )
        session.commit()
        return added


def _canonical(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
