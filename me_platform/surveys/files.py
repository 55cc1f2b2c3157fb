"""What officers write in ``surveys/``: the keys of each file, with their help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from me_platform.content import ContentModel
from me_platform.surveys.definition import Purpose

Words = Mapping[str, str | None]
"""A text per language as written; whether a language is missing is checked with the line of the text."""
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?$")]
Picture = Literal[
    "child",
    "food",
    "health",
    "home",
    "learning",
    "money",
    "papers",
    "people",
    "phone",
    "rest",
    "safety",
    "talk",
    "time",
    "work",
]
"""The pictograms of the survey site."""


class ChoiceFile(ContentModel):
    """One choice of a list."""

    value: Name = Field(description="what is stored; never change it once somebody has answered")
    label: Words = Field(description="what the person reads, per language")
    state: Literal["answered", "dont_know", "declined", "not_applicable"] = Field(
        default="answered", description="what kind of answer it is; leave out for an ordinary choice"
    )
    face: int | None = Field(
        default=None, ge=1, le=5, description="the face of an answer in a list of faces: 1 very sad, 5 very glad"
    )
    picture: Picture | None = Field(default=None, description="the pictogram drawn beside the words")
    exclusive: bool = Field(
        default=False, description="true for `none of these`: where several can be chosen, it goes with no other"
    )


class ListFile(ContentModel):
    """A list of choices under its name in ``lists.yaml``."""

    choices: tuple[ChoiceFile, ...] = Field(min_length=1, description="the choices in the order they are shown")
    positive: tuple[Name, ...] = Field(default=(), description="values that count as positive in the indicators")
    look: Literal["text", "faces"] = Field(default="text", description="faces: each answer is drawn with its face")


class ConsentWords(ContentModel):
    """The words that ask for one purpose."""

    title: Words = Field(description="the question, per language")
    body: Words = Field(description="what happens, that refusing costs nothing, how to change it; 2-4 short sentences")
    again: Words | None = Field(
        default=None, description="the same in plainer words, shown by one tap on “Please explain again”"
    )


class PurposesFile(ContentModel):
    """The purposes of a consent file."""

    answer: ConsentWords | None = Field(default=None, description="may we ask and keep answers")
    statistics: ConsentWords | None = Field(default=None, description="may answers count in the figures")
    quote: ConsentWords | None = Field(default=None, description="may own words be printed, without saying whose")
    recontact: ConsentWords | None = Field(default=None, description="may we ask again later")
    link: ConsentWords | None = Field(default=None, description="may records of several organisations be joined")

    def find(self, purpose: Purpose) -> ConsentWords | None:
        """The words of a purpose, or None."""
        words: ConsentWords | None = getattr(self, purpose.value)
        return words


class ConsentFile(ContentModel):
    """A version of the consent."""

    version: str = Field(description="name of the version, the same as the file's name")
    purposes: PurposesFile = Field(description="the words per purpose")


class BaselineFile(ContentModel):
    """When the first answers are given."""

    first_day: int = Field(default=0, ge=0, description="first day after enrolment (0: the same day)")
    last_day: int = Field(ge=0, description="last day after enrolment")


class FollowupFile(ContentModel):
    """When the answers are asked again: again and again (``every``), or once (``day``)."""

    every: int | None = Field(
        default=None, ge=1, description="days between one follow-up and the next, counted from the first answers"
    )
    day: int | None = Field(default=None, ge=1, description="day of the only follow-up, counted from the first answers")
    before: int = Field(ge=0, description="days a follow-up may come early")
    after: int = Field(ge=0, description="days a follow-up may come late")


class ExitFile(ContentModel):
    """When the last answers are given."""

    day: int | None = Field(
        default=None, ge=1, description="day counted from the first answers; left out: the end of the last service"
    )
    before: int = Field(default=0, ge=0, description="days it may come early")
    after: int = Field(ge=0, description="days it may come late")


class WavesFile(ContentModel):
    """The waves of a survey."""

    baseline: BaselineFile | None = Field(default=None, description="the first answers")
    session: bool = Field(
        default=False, description="true: answered before and after one session, instead of a baseline"
    )
    followup: FollowupFile | None = Field(default=None, description="the answers later on")
    exit: ExitFile | None = Field(default=None, description="the answers when the last service ends")


class QuestionFile(ContentModel):
    """One question."""

    name: Name = Field(description="name of the question, used in expressions and indicators")
    kind: str = Field(description="one of the kinds of questions")
    prompt: Words = Field(description="the question, per language")
    hint: Words | None = Field(default=None, description="help below the question, per language")
    about: Literal["self", "organisation"] = Field(
        default="self", description="organisation: only the M&E officer sees the figures"
    )
    choices: str = Field(default="", description="name of a list in lists.yaml")
    ends: Annotated[tuple[Words, ...], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="what 0 and 10 of a scale mean, per language"
    )
    low: int | None = Field(default=None, description="smallest number")
    high: int | None = Field(default=None, description="largest number")
    max_length: int | None = Field(default=None, ge=1, le=4000, description="longest text, in characters (500)")
    precision: Literal["month", "day"] | None = Field(
        default=None, description="how exactly a date is asked (month); ask the day only where somebody needs it"
    )
    first: str | None = Field(default=None, description="earliest date, 2020-01 or with its day 2020-01-31")
    last: str | None = Field(default=None, description="latest date, written as `first`")
    when: str = Field(default="", description="expression over earlier questions; the question is asked when it holds")
    check: str = Field(default="", description="expression over this and earlier questions that an answer has to meet")
    message: Words | None = Field(default=None, description="what to look at where `check` is not met, per language")
    waves: tuple[str, ...] = Field(default=(), description="waves it is asked in; left out: in all of them")


class CarriedFile(ContentModel):
    """The answers to an earlier question that a question of today takes over."""

    question: Name | None = Field(default=None, description="what the question was called; left out: the same")
    values: Mapping[Name, Name] = Field(
        default_factory=dict, description="earlier values that are called otherwise now: `earlier: today`"
    )


class BridgeFile(ContentModel):
    """What of the answers to an earlier version counts as answers to this one."""

    version: str = Field(description="the earlier version")
    questions: Mapping[Name, CarriedFile] = Field(
        min_length=1, description="questions of this version that ask the same as an earlier one did"
    )


class SurveyFile(ContentModel):
    """A survey but for its questions, which are checked one by one so that a fault in one hides no other."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")] = Field(description="the same as the folder's name")
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,20}$")] = Field(
        description="name of the version; give a new one with every change of words"
    )
    title: Words = Field(description="title in reports and lists, per language")
    languages: tuple[Language, ...] = Field(min_length=1, description="languages a person can choose")
    respondent: Literal["survivor", "participant", "caseworker", "joint"] = Field(
        description="who answers; joint: a person and the caseworker together"
    )
    audience: Literal["adult", "child"] = Field(default="adult", description="child: no figure under ten is published")
    room: bool = Field(
        default=False,
        description="`true` where one code may stand for a whole room; its consent says that old backups keep answers",
    )
    alert: str = Field(
        default="",
        description="expression over the answers; where it holds, the people on duty are told that somebody may need"
        " support. The survey says so before the first question and before sending",
    )
    note: Words = Field(description="what kind of instrument it is; printed wherever its figures are")
    consent: str = Field(
        default="", description="version of the consent, a file in surveys/consent/; none where staff fill it in"
    )
    guardian: str = Field(
        default="",
        description="version of the consent whose words a guardian is asked with, for a survey of children",
    )
    purposes: tuple[Purpose, ...] = Field(default=(), description="what is asked for, in this order")
    waves: WavesFile | None = Field(default=None, description="when it is answered; leave out for a single time")
    calculate: Mapping[Name, str] = Field(
        default_factory=dict, description="expressions under names of their own, for `when`, `check` and words"
    )
    bridges: tuple[BridgeFile, ...] = Field(
        default=(), description="earlier versions whose answers are read as answers to this one, question by question"
    )
    questions: tuple[object, ...] = Field(min_length=1, description="the questions in the order they are asked")
