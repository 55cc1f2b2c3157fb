"""Submitted answers, sealed to the person: the survey site writes them and can never read them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import Person, Response


@dataclass(frozen=True)
class ResponseRow:
    """One submission; ``sealed`` is the response under the person's public key, of equal length within a survey.

    ``survey_fingerprint`` is that of the words that were answered; a row that was read leaves it out.
    """

    id: UUID
    partner: UUID
    person: UUID
    survey: str
    survey_version: str
    wave: str
    day: date
    submission_key: bytes
    sealed: bytes
    survey_fingerprint: str = ""


@dataclass(frozen=True)
class OwnResponse:
    """What the holder of a receipt may see of her response: how it was asked, and whether it counts (``live``)."""

    survey_version: str
    wave: str
    status: str


def add_response(session: Session, response: ResponseRow) -> bool:
    """Store a submission of the entered person. False, and nothing stored, where its submission key is known."""
    statement = (
        insert(Response)
        .values(
            id=response.id,
            partner_id=response.partner,
            person_id=response.person,
            survey_id=response.survey,
            survey_version=response.survey_version,
            survey_fingerprint=response.survey_fingerprint,
            wave=response.wave,
            day=response.day,
            submission_key=response.submission_key,
            status="live",
            sealed=response.sealed,
        )
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1


def find_own_response(session: Session, response: UUID) -> OwnResponse | None:
    """A response that is still there, if the transaction presented its receipt."""
    query = select(Response.survey_version, Response.wave, Response.status).where(Response.id == response)
    row = session.execute(query).one_or_none()
    return None if row is None else OwnResponse(*row)


def hold_response(session: Session, response: UUID) -> bool:
    """Take a response out of every figure at once; needs its receipt presented. False where it was out already."""
    statement = update(Response).where(Response.id == response, Response.status == "live").values(status="held")
    return session.connection().execute(statement).rowcount == 1


def list_own_responses(session: Session, person: UUID) -> tuple[tuple[UUID, str], ...]:
    """Response and survey of what a person sent and nobody took back (worker)."""
    query = select(Response.id, Response.survey_id).where(Response.person_id == person, Response.status == "live")
    return tuple((response, survey) for response, survey in session.execute(query.order_by(Response.id)))


def list_live_responses(session: Session, *, until: date) -> tuple[ResponseRow, ...]:
    """Submissions of the entered partner up to a day that nobody took back (worker)."""
    rows = session.execute(
        select(
            Response.id,
            Response.partner_id,
            Response.person_id,
            Response.survey_id,
            Response.survey_version,
            Response.wave,
            Response.day,
            Response.submission_key,
            Response.sealed,
        )
        .where(Response.status == "live", Response.day <= until)
        .order_by(Response.id)
    )
    return tuple(ResponseRow(*row) for row in rows)


def find_public_key(session: Session, person: UUID) -> bytes | None:
    """The key a person's answers are sealed to (32 bytes); None where the person was erased."""
    key = session.execute(select(Person.public_key).where(Person.id == person)).scalar_one_or_none()
    return key or None


def list_answered_words(session: Session) -> frozenset[tuple[str, str, str]]:
    """Survey, version and fingerprint of all words that have answers, over all partners (owner)."""
    columns = (Response.survey_id, Response.survey_version, Response.survey_fingerprint)
    rows = session.execute(select(*columns).where(Response.survey_fingerprint != "").distinct())
    return frozenset((survey, version, fingerprint) for survey, version, fingerprint in rows)
