"""Use cases of whoever answers for frozen figures: verify a snapshot, and say why a later one differs.

A snapshot is opened again from two sides: its stored parts, whose hashes are computed anew, and the living records as
the freeze knew them, from which every figure is computed anew (rules-of-numbers R23, R27). What was taken out by people
since is missing there, and how many they are is told as a range only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from me_platform.catalogue import Catalogue
from me_platform.disclosure.figures import THRESHOLDS, Audience, Figure, make_figure
from me_platform.disclosure.restatements import agrees, is_explained, tell_people
from me_platform.disclosure.scene import get_name
from me_platform.errors import NotFound, SealBroken
from me_platform.indicators.code_books import place_book
from me_platform.indicators.definition import Indicator, Taxonomy
from me_platform.indicators.frozen import Definitions, choose_definitions, decode_definitions
from me_platform.indicators.periods import Period
from me_platform.indicators.quality import QUALITY
from me_platform.indicators.results import RawFigure, Role
from me_platform.indicators.sources import SOURCES, About
from me_platform.sealing.envelope import Place, open_with_key
from me_platform.services.freezing import (
    FreezeEntry,
    check_freeze_id,
    compute_digests,
    compute_hash,
    compute_raws,
    get_freeze,
    judge_quality,
    list_printed,
    make_mark,
    make_member,
    name_count,
)
from me_platform.services.instance import Office
from me_platform.services.ledger import publish_as_frozen
from me_platform.services.opening import (
    Opened,
    Scope,
    list_record_marks,
    make_frames,
    name_agreement,
    open_partner,
)
from me_platform.storage.partners import PartnerRow, get_partner
from me_platform.storage.snapshots import SnapshotRow, find_snapshot
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.consenting import OBJECT
from me_platform.surveys.definition import Purpose

DECISIONS = (*(purpose.value for purpose in Purpose), OBJECT)
"""What a person can have agreed to, or objected to, when a freeze was made."""


@dataclass(frozen=True)
class PartCheck:
    """One stored part, recomputed. ``faults`` are empty where it is what was frozen.

    A part that does not open is named whole; in one that opens each piece that differs is named, figures by their ids.
    """

    partner: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """A figure that is not given as it is stored.

    People who went since may explain it (``explained``); or the living records give its number, which today's rules of
    protection would tell in another way (``told``): then what was delivered is true.
    """

    id: str
    explained: bool
    told: bool = False


@dataclass(frozen=True)
class Recomputation:
    """One partner's figures, computed again from the living records as the freeze knew them (R27).

    ``erased`` are the members whose keys are destroyed, ``gone`` these and everybody else who took something out since:
    ranges of people, their end None where it is open.
    """

    partner: str
    figures: int
    differences: tuple[Difference, ...]
    erased: tuple[int, int | None]
    gone: tuple[int, int | None]


@dataclass(frozen=True)
class Verification:
    """What a snapshot came to. ``recomputed`` is empty, with the reason, where nothing could be computed again."""

    freeze: str
    parts: tuple[PartCheck, ...]
    recomputed: tuple[Recomputation, ...] = ()
    reason: str = ""

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that is wrong, one phrase each; empty where the snapshot verifies."""
        return (
            *(f"{part.partner}: {fault}" for part in self.parts for fault in part.faults),
            *(
                f"{difference.id} is not what the living records give"
                for part in self.recomputed
                for difference in part.differences
                if not difference.explained and not difference.told
            ),
        )


@dataclass(frozen=True)
class Memory:
    """What a freeze knew, read from its parts: enough to open the same records again."""

    freeze: str
    period: Period
    cutoff: date
    definitions: Definitions
    parts: Mapping[str, Mapping[str, Any]] = field(repr=False)

    def keeps(self, partner: str) -> Callable[[bytes, str], bool]:
        """Whether the partner's part knew the person of a secret, or a mark of hers.

        Parts of before marks were kept know every record that was written down by the cut-off day.
        """
        part = self.parts[partner]
        members, marks = frozenset(part["members"]), _list_marks(part)

        def is_known(secret: bytes, mark: str) -> bool:
            if not mark:
                return make_member(secret, self.freeze) in members
            return marks is None or make_mark(secret, self.freeze, mark) in marks

        return is_known


