"""Use case: the bundle by which an auditor follows every headline figure of a snapshot to its records (R26, R27).

It holds the definitions as they were frozen, the figures, hashes, the records behind the headline figures under
pseudonyms made for that snapshot, and the script that recomputes the figures from them. No day, no name, no code and
nobody's words are in it; the pseudonyms die with the keys of the person. Whoever runs the machine may make one; each is
a line of the partner's audit log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from sqlalchemy.orm import Session

from me_platform.catalogue import Catalogue
from me_platform.disclosure.figures import THRESHOLDS, FigureState, make_figure
from me_platform.disclosure.restatements import tell_people
from me_platform.errors import InputInvalid, NotFound
from me_platform.exchange.tables import write_csv
from me_platform.indicators.calculation import FIGURES
from me_platform.indicators.frozen import make_definition_content
from me_platform.indicators.lineage import COLUMNS, Line, list_lines
from me_platform.services.audit import Deed, note_deed
from me_platform.services.freezing import get_freeze, make_mark, make_printed, read_part
from me_platform.services.instance import Office
from me_platform.services.ledger import AUDIENCE
from me_platform.services.lineage import Memory, count_gone, find_partner, open_memory, read_memory
from me_platform.services.opening import Opened, make_frames
from me_platform.storage.snapshots import find_snapshot
from me_platform.storage.tenancy import enter_partner

PSEUDONYM = "pseudonym"
BUNDLE = "bundle"
"""What the audit log calls it."""
_DIGITS = 12

README = """\
The auditor's bundle of the snapshot {freeze}, organisation {partner}, period {period}, known up to {cutoff}.

definitions.json  plan, indicators and surveys as they were frozen, every default filled in
figures.json      every figure as it was printed, with its state
records.csv       the records behind the headline figures; persons are pseudonyms made for this snapshot only
hashes.json       hash and digests of the stored part (compare with `me snapshot verify`), SHA-256 of these files
recompute.py      recomputes every headline figure from records.csv and compares: python recompute.py (needs pandas)

In records.csv a line is one record of one indicator. "moment" orders a person's days, "placed" says whether the record
lies in the period, "counted" whether it belongs to those the figure is counted from, "met" whether it fits the
numerator; "facts" is what the conditions of the definition ask for. "group" is there for the consortium's different
people: who has the same one was recognised by link card. There are no days.

People who took something out since the freeze are not in records.csv: {gone}. Where there are any, figures may differ.

The records are about people at risk, and few of them. Keep the bundle sealed, show it to nobody who need not see it,
try to recognise nobody, and delete it when the audit is over.
"""


@dataclass(frozen=True)
class Bundle:
    """The files of a bundle by name."""

    files: Mapping[str, bytes]


def build_bundle(office: Office, catalogue: Catalogue, freeze: str, partner_code: str) -> Bundle:
    """The auditor's bundle of one partner's part of a snapshot.

    That of the partner that stands for the consortium holds the records of all partners. Raises NotFound, InputInvalid
    for a snapshot whose definitions nobody knows any more, SealBroken.
    """
    entry = get_freeze(office, freeze)
    if partner_code not in entry.partners:
        raise NotFound("part of the snapshot", partner_code, list(entry.partners))
    parts = {code: read_part(office, freeze, code) for code in entry.partners}
    memory = read_memory(freeze, parts, catalogue)
    if memory is None:
        raise InputInvalid(f"'{freeze}' does not keep the definitions it was frozen with, and they have changed since.")
    across = any(each.consortium and each.code == partner_code for each in memory.definitions.plan.partners)
    opened = [each for each in open_memory(office, memory) if across or each.partner == partner_code]
    lines = list_lines(memory.definitions, make_frames(opened), memory.period, memory.cutoff, partner_code)
    gone = sum(count_gone(memory, each).all for each in opened)
    bundle = make_bundle(memory, parts[partner_code], _hide_persons(lines, memory, opened), gone)
    _note(office, freeze, partner_code)
    return bundle


def make_bundle(memory: Memory, part: Mapping[str, Any], lines: Iterable[Line], gone: int) -> Bundle:
    """The files of a bundle, from a part and the lines behind its headline figures; ``gone`` is told as a range."""
    rows = [line.make_row() for line in (*lines, *_list_figures(memory, part))]
    low, high = tell_people(gone, THRESHOLDS[AUDIENCE])
    told = f"{low} people or more" if high is None else f"{high} people or fewer"
    files = {
        "definitions.json": _dump(make_definition_content(memory.definitions)),
        "figures.json": _dump([make_printed(make_figure(each), memory.freeze) for each in part["figures"]]),
        "records.csv": write_csv(COLUMNS, rows),
        "recompute.py": resources.files("me_platform.exchange").joinpath("recompute.py").read_bytes(),
        "README.txt": README.format(
            freeze=memory.freeze, partner=part["partner"], period=memory.period.label, cutoff=memory.cutoff, gone=told
        ).encode(),
    }
    hashes = {
        "freeze": memory.freeze,
        "partner": part["partner"],
        "hash": part["hash"],
        "digests": part.get("digests", {}),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    return Bundle({**files, "hashes.json": _dump(hashes)})


def _hide_persons(lines: Iterable[Line], memory: Memory, opened: Iterable[Opened]) -> Iterator[Line]:
    """The lines with pseudonyms in the place of persons, one for each person and snapshot."""
    secrets = {person: secret for each in opened for person, secret in each.secrets.items()}
    own = {each.partner: each.own for each in opened}
    known: dict[str, str] = {"": ""}
    for line in lines:
        if line.person not in known:
            secret = secrets.get(line.person)
            mark = (
                # A participant of a training is known by a pseudonym already, and gets another one.
                make_mark(own[line.partner], memory.freeze, f"{PSEUDONYM}:{line.person}")
                if secret is None
                else make_mark(secret, memory.freeze, PSEUDONYM)
            )
            known[line.person] = f"p{mark[:_DIGITS]}"
        yield replace(line, person=known[line.person])


def _list_figures(memory: Memory, part: Mapping[str, Any]) -> Iterator[Line]:
    """A line for every figure with a number behind it, for indicators that count figures; these not themselves."""
    codes = [code for code, each in memory.definitions.indicators.items() if each.source.kind == FIGURES]
    told = (FigureState.VALUE, FigureState.BANDED, FigureState.SUPPRESSED)
    for code in codes:
        for figure in map(make_figure, part["figures"]):
            if figure.state in told and figure.indicator not in codes:
                met = figure.state is FigureState.SUPPRESSED
                facts = {"figure": figure.id, "state": figure.state.value}
                yield Line(
                    indicator=code,
                    person="",
                    partner=part["partner"],
                    moment=0,
                    placed=True,
                    wave="",
                    version="",
                    number=None,
                    counted=True,
                    met=met,
                    facts=facts,
                )


def _note(office: Office, freeze: str, partner_code: str) -> None:
    partner = find_partner(office, partner_code)
    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        row = find_snapshot(session, freeze)
        assert row is not None  # noqa: S101 - its part was read
        note_deed(office, session, partner, None, Deed.EXPORTED, BUNDLE, row.id)
        session.commit()


def _dump(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()
