"""The kinds of records staff write down, in one table: how each is checked, kept, and counted.

A record is checked whole against taxonomy and surveys, in the words of who wrote it, and kept as JSON. What is counted
of it is decided as of a day: a barrier resolved in April was open in March.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from me_platform.content import Node, Problems, check_model, read_yaml_text, suggest
from me_platform.errors import ContentInvalid
from me_platform.exchange import record_models as models
from me_platform.exchange.record_models import NotAhead, OneOf, OneSurvey, RecordModel
from me_platform.indicators.definition import Taxonomy
from me_platform.surveys.answers import encode_response, make_response
from me_platform.surveys.definition import AnswerState, Mode, Survey
from me_platform.surveys.paper import check_answers
from me_platform.surveys.question_types import NOT_ASKED, SKIPPED

PERSON, PARTNER = "person", "partner"
"""What a record may be about."""

CASE_BYTES = 8 * 1024
"""What every record about a person fits into, so that they all have one length when they are sealed."""

Content = Mapping[str, Any]
Fields = Mapping[str, str]


@dataclass(frozen=True)
class Setting:
    """What a record is checked against: code lists, surveys, and the day it is."""

    taxonomy: Taxonomy
    surveys: Mapping[str, Survey]
    today: date


@dataclass(frozen=True)
class Record:
    """A checked record, or one that was opened again. ``day`` places it in a period; ``content`` is plain JSON."""

    kind: str
    day: date
    replaces: UUID | None
    content: Content = field(repr=False)


@dataclass(frozen=True)
class RecordKind:
    """One kind of record.

    ``source`` names the frame it is counted in and ``list_rows`` the fields of its lines there, as of a day. A rating
    has none, it is counted among the answers of its survey; goals and decisions are not counted.
    """

    name: str
    about: str
    model: type[RecordModel]
    source: str = ""
    list_rows: Callable[[Content, date], Iterator[Fields]] = lambda _content, _day: iter(())

    @property
    def title(self) -> str:
        """What the record is, in a sentence."""
        return (self.model.__doc__ or "").strip().splitlines()[0]


def read_record(text: str, file: str, kind: RecordKind, setting: Setting) -> Record:
    """Read and check a record written as YAML. Raises ContentInvalid with every fault and its line."""
    problems = Problems()
    node = read_yaml_text(text, file, problems)
    problems.raise_faults()
    if node is None:
        raise ContentInvalid(problems.faults)
    return _check_record(node, kind, setting)


def check_record(content: Mapping[str, object], kind: RecordKind, setting: Setting) -> Record:
    """Check a record that comes as values. Raises ContentInvalid with every fault."""
    return _check_record(_make_node(kind.name, content), kind, setting)


def find_faulty_keys(content: Mapping[str, object], kind: RecordKind, setting: Setting) -> tuple[str, ...]:
    """The keys of values at which ``check_record`` finds a fault, for a form that says it in words of its own.

    Empty where there is none; an empty text stands for a fault of the record as a whole.
    """
    # Each key gets a line, as in a file: a problem then names the key by its line.
    entries = {name: _make_node(kind.name, value, line) for line, (name, value) in enumerate(content.items(), 1)}
    try:
        _check_record(Node(kind.name, 0, entries), kind, setting)
    except ContentInvalid as invalid:
        names = ("", *content)
        return tuple(dict.fromkeys(names[problem.line] for problem in invalid.problems))
    return ()


def encode_record(record: Record) -> bytes:
    """The record as JSON, for its seal."""
    content = {
        "kind": record.kind,
        "day": record.day.isoformat(),
        "replaces": str(record.replaces) if record.replaces else "",
        "content": record.content,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def decode_record(data: bytes) -> Record:
    """What ``encode_record`` made."""
    content = json.loads(data)
    replaces = UUID(content["replaces"]) if content["replaces"] else None
    return Record(content["kind"], date.fromisoformat(content["day"]), replaces, content["content"])


def choose_standing(records: Mapping[UUID, Record]) -> dict[UUID, Record]:
    """The records no other one takes the place of."""
    replaced = {record.replaces for record in records.values()}
    return {place: record for place, record in records.items() if place not in replaced}


# -- checks ------------------------------------------------------------------------------------------------------------


def _check_record(node: Node, kind: RecordKind, setting: Setting) -> Record:
    problems = Problems()
    model = check_model(node, kind.model, problems)
    if model is not None:
        for name, info in kind.model.model_fields.items():
            for rule in info.metadata:
                _check_rule(rule, name, node, getattr(model, name), setting, problems)
        for name, message, way_out in model.list_faults():
            problems.add(node.at(name).make_problem(message, way_out))
    content = _make_content(model, node, setting, problems) if model and not problems.faults else {}
    problems.raise_faults()
    if model is None:
        raise ContentInvalid(problems.faults)
    record = Record(kind.name, model.day, model.replaces, content)
    if kind.about == PERSON and len(encode_record(record)) > CASE_BYTES:
        raise ContentInvalid([node.make_problem("The record is too long.", "Shorten its texts.")])
    return record


def _check_rule(rule: object, name: str, node: Node, value: object, setting: Setting, problems: Problems) -> None:
    place = node.at(name)
    if isinstance(rule, OneOf):
        _check_codes(name, place, value, tuple(setting.taxonomy.lists.get(rule.list_name, {})), problems)
    elif isinstance(rule, OneSurvey):
        known = [
            survey.id
            for survey in setting.surveys.values()
            if not rule.respondents or survey.respondent in rule.respondents
        ]
        if value not in known:
            problems.add(place.make_problem(f"`{name}`: there is no such survey for this.", suggest(str(value), known)))
    elif isinstance(rule, NotAhead) and isinstance(value, date) and value > setting.today:
        problems.add(place.make_problem(f"`{name}` lies ahead.", f"Write {setting.today} or an earlier day."))


def _check_codes(name: str, place: Node, value: object, known: Sequence[str], problems: Problems) -> None:
    """Codes have to be known; where a code is asked for each of a list, none may be missing."""
    codes = tuple(value) if isinstance(value, tuple | dict) else (value,) if value else ()
    for code in codes:
        if code not in known:
            spot = place.find(code) if isinstance(value, dict) else None
            problems.add((spot or place).make_problem(f"`{name}`: `{code}` is not known.", suggest(str(code), known)))
    if isinstance(value, dict):
        missing = [code for code in known if code not in value]
        if missing:
            problems.add(
                place.make_problem(f"`{name}`: nothing is said of {', '.join(missing)}.", "Answer each of them.")
            )


def _make_content(model: RecordModel, node: Node, setting: Setting, problems: Problems) -> Content:
    """What is kept: the model's values without what is empty; a rating's answers as those of its survey are kept."""
    content: dict[str, Any] = model.model_dump(mode="json", exclude={"replaces"}, exclude_none=True)
    for name in ("said", "changed"):
        if name in content:
            content[name] = {language: text for language, text in content[name].items() if text}
    if isinstance(model, models.Rating):
        del content["answers"]
        content["response"] = _make_response(model, node.at("answers"), setting.surveys[model.survey], problems)
    return content


def _make_response(rating: models.Rating, place: Node, survey: Survey, problems: Problems) -> Content:
    """A rating as the response to its survey. Which wave it belongs to is known from its day, later."""
    answers = check_answers(place, rating.answers, survey, problems)
    wave = next((each.waves[0] for each in survey.questions if each.waves and each.name in answers), "")
    mode = Mode.IN_PERSON if survey.respondent == "joint" else Mode.SELF
    response = make_response(survey, wave, survey.languages[0], mode, answers, rating.date)
    for name in answers:
        if response.answers.get(name, NOT_ASKED) == NOT_ASKED:
            message = f"`{name}` is not asked together with the other answers."
            problems.add(place.at(name).make_problem(message, "Take it out, or look at the answers above."))
    for name, answer in answers.items():
        if answer.state is AnswerState.ANSWERED and response.answers.get(name) == SKIPPED:
            problems.add(place.at(name).make_problem(f"`{name}` does not meet the check of the survey.", "Look again."))
    content: Content = json.loads(encode_response(response, survey))
    return content


def _make_node(file: str, value: object, line: int = 0) -> Node:
    """A value as if it had been read from a line of a file; 0 for a file that has no lines."""
    if isinstance(value, Mapping):
        return Node(file, line, {str(key): _make_node(file, each, line) for key, each in value.items()})
    if isinstance(value, list | tuple):
        return Node(file, line, tuple(_make_node(file, each, line) for each in value))
    if isinstance(value, date | UUID):
        return Node(file, line, str(value))
    if isinstance(value, str | int | None):
        return Node(file, line, value)
    raise TypeError(type(value).__name__)


# -- what is counted ---------------------------------------------------------------------------------------------------


def _find_day(content: Content, name: str, as_of: date) -> date | None:
    """A day of a record, where it has come by the day that is asked about."""
    day = date.fromisoformat(content[name]) if content.get(name) else None
    return day if day is not None and day <= as_of else None


def _list_need(content: Content, as_of: date) -> Iterator[Fields]:
    closed = _find_day(content, "closed", as_of)
    yield {
        "category": content["category"],
        "status": content["status"] if closed else "open",
        "reason": content.get("reason", "") if closed else "",
        "review": _find_review(content, as_of),
    }


def _find_review(content: Content, as_of: date) -> str:
    """Whether a need was looked at again in time; what was closed before the review was due needs none."""
    if not content.get("review_due"):
        return ""
    due = date.fromisoformat(content["review_due"])
    seen = _find_day(content, "reviewed", as_of)
    if seen is not None:
        return "on_time" if seen <= due else "late"
    closed = _find_day(content, "closed", as_of)
    return "late" if due < as_of and (closed is None or closed > due) else "not_due"


def _list_barrier(content: Content, as_of: date) -> Iterator[Fields]:
    resolved = _find_day(content, "resolved", as_of)
    yield {"barrier": content["barrier"], "status": "resolved" if resolved else "open"}


def _list_checklist(content: Content, _as_of: date) -> Iterator[Fields]:
    for item, answer in sorted(content["items"].items()):
        yield {"list": content["list"], "item": item, "answer": answer}


def _list_practice(content: Content, _as_of: date) -> Iterator[Fields]:
    """A practice counts once it may be printed."""
    if content["approved"]:
        yield _take(content, "category", "tense")


def _list_as_it_is(*names: str) -> Callable[[Content, date], Iterator[Fields]]:
    return lambda content, _as_of: iter((_take(content, *names),))


def _take(content: Content, *names: str) -> Fields:
    """Some fields of a record as texts: yes and no for what is true or false."""
    words = {True: "yes", False: "no"}
    values = {name: content.get(name, "") for name in names}
    return {name: words[value] if isinstance(value, bool) else str(value) for name, value in values.items()}


RECORD_KINDS: Mapping[str, RecordKind] = {
    kind.name: kind
    for kind in (
        RecordKind("need", PERSON, models.Need, "needs", _list_need),
        RecordKind("barrier", PERSON, models.Barrier, "barriers", _list_barrier),
        RecordKind(
            "referral", PERSON, models.Referral, "referrals", _list_as_it_is("service_type", "consent", "outcome")
        ),
        RecordKind("checklist", PERSON, models.Checklist, "checklists", _list_checklist),
        RecordKind("rating", PERSON, models.Rating),
        RecordKind("goal", PERSON, models.Goal),
        RecordKind("decision", PERSON, models.Decision),
        RecordKind("guardian", PERSON, models.Guardian),
        RecordKind("practice", PARTNER, models.Practice, "practices", _list_practice),
        RecordKind("feedback", PARTNER, models.Feedback, "feedback", _list_as_it_is("survey", "decision", "replied")),
        RecordKind("standard", PARTNER, models.Standard, "standards", _list_as_it_is("standard", "rating")),
        RecordKind(
            "attendance",
            PARTNER,
            models.Attendance,
            "attendances",
            _list_as_it_is("profession", "institution", "first"),
        ),
        RecordKind("involvement", PARTNER, models.Involvement, "involvement", _list_as_it_is("kind", "survivors")),
    )
}
"""The closed table of kinds, by name."""
