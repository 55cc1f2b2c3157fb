"""What staff write down besides services and narratives: one model per kind of record, with the help of every key.

A code says with ``OneOf`` which list of the taxonomy it is of, a survey with ``OneSurvey`` who answers it; a day that
cannot lie ahead is a ``PastDay``. What a model cannot say of one key alone stands in ``list_faults``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from me_platform.content import ContentModel
from me_platform.surveys.definition import FILLED_IN_BY_STAFF


@dataclass(frozen=True)
class OneOf:
    """The text, or every text of the list, or every key, is a code of this list of the taxonomy."""

    list_name: str


@dataclass(frozen=True)
class OneSurvey:
    """The text is the id of a survey; of one of these respondents, where any are named."""

    respondents: frozenset[str] = frozenset()


@dataclass(frozen=True)
class NotAhead:
    """The day has come."""


Day = date
"""A day beside a key that is itself called ``date``."""
PastDay = Annotated[Day, NotAhead()]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Passage = Annotated[str, Field(min_length=1, max_length=3000)]

Fault = tuple[str, str, str]
"""What is wrong with a record as a whole: the key it is said at, the message, the way out."""


class LineWords(ContentModel):
    """A line in the languages of the reports."""

    en: Line = Field(description="English")
    lv: Line = Field(description="Latvian")


class PassageWords(ContentModel):
    """Some sentences in the languages of the reports."""

    en: Passage = Field(description="English")
    lv: Passage = Field(description="Latvian")


class NoticeWords(ContentModel):
    """What people who answer are told, in as many of their languages as there are."""

    en: Annotated[str, Field(min_length=1, max_length=600)] = Field(description="English")
    lv: Annotated[str, Field(min_length=1, max_length=600)] = Field(description="Latvian")
    ru: str = Field(default="", max_length=600, description="Russian")
    uk: str = Field(default="", max_length=600, description="Ukrainian")
    ar: str = Field(default="", max_length=600, description="Arabic")


class RecordModel(ContentModel):
    """What every record has. A record is never changed: a later one takes its place."""

    day_key: ClassVar[str] = "date"

    replaces: UUID | None = Field(default=None, description="id of the record this one takes the place of")

    @property
    def day(self) -> Day:
        """The day that places the record in a period."""
        day: Day = getattr(self, self.day_key)
        return day

    def list_faults(self) -> Iterator[Fault]:
        """What is wrong though every key is right by itself."""
        yield from ()


# -- about a person ----------------------------------------------------------------------------------------------------


class Need(RecordModel):
    """A need found together with the person, and what became of it."""

    day_key: ClassVar[str] = "identified"

    category: Annotated[str, OneOf("needs")] = Field(description="kind of need")
    identified: PastDay = Field(description="day it was found")
    review_due: Day | None = Field(default=None, description="day by which it is looked at again")
    reviewed: PastDay | None = Field(default=None, description="day it was looked at again")
    status: Literal["open", "met", "unmet"] = Field(description="how it stands")
    reason: Annotated[str, OneOf("unmet_reasons")] = Field(default="", description="why it stays unmet")
    closed: PastDay | None = Field(default=None, description="day it was met or given up")

    def list_faults(self) -> Iterator[Fault]:
        """An unmet need has a reason, a closed one its day, and nothing comes before the need itself."""
        if (self.status == "unmet") != bool(self.reason):
            yield (
                "reason",
                "A need has a `reason` when its `status` is `unmet`, and only then.",
                "Add it or take it out.",
            )
        if (self.status == "open") != (self.closed is None):
            yield "closed", "A need that is not open has the day it was `closed`, an open one has none.", ""
        for name in ("review_due", "reviewed", "closed"):
            later = getattr(self, name)
            if later is not None and later < self.identified:
                yield name, f"`{name}` lies before the day the need was identified.", "Check both days."


class Barrier(RecordModel):
    """Something that stood in the way of support, and what was done about it."""

    barrier: Annotated[str, OneOf("barriers")] = Field(description="kind of barrier")
    date: PastDay = Field(description="day it was met")
    status: Literal["open", "resolved"] = Field(description="how it stands")
    resolved: PastDay | None = Field(default=None, description="day it was overcome")
    done: str = Field(default="", max_length=1000, description="what was done; never printed")

    def list_faults(self) -> Iterator[Fault]:
        """A resolved barrier has its day, not before the barrier was met."""
        if (self.status == "resolved") != (self.resolved is not None):
            yield "resolved", "A resolved barrier has the day it was `resolved`, an open one has none.", ""
        elif self.resolved is not None and self.resolved < self.date:
            yield "resolved", "`resolved` lies before the day the barrier was met.", "Check both days."


class Referral(RecordModel):
    """A referral to somebody else, and whether it led to the service."""

    service_type: Annotated[str, OneOf("service_types")] = Field(description="what for")
    date: PastDay = Field(description="day of the referral")
    consent: bool = Field(description="whether the person agreed to exactly this referral")
    outcome: Literal["pending", "received", "not_received", "declined"] = Field(description="what came of it")


class Checklist(RecordModel):
    """The legal-support checklist, gone through with the person."""

    list: Literal["legal_support"] = Field(description="which checklist")
    date: PastDay = Field(description="day it was gone through")
    items: Annotated[dict[str, Literal["done", "not_done", "not_applicable"]], OneOf("legal_checklist")] = Field(
        description="answer per item, all of them"
    )


class Rating(RecordModel):
    """What a caseworker saw, or both rated together, with the questions of a survey that staff fill in."""

    survey: Annotated[str, OneSurvey(FILLED_IN_BY_STAFF)] = Field(description="id of the survey")
    date: PastDay = Field(description="day of the rating")
    answers: dict[str, str | int | tuple[str, ...] | None] = Field(
        description="value per question, a list where several apply; what is left out or empty was skipped"
    )


class Goal(RecordModel):
    """A goal of the person's own, in her words, and how near it is as she rates it. Never printed, never counted.

    At each look a new record takes the place of the one before, so that the ratings stay in their order.
    """

    words: Annotated[str, Field(min_length=1, max_length=1000)] = Field(
        description="the goal in the person's own words"
    )
    date: PastDay = Field(description="day of this look")
    rating: Annotated[int, Field(ge=0, le=10)] | None = Field(
        default=None, description="how near it is, 0 to 10, as the person rates it; empty: not rated"
    )
    status: Literal["open", "reached", "left"] = Field(default="open", description="how it stands")


class Decision(RecordModel):
    """What a person decided about a purpose and told a caseworker, for staff to look up. Never counted.

    The decision itself is an event that the worker adds, so the staff site writes this record together with the order
    for it; ``me consent record`` adds the event alone.
    """

    date: PastDay = Field(description="day it was told")
    purpose: Literal["answer", "statistics", "quote", "recontact", "link", "object"] = Field(
        description="what was decided about"
    )
    decision: Literal["given", "refused", "withdrawn"] = Field(description="what was decided")


class Guardian(RecordModel):
    """What a child's guardian decided, or why none is needed, for staff to look up. Never counted; no name is kept.

    It holds what stands of every purpose and takes the place of the one before. What counts are the events the worker
    adds (``me consent guardian``).
    """

    date: PastDay = Field(description="day it was told")
    ground: Literal["guardian", "legal_representative", "old_enough"] = Field(
        description="who decides beside the child: a guardian, the organisation as legal representative, nobody by law"
    )
    how: Literal["in_person", "phone", "interpreter", "cultural_mediator", "writing"] | None = Field(
        default=None, description="how the guardian's word was given"
    )
    decisions: dict[
        Literal["answer", "statistics", "quote", "recontact", "link"], Literal["given", "refused", "withdrawn"]
    ] = Field(default_factory=dict, description="what was decided, by purpose")
    texts: dict[str, str] = Field(
        default_factory=dict, description="version and fingerprint of the words that were explained, by purpose"
    )

    def list_faults(self) -> Iterator[Fault]:
        """A guardian decides something, in some way."""
        if self.ground == "guardian" and not self.decisions:
            yield "decisions", "Nothing is decided.", "Say yes or no for each purpose that was explained."
        if self.ground == "guardian" and self.how is None:
            yield "how", "It does not say how.", "Say how the guardian's word was given."


# -- about the organisation --------------------------------------------------------------------------------------------


class SuccessModel(ContentModel):
    """One indicator of success of a practice."""

    indicator: LineWords = Field(description="name")
    definition: PassageWords | None = Field(default=None, description="what exactly is counted")
    target: LineWords | None = Field(default=None, description="what is aimed for")
    method: PassageWords | None = Field(default=None, description="how it is found out")


class Practice(RecordModel):
    """A good practice: the form of the handbook's annex, one for each. The organisation (F1) is the partner's own."""

    date: PastDay = Field(description="day of the form")
    contact: str = Field(default="", max_length=300, description="whom to ask (F2); never leaves the record")
    category: Annotated[str, OneOf("model_categories")] = Field(description="PLM or EEM (F3)")
    types: Annotated[tuple[str, ...], OneOf("service_types")] = Field(default=(), description="service types (F4)")
    indicators: tuple[LineWords, ...] = Field(default=(), description="indicators used in the service (F5)")
    success: tuple[SuccessModel, ...] = Field(default=(), description="indicators of success (F6)")
    title: LineWords = Field(description="name of the practice")
    description: PassageWords = Field(description="what is done (F7)")
    gender_specificity: PassageWords = Field(description="how it fits women, men and others (F8)")
    materials: PassageWords | None = Field(default=None, description="sample materials (F9)")
    evaluation: PassageWords = Field(description="how it is evaluated (F10)")
    other: PassageWords | None = Field(default=None, description="anything else (F11)")
    tense: Literal["ongoing", "past", "planned"] = Field(description="whether it goes on, is over, or is planned")
    approved: bool = Field(default=False, description="whether a second person agreed to its being printed")


class Feedback(RecordModel):
    """What people said in a survey, what was decided, and what changed."""

    survey: Annotated[str, OneSurvey()] = Field(description="id of the survey")
    date: PastDay = Field(description="day of the decision")
    said: NoticeWords = Field(description="what people said, in nobody's own words")
    decision: Literal["done", "planned", "not_possible"] = Field(description="what was decided")
    changed: NoticeWords = Field(description="what changed or will, or why it cannot")
    replied: bool = Field(default=False, description="whether the people who said it were told")
    published: bool = Field(
        default=False, description="whether it opens the survey's first page and stands in the report"
    )


class Standard(RecordModel):
    """One quality standard as it was reviewed."""

    standard: Annotated[str, OneOf("quality_standards")] = Field(description="which standard")
    date: PastDay = Field(description="day of the review")
    rating: Literal["met", "partly", "not_met", "not_applicable"] = Field(description="how far it is met")
    evidence: PassageWords = Field(description="what shows it")
    reviewer_role: Literal["manager", "officer", "caseworker", "auditor", "external"] = Field(
        description="who reviewed it; never a name"
    )
    action: PassageWords | None = Field(default=None, description="what will be done")
    action_date: Day | None = Field(default=None, description="by when")

    def list_faults(self) -> Iterator[Fault]:
        """A standard that is not met leads to an action with its day."""
        if self.rating in {"partly", "not_met"} and (self.action is None or self.action_date is None):
            yield (
                "rating",
                "A standard that is not met has an `action` and an `action_date`.",
                "Write what will be done.",
            )


class Attendance(RecordModel):
    """One person at one event of an organisation's list of activities."""

    activity: str = Field(description="id of the activity in the organisation's list")
    date: PastDay = Field(description="day of the event")
    participant: str = Field(
        default="", max_length=40, pattern=r"^[A-Za-z0-9-]*$", description="pseudonymous code; never a name or address"
    )
    profession: Annotated[str, OneOf("professions")] = Field(description="profession")
    institution: Annotated[str, OneOf("institution_types")] = Field(description="kind of institution")
    first: bool = Field(description="whether it is the person's first training of the project")


class Involvement(RecordModel):
    """Something made or decided, and whether survivors had a part in it."""

    date: PastDay = Field(description="day")
    product: LineWords = Field(description="what was made or decided")
    kind: Annotated[str, OneOf("involvement_kinds")] = Field(description="what sort of thing it is")
    survivors: bool = Field(description="whether survivors had a part in it")
