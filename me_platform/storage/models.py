"""The tables. Nothing outside ``storage`` imports this module; rows become frozen dataclasses at its door.

What is said by or about a person lies in a ``sealed`` column, one blob per record, bound to its place. In clear lie
only what architecture.md allows: random ids, partner, person, survey id and version, wave, consent events, calendar
days and states. ``CLEAR_COLUMNS`` in tests/integration/test_schema.py is the closed list; a new clear column has to
be argued there.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SHARED_TABLES = frozenset(
    {"partner", "account", "credential", "membership", "staff_session", "job", "ledger_chapter", "alembic_version"}
)
"""The only tables that stand in front of the wall (architecture.md, tenancy)."""


class Base(DeclarativeBase):
    """Declarative base with names for every constraint, so that a migration can drop what it made."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Partner(Base):
    """An organisation of the consortium, or the consortium itself. Its name lies in the plan."""

    __tablename__ = "partner"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)


class Account(Base):
    """A member of staff or a funder who may log in."""

    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool]
    uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(8))


class Credential(Base):
    """What proves an account beside its password, sealed under the staff site's key.

    Kinds: ``totp`` (the secret of the second factor), ``recovery`` (codes for when it is lost), ``invitation`` (a
    one-time link to choose a password; the row's id is a MAC of the link's token).
    """

    __tablename__ = "credential"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Membership(Base):
    """The role of an account in an organisation."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("account_id", "organisation_id", "role"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(20))


class StaffSession(Base):
    """A log-in that the server can end. The cookie's id is stored as its SHA-256 only."""

    __tablename__ = "staff_session"

    id_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Job(Base):
    """A piece of background work; the row is the truth. ``subject`` is the id of its order, never content.

    ``done`` of ``total`` steps are taken.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("status in ('queued', 'running', 'done', 'failed')", name="status"),
        Index("ix_job_status", "status", "queued_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id", ondelete="CASCADE"))
    subject: Mapped[UUID | None] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(String(10))
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(SmallInteger)
    queued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    done: Mapped[int] = mapped_column(SmallInteger)
    total: Mapped[int] = mapped_column(SmallInteger)


class Person(Base):
    """A survivor or participant: random id and code, the public key answers are sealed to, and a sealed profile."""

    __tablename__ = "person"
    __table_args__ = (
        # The pair is what every record of a person refers to, so a record cannot point across the wall.
        UniqueConstraint("partner_id", "id"),
        UniqueConstraint("partner_id", "code"),
        CheckConstraint("status in ('active', 'erased')", name="status"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    code: Mapped[str] = mapped_column(String(12))
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    enrolled_day: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(10))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


def _of_person() -> tuple[ForeignKeyConstraint, ...]:
    """Foreign key of a record to a person of the same partner.

    Where ``person_id`` may be null (a room's door) PostgreSQL does not check the pair, which is what is wanted.
    """
    return (ForeignKeyConstraint(["partner_id", "person_id"], ["person.partner_id", "person.id"], ondelete="CASCADE"),)


class Caseload(Base):
    """That an account works with a person: a caseworker sees the people of her own caseload only."""

    __tablename__ = "caseload"
    __table_args__ = (*_of_person(), UniqueConstraint("person_id", "account_id"))

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))


class ConsentEvent(Base):
    """One decision about one purpose; append-only. ``position`` orders the events of a person.

    ``speaker`` says whose decision it is: her own, her own as a child, or her guardian's, of whom no name is kept.
    """

    __tablename__ = "consent_event"
    __table_args__ = (
        *_of_person(),
        UniqueConstraint("person_id", "position"),
        CheckConstraint(
            "decision in ('given', 'refused', 'withdrawn') or (decision = 'not_needed' and speaker = 'guardian')",
            name="decision",
        ),
        CheckConstraint("purpose in ('answer', 'statistics', 'quote', 'recontact', 'link', 'object')", name="purpose"),
        CheckConstraint("speaker in ('self', 'child', 'guardian')", name="speaker"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(String(12))
    decision: Mapped[str] = mapped_column(String(12))
    text_version: Mapped[str] = mapped_column(String(20))
    text_fingerprint: Mapped[str] = mapped_column(String(64))
    day: Mapped[date] = mapped_column(Date)
    speaker: Mapped[str] = mapped_column(String(10))


class Door(Base):
    """A code handed out to answer one survey once. Codes and links are stored as HMAC only.

    Rows that share a code are one card of a session (a row for ``before``, one for ``after``), or a room: one row for
    each person who may answer there. ``batch_id`` and ``number`` say what was issued together and as which card.
    ``use_sealed`` is when a card was used before its session, for the survey site alone.
    """

    __tablename__ = "door"
    __table_args__ = (
        *_of_person(),
        CheckConstraint("status in ('open', 'spent', 'revoked')", name="status"),
        CheckConstraint("kind in ('personal', 'card', 'room')", name="kind"),
        Index("ix_door_code_mac", "code_mac"),
        Index("ix_door_link_mac", "link_mac"),
        Index("ix_door_code_once", "code_mac", "wave", unique=True, postgresql_where=text("kind <> 'room'")),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID | None] = mapped_column(Uuid)
    activity_id: Mapped[UUID | None] = mapped_column(ForeignKey("activity.id", ondelete="SET NULL"))
    batch_id: Mapped[UUID] = mapped_column(Uuid)
    number: Mapped[int] = mapped_column(SmallInteger)
    code_mac: Mapped[bytes] = mapped_column(LargeBinary(32))
    link_mac: Mapped[bytes] = mapped_column(LargeBinary(32))
    kind: Mapped[str] = mapped_column(String(10))
    survey_id: Mapped[str] = mapped_column(String(60))
    survey_version: Mapped[str] = mapped_column(String(20))
    wave: Mapped[str] = mapped_column(String(20))
    issued_day: Mapped[date] = mapped_column(Date)
    expires_day: Mapped[date] = mapped_column(Date)
    revoked_day: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(10))
    use_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class Sitting(Base):
    """Somebody answering right now. The draft is sealed under a key that only the cookie (or, after a pause, the
    receipt code) unwraps. ``expires_at`` lets the worker delete what nobody will come back to; the row is gone then.
    """

    __tablename__ = "sitting"
    __table_args__ = (
        *_of_person(),
        CheckConstraint("status in ('open', 'done')", name="status"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    code_mac: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    pause_mac: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    pause_wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Response(Base):
    """Submitted answers, sealed to the person. ``held`` leaves every figure at once, until the worker deleted it."""

    __tablename__ = "response"
    __table_args__ = (
        *_of_person(),
        CheckConstraint("status in ('live', 'held')", name="status"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    survey_id: Mapped[str] = mapped_column(String(60))
    survey_version: Mapped[str] = mapped_column(String(20))
    survey_fingerprint: Mapped[str] = mapped_column(String(64))
    wave: Mapped[str] = mapped_column(String(20))
    day: Mapped[date] = mapped_column(Date)
    submission_key: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    status: Mapped[str] = mapped_column(String(10))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Receipt(Base):
    """The receipt code of a submitted (or refused) survey, as HMAC."""

    __tablename__ = "receipt"
    __table_args__ = (*_of_person(),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    response_id: Mapped[UUID | None] = mapped_column(Uuid)
    survey_id: Mapped[str] = mapped_column(String(60))
    code_mac: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    day: Mapped[date] = mapped_column(Date)


class Request(Base):
    """What a person asked for with the receipt code; carried out by the worker, which holds the vault.

    ``whole``: all answers of the response are taken back, else one of them; which, is sealed.
    """

    __tablename__ = "request"
    __table_args__ = (
        *_of_person(),
        CheckConstraint("status in ('open', 'done')", name="status"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    response_id: Mapped[UUID | None] = mapped_column(Uuid)
    day: Mapped[date] = mapped_column(Date)
    done_day: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(10))
    whole: Mapped[bool]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class DutyKey(Base):
    """The public half of a partner's duty key, for the survey site; the private half is made from the vault's keys."""

    __tablename__ = "duty_key"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))


class DutyTask(Base):
    """That somebody would like to be talked to, sealed to the partner's duty key with who, when, why and how.

    No person stands beside it in clear. ``stage`` is who was told of it: nobody yet, who is on duty, the managers too.
    """

    __tablename__ = "duty_task"
    __table_args__ = (
        CheckConstraint("status in ('open', 'taken', 'done')", name="status"),
        CheckConstraint("stage in ('new', 'told', 'escalated')", name="stage"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    day: Mapped[date] = mapped_column(Date)
    done_day: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(10))
    stage: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ServiceRecord(Base):
    """A service given to a person; date, type and hours are sealed. ``day`` is the day of recording."""

    __tablename__ = "service_record"
    __table_args__ = (*_of_person(),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    day: Mapped[date] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Narrative(Base):
    """A caseworker's progress narrative; everything in it is sealed.

    ``version`` counts its saves, so that a second tab that still shows an older one is told. ``replaces_id`` is the
    approved narrative it corrects; each is corrected by one at most.
    """

    __tablename__ = "narrative"
    __table_args__ = (
        *_of_person(),
        UniqueConstraint("partner_id", "id"),
        UniqueConstraint("replaces_id"),
        ForeignKeyConstraint(
            ["partner_id", "replaces_id"], ["narrative.partner_id", "narrative.id"], ondelete="CASCADE"
        ),
        CheckConstraint("status in ('draft', 'submitted', 'returned', 'approved')", name="status"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    day: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(Integer, default=1)
    replaces_id: Mapped[UUID | None] = mapped_column(Uuid)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class NarrativeVersion(Base):
    """What a narrative was when it was submitted, returned or approved; only ever added."""

    __tablename__ = "narrative_version"
    __table_args__ = (
        *_of_person(),
        ForeignKeyConstraint(
            ["partner_id", "narrative_id"], ["narrative.partner_id", "narrative.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("narrative_id", "version"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    narrative_id: Mapped[UUID] = mapped_column(Uuid)
    version: Mapped[int] = mapped_column(Integer)
    day: Mapped[date] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class CaseRecord(Base):
    """Something else staff note about a person: a need, a barrier, a referral and the like. What it is, is sealed."""

    __tablename__ = "case_record"
    __table_args__ = (*_of_person(),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    day: Mapped[date] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ChannelNote(Base):
    """How somebody who agreed to be contacted again may be reached, sealed under her data key; one for each person.

    The database deletes it where she no longer agrees (``forget_channel``, migration 0007).
    """

    __tablename__ = "channel_note"
    __table_args__ = (*_of_person(), UniqueConstraint("person_id"))

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class LinkCard(Base):
    """A link card a person made or showed: a MAC of its code, sealed to her, which the vault alone opens (R13).

    The database deletes hers where she no longer agrees to be linked (``forget_link_cards``, migration 0011).
    """

    __tablename__ = "link_card"
    __table_args__ = (*_of_person(),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    day: Mapped[date] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class PartnerRecord(Base):
    """Something staff note about their organisation's work; what it is, is sealed under the partner's key."""

    __tablename__ = "partner_record"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    day: Mapped[date] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Notice(Base):
    """What a partner changed after hearing people who answered a survey; sealed so that the survey site can read it.

    The id is that of the partner's record it was published with.
    """

    __tablename__ = "notice"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    survey_id: Mapped[str] = mapped_column(String(60))
    day: Mapped[date] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ImportReceipt(Base):
    """What an import took and left empty. ``file_mac`` recognises the same file without telling what is in it."""

    __tablename__ = "import_receipt"
    __table_args__ = (UniqueConstraint("partner_id", "plan_id", "file_mac"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    plan_id: Mapped[str] = mapped_column(String(60))
    day: Mapped[date] = mapped_column(Date)
    file_mac: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Activity(Base):
    """A training, campaign or other activity, sealed under the partner's key.

    ``key_mac`` is the HMAC of the activity's id in its list: a second import finds the row again.
    """

    __tablename__ = "activity"
    __table_args__ = (UniqueConstraint("partner_id", "plan_id", "key_mac"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    plan_id: Mapped[str] = mapped_column(String(60))
    day: Mapped[date] = mapped_column(Date)
    key_mac: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Snapshot(Base):
    """One partner's part of a freeze: values and members in one blob, immutable."""

    __tablename__ = "snapshot"
    __table_args__ = (
        UniqueConstraint("partner_id", "freeze_id"),
        Index("ix_snapshot_plan", "plan_id", "period_start", "period_end"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    freeze_id: Mapped[str] = mapped_column(String(40))
    plan_id: Mapped[str] = mapped_column(String(60))
    period_start: Mapped[date] = mapped_column(Date)
    period_end: Mapped[date] = mapped_column(Date)
    cutoff: Mapped[date] = mapped_column(Date)
    day: Mapped[date] = mapped_column(Date)
    hash: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Restatement(Base):
    """That a snapshot takes the place of an older one of its plan and period; only ever added.

    ``account_id`` is who had it frozen, empty for the command line. Which figures moved and why is sealed.
    """

    __tablename__ = "restatement"
    __table_args__ = (UniqueConstraint("partner_id", "freeze_id"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    freeze_id: Mapped[str] = mapped_column(String(40))
    replaces_freeze_id: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    day: Mapped[date] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerChapter(Base):
    """What was published with one freeze, of all partners together; only ever added, sealed under the ledger's key."""

    __tablename__ = "ledger_chapter"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    freeze_id: Mapped[str] = mapped_column(String(40))
    day: Mapped[date] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Report(Base):
    """A rendered PDF of a snapshot, sealed under the partner's key."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("partner_id", "freeze_id", "template_id", "language", "hash"),
        UniqueConstraint("partner_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    freeze_id: Mapped[str] = mapped_column(String(40))
    template_id: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(8))
    day: Mapped[date] = mapped_column(Date)
    hash: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ReportDraft(Base):
    """What an officer writes for a report before it is built; sealed under the partner's key.

    ``version`` counts its saves.
    """

    __tablename__ = "report_draft"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    day: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ReportEvent(Base):
    """What became of a report: built, accepted, taken back, downloaded; only ever added.

    ``account_id`` is who did it, empty for what was done on the command line. ``sealed`` is what was said about it.
    """

    __tablename__ = "report_event"
    __table_args__ = (
        ForeignKeyConstraint(["partner_id", "report_id"], ["report.partner_id", "report.id"], ondelete="CASCADE"),
        CheckConstraint("action in ('built', 'accepted', 'rejected', 'downloaded')", name="action"),
        Index("ix_report_event_report", "report_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    report_id: Mapped[UUID] = mapped_column(Uuid)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    action: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class WorkOrder(Base):
    """What a job is to do and what came of it, sealed under the partner's key; the job names it as its subject."""

    __tablename__ = "work_order"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    day: Mapped[date] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class AuditEvent(Base):
    """One line of a partner's audit log; only ever added, never changed.

    What happened is sealed. ``chain_mac`` is an HMAC over the line before it and this one, under a key of the vault: a
    line that was changed, left out or added by somebody without the vault is found (``me audit verify``).
    """

    __tablename__ = "audit_event"
    __table_args__ = (UniqueConstraint("partner_id", "position"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    position: Mapped[int] = mapped_column(Integer)
    chain_mac: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
