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

from sqlalchemy.orm import Session

from me_platform import __version__
from me_platform.catalogue import Catalogue
from me_platform.disclosure.chapters import Decisions
from me_platform.disclosure.figures import Figure, make_figure, make_figure_content
from me_platform.disclosure.merging import choose_standing
from me_platform.disclosure.quality import publish_quality
from me_platform.errors import InputInvalid, NotFound, SealBroken
from me_platform.indicators.calculation import compute_figures
from me_platform.indicators.definition import CodeBook, Plan, PlanPartner
from me_platform.indicators.frames import Frames
from me_platform.indicators.frozen import Definitions, choose_definitions, encode_definitions
from me_platform.indicators.periods import Period
from me_platform.indicators.quality import compute_quality
from me_platform.indicators.results import RawFigure
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.services.instance import Office
from me_platform.services.ledger import AUDIENCE, publish_beside_ledger, seal_chapter
from me_platform.services.opening import Entry, Opened, list_record_marks, make_frames, open_partner
from me_platform.storage.partners import PartnerRow, get_partner, list_partners
from me_platform.storage.snapshots import SnapshotRow, add_snapshot, find_snapshot, list_snapshots
from me_platform.storage.tenancy import enter_partner

FORMAT = 4
"""2: a part also holds practices, feedback and standards, and each of its references names the partner. 3: it keeps
the definitions themselves, marks of what was known, and a digest of each of its pieces. 4: it also tells its own
partner of the quality of answers. All of them are read."""

_UNDIGESTED = frozenset({"hash", "digests"})
_SEALED_IN = frozenset({"freeze", "members", "marks", "kept", "digests", "hash"})
"""What a part gets once the id of its freeze is known (``_seal_in``)."""
_ID_DIGITS = 8
_MARK_DIGITS = 16
_MARK_COUNT = "count"


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
    definitions = choose_definitions(plan, catalogue.indicators, catalogue.surveys, catalogue.taxonomy.book)
    raws = compute_raws(definitions, frames, period, cutoff)
    published = publish_beside_ledger(office, definitions, period, raws)
    figures = published.figures
    quality = judge_quality(definitions, frames, period, cutoff, raws, published.decisions)
    common = {
        "format": FORMAT,
        "plan": plan.id,
        "plan_fingerprint": plan.fingerprint,
        "period": {"label": period.label, "start": period.start.isoformat(), "end": period.end.isoformat()},
        "cutoff": cutoff.isoformat(),
        "program": __version__,
        "sample": plan.sample,
        "audience": AUDIENCE.value,
        "definitions": {code: indicator.fingerprint for code, indicator in sorted(definitions.indicators.items())},
        "surveys": {
            name: {
                "title": dict(catalogue.surveys[name].title),
                "version": catalogue.surveys[name].version,
                "fingerprint": catalogue.surveys[name].fingerprint,
            }
            for name in sorted(plan.surveys)
        },
        **_name_book(definitions.book),
    }
    excluded = frames.excluded_by_partner
    parts = {
        partner.code: {
            **_make_part(common, partner, figures, quality, opened),
            "excluded": dict(excluded.get(partner.code, {})),
        }
        for partner in plan.partners
    }
    freeze_id = _make_freeze_id(plan, period, parts)
    seal_chapter(office, published, freeze_id)
    kept = encode_definitions(definitions)
    new = [
        _store(office, partners[each.partner], _seal_in(parts[each.partner], freeze_id, each, kept)) for each in opened
    ]
    step(steps, steps)
    return Freeze(freeze_id, len(figures), len(partners), any(new))


def _name_book(book: CodeBook | None) -> dict[str, object]:
    """The version of the code book a part was frozen with; nothing where it counts no narratives."""
    if book is None:
        return {}
    return {"code_book": {"id": book.id, "version": book.version, "fingerprint": book.fingerprint}}


def compute_raws(definitions: Definitions, frames: Frames, period: Period, cutoff: date) -> tuple[RawFigure, ...]:
    """The true numbers of a plan by its definitions; none of them is printed as it is."""
    return compute_figures(definitions.plan, definitions.indicators, definitions.surveys, frames, period, cutoff)


