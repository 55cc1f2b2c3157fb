"""What a survey is: frozen dataclasses made by ``surveys.loading`` from an officer's YAML.

A text for people is a language map (``{"en": "...", "lv": "..."}``). Nothing here knows Flask, storage or pandas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

Text = Mapping[str, str]
"""Words in every language a person may choose: language code -> text."""


FILLED_IN_BY_STAFF = frozenset({"caseworker", "joint"})
"""Respondents whose surveys staff fill in, alone or together with the person; no code is issued for them."""


class AnswerState(StrEnum):
    """Closed list of what can be known about a person's answer to a question (rules-of-numbers R3)."""

    ANSWERED = "answered"
    DECLINED = "declined"
    DONT_KNOW = "dont_know"
    NOT_APPLICABLE = "not_applicable"
    SKIPPED = "skipped"
    NOT_ASKED = "not_asked"


class Purpose(StrEnum):
    """What a person can agree to, each on its own (privacy-and-safety 1.6)."""

    ANSWER = "answer"
    STATISTICS = "statistics"
    QUOTE = "quote"
    RECONTACT = "recontact"
    LINK = "link"


class Mode(StrEnum):
    """How the answers were given; assisted answering is never mixed silently with self-completion (1.12)."""

    SELF = "self"
    PHONE = "phone"
    IN_PERSON = "in_person"
    INTERPRETER = "interpreter"
    CULTURAL_MEDIATOR = "cultural_mediator"
    PAPER = "paper"


@dataclass(frozen=True)
class Answer:
    """One answer: a state, and a value where the state is ``answered``.

    ``value`` is a choice's value, a tuple of them in the order of the choices, an integer, a day (``2026-03-01``) or
    month (``2026-03``), or text.
    """

    state: AnswerState
    value: str | int | tuple[str, ...] | None = None


@dataclass(frozen=True)
class Choice:
    """One choice of a question. A choice with a ``state`` other than answered is a full answer of that state.

    ``face`` is the face drawn beside its words, from 1 (very sad) to 5 (very glad); 0 for none; ``picture`` names the
    pictogram drawn there. An ``exclusive`` choice ("none of these") goes with no other, as a state never does.
    """

    value: str
    label: Text
    state: AnswerState = AnswerState.ANSWERED
    face: int = 0
    exclusive: bool = False
    picture: str = ""


@dataclass(frozen=True)
class Question:
    """One question, one page.

    ``kind`` is a key of ``surveys.question_types.QUESTION_TYPES``. ``low``/``high`` bound a number, ``max_length``
    a text (characters), ``first``/``last`` a date, which is asked for to the ``month`` or to the ``day``
    (``precision``). ``ends`` labels the ends of a 0-10 scale. ``when`` is an XLSForm expression or empty.
    ``choices`` are the answers of a choice question followed by the answers that are states; a question of another
    kind carries the states only. ``check`` is an expression that an answer has to meet, or empty, and ``message`` says
    what to look at where it does not. ``prompt``, ``hint`` and ``message`` may speak of earlier answers (``${name}``).
    ``about`` is ``self`` or ``organisation`` (privacy-and-safety 1.10). A question with
    ``waves`` is asked in these waves only.
    """

    name: str
    kind: str
    prompt: Text
    hint: Text = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    positive: frozenset[str] = frozenset()
    low: int = 0
    high: int = 10
    ends: tuple[Text, Text] | None = None
    max_length: int = 500
    precision: str = ""
    first: str = ""
    last: str = ""
    when: str = ""
    check: str = ""
    message: Text = field(default_factory=dict)
    about: str = "self"
    waves: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wave:
    """When a survey is answered: days after an anchor.

    ``name`` is ``baseline``, ``followup``, ``exit``, or ``before`` and ``after`` of one session; ``anchor`` is
    ``enrolment``, ``baseline`` (the day of the first answers), ``exit`` (the end of the last service) or ``session``.
    The window is [day - before, day + after], both days included; a ``followup`` repeats every
    ``Survey.repeat_every`` days. The two waves of a session have no window: they lie on one day, and the code says
    which of them it is.
    """

    name: str
    anchor: str
    day: int
    before: int
    after: int


@dataclass(frozen=True)
class ConsentText:
    """Words of one purpose in one version; ``fingerprint`` is SHA-256 over the words in all languages.

    ``again`` is the same once more in plainer words, for who asks for it; empty where there are none.
    """

    purpose: Purpose
    version: str
    title: Text
    body: Text
    fingerprint: str
    again: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Carried:
    """The answers a question takes over: what the question was called, and its values that are called otherwise now."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bridge:
    """From an earlier version of a survey to its version of today; ``questions`` are today's, by their names."""

    version: str
    questions: Mapping[str, Carried]


@dataclass(frozen=True)
class Survey:
    """One survey in one version; ``fingerprint`` is SHA-256 over everything that is asked.

    ``respondent`` is ``survivor``, ``participant``, ``caseworker`` or ``joint`` (rated together); ``audience`` is
    ``adult`` or ``child``; ``note`` says what kind of instrument it is; ``repeat_every`` is in days, 0 where no
    follow-up repeats. ``calculations`` are expressions with a name of their own, for ``when``, ``check``, words and
    each other; they are never shown, sent or stored. ``alert`` is an XLSForm expression over the answers, or empty:
    where it holds at sending, whoever is on duty is told that the person may need support (privacy-and-safety 1.11).
    ``bridges`` say which answers to earlier versions are read as answers to this one.
    ``room``: one code may stand for a whole room, each who uses it being somebody new.
    ``guardian`` are the words a child's guardian is asked with, purpose by purpose; none in a survey of adults.
    ``withheld`` are languages in which the site around the questions has words missing: nobody is offered them.
    """

    id: str
    version: str
    title: Text
    languages: tuple[str, ...]
    respondent: str
    note: Text
    questions: tuple[Question, ...]
    waves: tuple[Wave, ...]
    repeat_every: int
    purposes: tuple[Purpose, ...]
    consent: tuple[ConsentText, ...]
    fingerprint: str
    audience: str = "adult"
    calculations: Mapping[str, str] = field(default_factory=dict)
    alert: str = ""
    bridges: tuple[Bridge, ...] = ()
    room: bool = False
    guardian: tuple[ConsentText, ...] = ()
    withheld: frozenset[str] = frozenset()

    @property
    def offered(self) -> tuple[str, ...]:
        """The languages a person can choose now."""
        return tuple(language for language in self.languages if language not in self.withheld)

    @property
    def session(self) -> bool:
        """Whether it is answered before and after one session."""
        return any(wave.anchor == "session" for wave in self.waves)

    def get_question(self, name: str) -> Question:
        """The question of that name. Raises KeyError."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> Mapping[str, Question]:
        return {question.name: question for question in self.questions}

    def get_consent(self, purpose: Purpose) -> ConsentText:
        """The words in which this survey asks for a purpose. Raises KeyError."""
        return {text.purpose: text for text in self.consent}[purpose]