def verify_freeze(
    office: Office,
    catalogue: Catalogue,
    freeze: str,
    partner: str = "",
    step: Callable[[int, int], None] = lambda _done, _total: None,
) -> Verification:
    """Recompute every part's hash, then every figure from the living records as known on the cut-off day.

    With ``partner`` that one's part and figures are told only. ``step`` hears how many of how many steps are taken, one
    for each partner and one for the figures. Raises NotFound, KeysDestroyed, SealBroken for records
    that cannot be opened; what is wrong with the snapshot itself is no error but ``faults``.
    """
    entry = get_freeze(office, freeze)
    if partner and partner not in entry.partners:
        raise NotFound("part of the snapshot", partner, list(entry.partners))
    contents: dict[str, Mapping[str, Any]] = {}
    checks = [_check_part(office, entry, code, contents) for code in entry.partners]
    told = tuple(each for each in checks if partner in {"", each.partner})
    if len(contents) < len(checks):
        return Verification(freeze, told, reason="not every part of it opens")
    if not any(each.faults for each in checks) and not check_freeze_id(freeze, contents):
        told = (PartCheck(freeze, ("its id does not belong to its parts: one of them is missing",)), *told)
    memory = read_memory(freeze, contents, catalogue)
    if memory is None:
        reason = "it is of a release that did not keep definitions, and they have changed since"
        return Verification(freeze, told, reason=reason)
    opened = open_memory(office, memory, step)
    frames = make_frames(opened)
    raws = compute_raws(memory.definitions, frames, memory.period, memory.cutoff)
    printed, decisions = publish_as_frozen(office, freeze, memory.definitions, memory.period, raws)
    quality = judge_quality(memory.definitions, frames, memory.period, memory.cutoff, raws, decisions)
    figures = (*printed, *quality)
    gone = {each.partner: count_gone(memory, each) for each in opened}
    step(len(opened) + 1, len(opened) + 1)
    return Verification(
        freeze,
        told,
        tuple(_compare(memory, code, figures, raws, gone) for code in contents if partner in {"", code}),
    )


@dataclass(frozen=True)
class Gone:
    """People of a freeze who took something out since: those erased, and everybody, these among them."""

    erased: int
    all: int


def read_memory(freeze: str, parts: Mapping[str, Mapping[str, Any]], catalogue: Catalogue) -> Memory | None:
    """What a freeze knew; None where its definitions are neither kept nor still in the officers' files."""
    part = next(iter(parts.values()))
    definitions = read_definitions(part, catalogue)
    if definitions is None:
        return None
    span = part["period"]
    period = Period(date.fromisoformat(span["start"]), date.fromisoformat(span["end"]), span["label"])
    return Memory(freeze, period, date.fromisoformat(part["cutoff"]), definitions, parts)


def read_definitions(part: Mapping[str, Any], catalogue: Catalogue) -> Definitions | None:
    """The definitions a part was frozen with (R28): those it keeps, or today's where they are still the same."""
    if "kept" in part:
        return decode_definitions(part["kept"])
    plan = catalogue.plans.get(part["plan"])
    frozen = {**part["definitions"], **{name: each["fingerprint"] for name, each in part["surveys"].items()}}
    if plan is None or plan.fingerprint != part["plan_fingerprint"]:
        return None
    today = {code: each.fingerprint for code, each in catalogue.indicators.items()}
    today |= {name: each.fingerprint for name, each in catalogue.surveys.items()}
    if any(today.get(name) != fingerprint for name, fingerprint in frozen.items()):
        return None
    return choose_definitions(plan, catalogue.indicators, catalogue.surveys, catalogue.taxonomy.book)


def read_taxonomy(part: Mapping[str, Any], catalogue: Catalogue) -> Taxonomy:
    """The code lists with the themes of the code book a part was frozen with, where it is another one by now (R28)."""
    told = part.get("code_book")
    if told is None or told["fingerprint"] == catalogue.taxonomy.book.fingerprint:
        return catalogue.taxonomy
    definitions = read_definitions(part, catalogue)
    return place_book(catalogue.taxonomy, definitions.book if definitions else None)


def open_memory(
    office: Office, memory: Memory, step: Callable[[int, int], None] = lambda _done, _total: None
) -> list[Opened]:
    """What a freeze knew and is still there, partner by partner; ``step`` hears of each, and that one is left."""
    opened = []
    steps = len(memory.parts) + 1
    for number, code in enumerate(memory.parts):
        step(number, steps)
        opened.append(
            open_partner(
                office,
                memory.definitions,
                memory.definitions.plan,
                find_partner(office, code),
                memory.period,
                memory.cutoff,
                Scope(memory.keeps(code), memory.cutoff),
            )
        )
    step(len(memory.parts), steps)
    return opened


def find_partner(office: Office, code: str) -> PartnerRow:
    """The partner of that code. Raises NotFound."""
    with Session(office.engine) as session:
        return get_partner(session, code)


def count_gone(memory: Memory, opened: Opened) -> Gone:
    """How many people of a partner took something out since the freeze: by erasure, decision, or taking back.

    ``opened`` is what the freeze knew. Whose records they were that are gone cannot be asked any more; but a person's
    mark of how many there were fits no longer.
    """
    part = memory.parts[opened.partner]
    erased = len(part["members"]) - len(opened.secrets)
    if _list_marks(part) is None:
        return Gone(erased, erased)
    keeps = memory.keeps(opened.partner)
    changed = sum(_has_gone(keeps, opened.secrets[person], opened.marks[person]) for person in opened.secrets)
    return Gone(erased, erased + changed)


