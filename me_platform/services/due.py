"""What is due with a person today: a survey to hand over, a need to look at again, a progress narrative to write.

Pure: everything it decides by is an argument. It knows which codes were handed over and never whether anybody answered
(privacy-and-safety 1.10).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from me_platform.exchange.records import Record
from me_platform.indicators.definition import Plan
from me_platform.services.people import Service, find_end
from me_platform.surveys.definition import Survey
from me_platform.surveys.waves import SESSION, make_windows

CHILD_AGES = frozenset({"0-11", "12-15", "16-17"})
"""Age bands of the people whom surveys for children are for; whose age is not known may be asked either."""


class DueKind(StrEnum):
    """What somebody has to do."""

    SURVEY = "survey"
    REVIEW = "review"
    NARRATIVE = "narrative"
    RETURNED = "returned"


@dataclass(frozen=True)
class Due:
    """One thing to do, by a day where it is a survey, since a day else.

    ``about`` is the survey's id or the need's category, ``wave`` the survey's wave, ``record`` the need or narrative.
    """

    kind: DueKind
    day: date
    about: str = ""
    wave: str = ""
    record: UUID | None = None


@dataclass(frozen=True)
class Issue:
    """That a code was handed over on a day. Nothing about whether it was used."""

    survey: str
    wave: str
    day: date


@dataclass(frozen=True)
class NarrativeState:
    """How a narrative stands."""

    id: UUID
    status: str
    day: date


@dataclass(frozen=True)
class Facts:
    """What decides what is due; services and records are those that stand."""

    enrolled: date
    age_band: str
    services: Collection[Service] = ()
    records: Mapping[UUID, Record] | None = None
    narratives: Sequence[NarrativeState] = ()
    issues: Sequence[Issue] = ()

    @property
    def ended(self) -> date | None:
        """The day support ended; None while it goes on, or where a service was given after it."""
        end = find_end(self.services)
        return None if end is None or any(service.date > end for service in self.services) else end


def list_surveys(
    plans: Iterable[Plan], surveys: Mapping[str, Survey], partner: str, age_band: str
) -> tuple[Survey, ...]:
    """The surveys the plans let a partner ask a person of this age band, in the plans' order."""
    asked = dict.fromkeys(
        name for plan in plans for each in plan.partners if each.code == partner for name in plan.list_asked(each)
    )
    return tuple(survey for name in asked if (survey := surveys.get(name)) and _is_for(survey, age_band))


def find_window(survey: Survey, facts: Facts, today: date) -> tuple[str, date | None]:
    """The wave whose window is open for a person today, and its last day; empty and None where none is open.

    The day its first code was handed over stands for the day of the first answers, as where the code is issued.
    """
    first = SESSION[0] if survey.session else "baseline"
    handed = min((each.day for each in facts.issues if (each.survey, each.wave) == (survey.id, first)), default=None)
    for window in make_windows(survey, facts.enrolled, handed, find_end(facts.services), today):
        if window.first <= today <= window.last:
            return window.wave, window.last
    return "", None


def list_due(surveys: Iterable[Survey], facts: Facts, today: date, narrative_days: int) -> tuple[Due, ...]:
    """What is due today, most urgent first. A narrative is due ``narrative_days`` after the last one."""
    found = (
        *_list_waves(surveys, facts, today),
        *_list_reviews(facts, today),
        *_list_narratives(facts, today, timedelta(days=narrative_days)),
    )
    return tuple(sorted(found, key=lambda due: (due.day, due.kind, due.about)))


def _is_for(survey: Survey, age_band: str) -> bool:
    fits = age_band == "unknown" or (survey.audience == "child") == (age_band in CHILD_AGES)
    return survey.respondent == "survivor" and fits


def _list_waves(surveys: Iterable[Survey], facts: Facts, today: date) -> Iterator[Due]:
    handed = {(each.survey, each.wave) for each in facts.issues}
    for survey in surveys:
        wave, last = find_window(survey, facts, today)
        if last is not None and (survey.id, wave) not in handed:
            yield Due(DueKind.SURVEY, last, survey.id, wave)


def _list_reviews(facts: Facts, today: date) -> Iterator[Due]:
    for place, record in (facts.records or {}).items():
        content = record.content
        if record.kind == "need" and content["status"] == "open" and content.get("review_due"):
            due = date.fromisoformat(content["review_due"])
            if due <= today and content.get("reviewed", "") < content["review_due"]:
                yield Due(DueKind.REVIEW, due, content["category"], record=place)


def _list_narratives(facts: Facts, today: date, every: timedelta) -> Iterator[Due]:
    for each in facts.narratives:
        if each.status == "returned":
            yield Due(DueKind.RETURNED, each.day, record=each.id)
    last = max((each.day for each in facts.narratives), default=facts.enrolled)
    if facts.ended is None and last + every <= today:
        yield Due(DueKind.NARRATIVE, last + every)
