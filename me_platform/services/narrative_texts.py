"""What a progress narrative says, and how it is kept: one sealed text, padded so that its length tells nothing.

What an older record does not hold was not written, so it opens with the defaults.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from me_platform.errors import InputInvalid
from me_platform.exchange.narratives import NarrativeModel

NARRATIVE_SIZE, VERSION_SIZE = 64 * 1024, 72 * 1024
"""Bytes a narrative and a version of it are padded to.

All texts at their limits, in Latvian or Arabic (two bytes a letter), fit; what does not fit is refused.
"""

Day = date
"""A day beside a field that is itself called ``date``."""

Content = Mapping[str, Any]
"""A narrative as JSON has it."""


@dataclass(frozen=True)
class Finding:
    """What a narrative lets the report say, de-identified, in the report's languages."""

    text: Mapping[str, str]
    checked: bool


@dataclass(frozen=True)
class Quote:
    """The person's own words with their language; printed only with the quote consent and a second person's check.

    ``agreed`` is the caseworker's word that the person agreed to exactly these words.
    """

    text: str
    language: str
    checked: bool
    agreed: bool = False


@dataclass(frozen=True)
class NarrativeText:
    """A caseworker's progress narrative (handbook digest 7.3). ``date`` is the last day it tells of.

    ``themes`` are codes of the code book in the version ``code_book``, empty where none is marked (R30).
    ``safety_note`` (N22) and ``support_needed`` (N26) are for the author and the managers, and for no report.
    """

    date: date
    areas: tuple[str, ...] = ()
    stage: str = ""
    direction: Mapping[str, str] = field(default_factory=dict)
    since: Day | None = None
    goals: str = ""
    changed_own: str = ""
    changed_staff: str = ""
    factors: str = ""
    barriers: tuple[str, ...] = ()
    barriers_done: str = ""
    interpreter: str = ""
    mediator: str = ""
    comfortable: str = ""
    gender_choice: str = ""
    children: str = ""
    child_care: str = ""
    culture: str = ""
    emergency: str = ""
    emergency_done: str = ""
    resources: str = ""
    change_needed: str = ""
    next_steps: str = ""
    review_date: Day | None = None
    gender_specificity: str = ""
    safety_note: str = ""
    support_needed: bool = False
    finding: Finding | None = None
    quote: Quote | None = None
    themes: tuple[str, ...] = ()
    code_book: str = ""

    def hide_restricted(self) -> NarrativeText:
        """The same without what only the author and the managers may read."""
        return replace(self, safety_note="", support_needed=False)

    def set_themes(self, themes: Sequence[str], code_book: str) -> NarrativeText:
        """The same marked with themes of that version of the code book."""
        return replace(self, themes=tuple(themes), code_book=code_book if themes else "")

    def set_checked(self, *, finding: bool, quote: bool) -> NarrativeText:
        """The same with a second person's answer whether nobody can be recognised in finding and quote."""
        return replace(
            self,
            finding=replace(self.finding, checked=finding) if self.finding else None,
            quote=replace(self.quote, checked=quote) if self.quote else None,
        )


@dataclass(frozen=True)
class Origin:
    """Who wrote a narrative, in which role, and its last save; nothing of a narrative from the command line.

    ``sitting`` is the page it was last saved from and ``turn`` counts the saves of that page; ``comment`` is the
    reviewer's last.
    """

    author: UUID | None = None
    role: str = ""
    sitting: str = ""
    turn: int = 0
    saved: datetime | None = None
    comment: str = ""


@dataclass(frozen=True)
class HistoryStep:
    """A narrative as it was submitted, returned or approved (``deed``): by whom, when and with which comment."""

    version: int
    deed: str
    account: UUID | None
    at: datetime
    comment: str
    text: NarrativeText


def make_narrative(model: NarrativeModel, code_book: str = "") -> NarrativeText:
    """The narrative of a checked file, with themes of that version of the code book."""
    return NarrativeText(
        **model.model_dump(exclude={"finding", "quote"}),
        code_book=code_book if model.themes else "",
        finding=Finding({"en": model.finding.en, "lv": model.finding.lv}, model.finding.checked)
        if model.finding
        else None,
        quote=Quote(model.quote.text, model.quote.language, model.quote.checked, model.quote.agreed)
        if model.quote
        else None,
    )


def encode_narrative(text: NarrativeText, origin: Origin) -> bytes:
    """What is sealed of a narrative. Raises InputInvalid where it is larger than NARRATIVE_SIZE."""
    return _encode({**asdict(text), "origin": asdict(origin)}, NARRATIVE_SIZE)


def decode_narrative(data: bytes) -> tuple[NarrativeText, Origin]:
    """A narrative that was opened."""
    content = json.loads(data)
    return _make_text(content), _make_origin(content.get("origin") or {})


def encode_step(step: HistoryStep) -> bytes:
    """What is sealed of a version. Raises InputInvalid where it is larger than VERSION_SIZE."""
    event = {"version": step.version, "deed": step.deed, "account": step.account, "at": step.at}
    return _encode({**asdict(step.text), "event": {**event, "comment": step.comment}}, VERSION_SIZE)


def decode_step(data: bytes) -> HistoryStep:
    """A version that was opened."""
    content = json.loads(data)
    event = content["event"]
    return HistoryStep(
        version=event["version"],
        deed=event["deed"],
        account=UUID(event["account"]) if event["account"] else None,
        at=datetime.fromisoformat(event["at"]),
        comment=event["comment"],
        text=_make_text(content),
    )


def _make_text(content: Content) -> NarrativeText:
    known = {name: content[name] for name in NarrativeText.__dataclass_fields__ if name in content}
    for name in ("date", "since", "review_date"):
        if known.get(name):
            known[name] = date.fromisoformat(known[name])
    for name in ("areas", "barriers", "themes"):
        known[name] = tuple(known.get(name, ()))
    for name, kind in (("finding", Finding), ("quote", Quote)):
        if known.get(name):
            known[name] = kind(**known[name])
    return NarrativeText(**known)


def _make_origin(content: Content) -> Origin:
    known = dict(content)
    if known.get("author"):
        known["author"] = UUID(known["author"])
    if known.get("saved"):
        known["saved"] = datetime.fromisoformat(known["saved"])
    return Origin(**known)


def _encode(content: Content, size: int) -> bytes:
    data = json.dumps(content, ensure_ascii=False, default=_plain, separators=(",", ":")).encode()
    if len(data) > size:
        raise InputInvalid("All texts together are too long to be kept. Please shorten some of them.")
    return data


def _plain(value: object) -> str:
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)