def _has_gone(keeps: Callable[[bytes, str], bool], secret: bytes, marks: Sequence[str]) -> bool:
    records = [mark for mark in list_record_marks(marks) if keeps(secret, mark)]
    if not keeps(secret, name_count(len(records))):
        return True
    agreed = set(marks)
    return any(keeps(secret, mark) != (mark in agreed) for mark in map(name_agreement, DECISIONS))


def _list_marks(part: Mapping[str, Any]) -> frozenset[str] | None:
    """The marks of a part; None for one of before they were kept."""
    return frozenset(part["marks"]) if "marks" in part else None


# -- parts -------------------------------------------------------------------------------------------------------------


def _check_part(office: Office, entry: FreezeEntry, code: str, contents: dict[str, Mapping[str, Any]]) -> PartCheck:
    """Open one part into ``contents`` and compare it with its hash, its digests and its row."""
    with Session(office.engine) as session:
        partner = get_partner(session, code)
        enter_partner(session, partner.id)
        row = find_snapshot(session, entry.id)
    assert row is not None  # noqa: S101 - the freeze lists the part
    try:
        content = open_sealed(office.vault.get_partner_key(partner.id), row)
    except SealBroken:
        return PartCheck(code, ("what is stored does not open: a byte of it was changed, or it was moved",))
    contents[code] = content
    return PartCheck(code, tuple(list_faults(row, content, code)))


def open_sealed(key: bytes, row: SnapshotRow) -> Mapping[str, Any]:
    """What a part holds, whether or not it is what was frozen. Raises SealBroken where it does not open."""
    content: Mapping[str, Any] = json.loads(open_with_key(key, row.sealed, Place("snapshot", row.id, row.partner)))
    return content


def list_faults(row: SnapshotRow, content: Mapping[str, Any], code: str) -> list[str]:
    """Where a part that opens is not what was frozen: its pieces by name, and what lies in clear beside it."""
    digests = content.get("digests", {})
    now = compute_digests(content) if digests else {}
    pieces = sorted(name for name in {*digests, *now} if digests.get(name) != now.get(name))
    clear = {
        "plan": (row.plan, content["plan"]),
        "first day": (row.start.isoformat(), content["period"]["start"]),
        "last day": (row.end.isoformat(), content["period"]["end"]),
        "cut-off": (row.cutoff.isoformat(), content["cutoff"]),
        "id": (row.freeze, content["freeze"]),
        "partner": (code, content["partner"]),
        "hash": (row.hash, content["hash"]),
    }
    faults = [f"'{name}' is not what was frozen" for name in pieces]
    faults += [f"the {name} beside it is not its own" for name, (beside, own) in clear.items() if beside != own]
    if content["hash"] != compute_hash(content) and not pieces:
        faults.append("its content is not that of its hash")
    return faults


# -- figures -----------------------------------------------------------------------------------------------------------


def _compare(
    memory: Memory, code: str, figures: Sequence[Figure], raws: Sequence[RawFigure], gone: Mapping[str, Gone]
) -> Recomputation:
    """One partner's stored figures beside those computed again, tolerance 0."""
    part = memory.parts[code]
    figures = [each for each in figures if each.partner == code]
    numbers = {get_name(raw): raw for raw in raws if raw.partner == code}
    threshold = THRESHOLDS[Audience(part["audience"])]
    across = [each.code for each in memory.definitions.plan.partners if each.consortium]
    mine = [gone[each] for each in gone if code in {each, *across}]
    erased, taken = sum(each.erased for each in mine), sum(each.all for each in mine)
    # A part of before the quality of answers was told holds none of it, and none is missing.
    again = {each.id: each for each in figures if "quality" in part or each.indicator != QUALITY}
    stored = {each.id: each for each in map(make_figure, list_printed(part))}
    differing = [each for name, each in stored.items() if again.get(name) != each]
    printed = [each for each in stored.values() if each.id in numbers and numbers[each.id].role is not Role.HIDDEN]
    found = [
        Difference(
            each.id,
            explained=is_explained(each, again.get(each.id), taken if is_about_people(memory, each) else 0),
            told=each.id in numbers and agrees(each, numbers[each.id], printed),
        )
        for each in differing
    ]
    found += [Difference(name, explained=taken > 0, told=name in numbers) for name in again if name not in stored]
    return Recomputation(code, len(stored), tuple(found), tell_people(erased, threshold), tell_people(taken, threshold))


def is_about_people(memory: Memory, figure: Figure) -> bool:
    """Whether a figure can change because people who receive support took something out."""
    indicator: Indicator | None = memory.definitions.indicators.get(figure.indicator)
    if indicator is None or indicator.source.kind == "figures":
        return True
    return SOURCES[indicator.source.kind].about is About.PEOPLE