def judge_quality(
    definitions: Definitions,
    frames: Frames,
    period: Period,
    cutoff: date,
    raws: Sequence[RawFigure],
    decisions: Decisions,
) -> tuple[Figure, ...]:
    """What each organisation is told of the quality of its own answers, beside the figures that are printed."""
    plan, indicators, surveys = definitions.plan, definitions.indicators, definitions.surveys
    added = compute_quality(plan, indicators, surveys, frames, period, cutoff)
    printed = choose_standing(raws, decisions.merged)
    return publish_quality(printed, added, AUDIENCE, barred=decisions.barred)


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
        **({} if figure.joined is None else {"joined": figure.joined}),
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
    common: Mapping[str, object],
    partner: PlanPartner,
    figures: Sequence[Figure],
    quality: Sequence[Figure],
    opened: Sequence[Opened],
) -> dict[str, object]:
    """One partner's part: its figures and its texts; the consortium's tells of the practices and findings of all."""
    [own] = [each for each in opened if each.partner == partner.code]
    told = opened if partner.consortium else (own,)
    return {
        **common,
        "partner": partner.code,
        "figures": [make_figure_content(figure) for figure in figures if figure.partner == partner.code],
        "quality": [make_figure_content(figure) for figure in quality if figure.partner == partner.code],
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
    return f"{plan.id[:20]}-{period.start:%Y%m%d}-{digest[:_ID_DIGITS]}"


def check_freeze_id(freeze: str, parts: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether an id is that of these parts, all of them."""
    bare = {
        code: {name: piece for name, piece in part.items() if name not in _SEALED_IN} for code, part in parts.items()
    }
    return freeze.endswith(f"-{hashlib.sha256(_canonical(bare)).hexdigest()[:_ID_DIGITS]}")


def make_mark(secret: bytes, freeze: str, name: str) -> str:
    """What stands in a snapshot for something of a person: an HMAC under the secret that dies with her keys."""
    return hmac.new(secret, f"{freeze}:{name}".encode(), hashlib.sha256).hexdigest()[:_MARK_DIGITS]


def make_member(secret: bytes, freeze: str) -> str:
    """What stands in a snapshot for a person (R23)."""
    return hmac.new(secret, freeze.encode(), hashlib.sha256).hexdigest()


def name_count(records: int) -> str:
    """The mark of how many records of a person were known: with one of them gone it no longer fits."""
    return f"{_MARK_COUNT}:{records}"


def compute_digests(content: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of every piece of a part by name; each figure is a piece, named by its id."""
    pieces = {name: piece for name, piece in content.items() if name not in {*_UNDIGESTED, "figures", "quality"}}
    pieces |= {figure["id"]: figure for figure in list_printed(content)}
    return {name: hashlib.sha256(_canonical(piece)).hexdigest() for name, piece in sorted(pieces.items())}


def list_printed(content: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Every figure a part holds, those of quality among them, as JSON has them; parts of before format 4 have none."""
    return (*content["figures"], *content.get("quality", ()))


def _seal_in(part: Mapping[str, object], freeze: str, opened: Opened, definitions: str) -> dict[str, Any]:
    """The part with what makes it verifiable: members, marks of what was known, definitions, digests, hash.

    Members and marks are HMACs of the person's own secret, which dies with the person's keys.
    """
    marks = [
        make_mark(opened.get_secret(person), freeze, name)
        for person, names in opened.marks.items()
        for name in (*names, name_count(len(list_record_marks(names))))
    ]
    content: dict[str, Any] = {
        **part,
        "freeze": freeze,
        "members": sorted(make_member(secret, freeze) for secret in opened.secrets.values()),
        "marks": sorted(set(marks)),
        "kept": definitions,
    }
    content["digests"] = compute_digests(content)
    content["hash"] = compute_hash(content)
    return content


def _store(office: Office, partner: PartnerRow, content: Mapping[str, Any]) -> bool:
    """Store a part, sealed under its partner's key. Returns whether it is new."""
    row = office.sources.new_id()
    place = Place("snapshot", row, partner.id)
    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        added = add_snapshot(
            session,
            SnapshotRow(
                id=row,
                partner=partner.id,
                freeze=content["freeze"],
                plan=content["plan"],
                start=date.fromisoformat(content["period"]["start"]),
                end=date.fromisoformat(content["period"]["end"]),
                cutoff=date.fromisoformat(content["cutoff"]),
                day=office.sources.today(),
                hash=content["hash"],
                sealed=seal_with_key(
                    office.vault.get_partner_key(partner.id), _canonical(content), place, office.sources.random
                ),
            ),
        )
        session.commit()
        return added


def _canonical(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
