"""docs/reference.md, made from the words the program itself uses: commands, settings, and the keys of content files."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from me_platform.access import OPENS_CONTENT, RULES, Action, Reach, Role
from me_platform.exchange.record_models import OneOf
from me_platform.exchange.records import RECORD_KINDS
from me_platform.indicators.files import (
    CodeBookFile,
    Condition,
    IndicatorFile,
    PlanFile,
    ScaleFile,
    TaxonomyFile,
    TermFile,
)
from me_platform.indicators.sources import SOURCES, Values
from me_platform.reports.definition import ReportFile
from me_platform.settings import RawSettings
from me_platform.surveys.files import ConsentFile, ListFile, QuestionFile, SurveyFile

CONTENT: tuple[tuple[str, type[BaseModel]], ...] = (
    ("`surveys/<id>/survey.yaml`", SurveyFile),
    ("a question of a survey", QuestionFile),
    ("a list in `surveys/lists.yaml`", ListFile),
    ("`surveys/consent/<version>.yaml`", ConsentFile),
    ("`indicators/<code>.yaml`", IndicatorFile),
    ("`indicators/scales/<name>.yaml`", ScaleFile),
    ("`indicators/plans/<id>.yaml`", PlanFile),
    ("an entry of a list in `indicators/taxonomy.yaml`", TermFile),
    ("`indicators/code-book.yaml`", CodeBookFile),
    ("`report_templates/<id>/report.yaml`", ReportFile),
    *((f"a record of the kind `{kind.name}` (`me record add`)", kind.model) for kind in RECORD_KINDS.values()),
)
"""What officers write, with the model it is checked by."""


SCHEMAS: Mapping[str, type[BaseModel]] = {
    "code-book": CodeBookFile,
    "indicator": IndicatorFile,
    "plan": PlanFile,
    "scale": ScaleFile,
    "taxonomy": TaxonomyFile,
}
"""Kinds of files whose JSON Schema an editor may have."""


def make_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a kind of ``SCHEMAS``; what only the whole content can tell it does not know."""
    schema = SCHEMAS[kind].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": kind, **schema}


def make_reference(commands: click.Group) -> str:
    """Markdown of every command, setting and key of a content file."""
    parts = ["# Reference", "", "Made by `me reference > docs/reference.md`; a test compares the two.", ""]
    parts += [*_write_commands(commands), *_write_settings(), *_write_keys(), *_write_sources()]
    return "\n".join(parts).rstrip() + "\n"


def list_commands(group: click.Group, name: str) -> list[tuple[str, click.Command]]:
    """Every visible command below a group with its full name, in order."""
    found: list[tuple[str, click.Command]] = []
    for part, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            found += list_commands(command, f"{name} {part}")
        elif not command.hidden:
            found.append((f"{name} {part}", command))
    return found


def list_models() -> list[tuple[str, type[BaseModel]]]:
    """The models of ``CONTENT`` with those inside them, each once, under the words they are introduced with."""
    found = list(CONTENT)
    for title, model in found:
        for name, field in model.model_fields.items():
            known = {each for _, each in found}
            found += [(f"`{name}` of {title}", inner) for inner in _find_models(field.annotation) if inner not in known]
    return found


_REACHES = {
    Reach.CASELOAD: "the people she or he works with",
    Reach.OWN: "the own organisation",
    Reach.CONSORTIUM: "the own organisation; from a consortium also its partners, under its plans",
}
_SIGNS = {Reach.CASELOAD: "caseload", Reach.OWN: "own", Reach.CONSORTIUM: "own, partners"}


def make_roles() -> str:
    """docs/roles.md: the rule book as a table, in plain words."""
    return "\n".join(_write_roles())


def _write_roles() -> Iterator[str]:
    yield from ("# Who may do what", "", "Made by `me roles` from the rule book of the program; do not edit.", "")
    yield "Everybody has one or more roles, each in an organisation. An empty cell means: may not. Whoever asks for"
    yield "something outside the own roles, or of another organisation, gets the page of a thing that does not exist."
    yield ""
    yield from (f"- **{_SIGNS[reach]}**: {words}" for reach, words in _REACHES.items())
    yield from ("", f"| | {' | '.join(Role)} |", f"|---|{'---|' * len(Role)}")
    for action in Action:
        cells = (_SIGNS[RULES[action][role]] if role in RULES[action] else "" for role in Role)
        yield f"| {action.value} | {' | '.join(cells)} |"
    yield ""
    yield "These roles log in with a second factor: " + ", ".join(role for role in Role if role in OPENS_CONTENT) + "."
    yield ""
    yield "The command line is for whoever runs the machine: it asks for no role, and what it does stands in the log"
    yield from ("without a name.", "")


def write_value(field: FieldInfo) -> str:
    """What is written under a key, in the words of who writes it."""
    codes = next((rule.list_name for rule in field.metadata if isinstance(rule, OneOf)), "")
    return _write_type(field.annotation) + (f", of the list `{codes}`" if codes else "")


def _write_commands(commands: click.Group) -> Iterator[str]:
    yield from ("## Commands", "", "Results go to standard output, messages to standard error.", "")
    yield from ("Exit status: 0 done, 1 could not be done, 2 asked in a wrong way.", "")
    for name, command in list_commands(commands, "me"):
        context = click.Context(command, info_name=name)
        usage = " ".join(command.collect_usage_pieces(context))
        yield from (f"### `{name} {usage}`", "", command.help or "", "")
        options = [parameter.get_help_record(context) for parameter in command.params]
        yield from (f"- `{option[0]}` {option[1]}".rstrip() for option in options if option)
        yield from [""] if any(options) else []


def _write_settings() -> Iterator[str]:
    yield from ("## Settings", "", "Environment variables; `me config` prints the values in force.", "")
    yield from ("| variable | default | meaning |", "|---|---|---|")
    for field in fields(RawSettings):
        yield f"| `{field.metadata['variable']}` | {field.default or '-'} | {field.metadata['help']} |"
    yield ""


def _write_keys() -> Iterator[str]:
    yield from ("## Content files", "", "Keys without a default have to be there. `me check` names every fault.")
    guides = "[surveys](writing-surveys.md), [indicators, plans and reports](writing-indicators.md)"
    yield from (f"How they are written: {guides}.", "")
    for title, model in list_models():
        yield from (f"### {title}", "", "| key | what is written | default | meaning |", "|---|---|---|---|")
        for name, field in model.model_fields.items():
            default = "" if field.is_required() else _write_default(field)
            yield f"| `{name}` | {write_value(field)} | {default} | {field.description} |"
        yield ""


def _write_sources() -> Iterator[str]:
    asked = {name: source for name, source in SOURCES.items() if source.fields}
    yield from ("## What can be counted", "")
    yield "What the conditions of an indicator can ask of each source; the codes of a list stand in"
    yield "`indicators/taxonomy.yaml`, those of themes in `indicators/code-book.yaml`. Answers to a survey also have"
    yield from ("its questions and waves.", "")
    yield from ("| source | field of a condition | values |", "|---|---|---|")
    for name, source in asked.items():
        yield from (f"| `{name}` | `{each}` | {_write_values(values)} |" for each, values in source.fields.items())
    yield from ("", "By what records can be grouped, and what a sum can add up:", "")
    yield from ("| source | groups (`disaggregations`) | numbers (`measure`) |", "|---|---|---|")
    for name, source in asked.items():
        yield f"| `{name}` | {_join_choices(source.dimensions)} | {_join_choices(source.numbers)} |"
    yield ""


def _write_values(values: Values) -> str:
    if isinstance(values, str):
        return f"of the list `{values}`"
    return "any" if values is None else _join_choices(values)


def _write_default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"`{value}`" if value not in (None, "", (), {}) else "left out"


def _write_type(annotation: Any) -> str:  # noqa: ANN401 - what stands behind a field may be of any type
    """A type in an officer's words."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation == Condition:
        return "a condition"
    if origin is Mapping and arguments[0] is not str:
        return f"{_write_type(arguments[1])}, for each name"
    if origin in _PARTS:
        return _PARTS[origin](arguments)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return _join_choices(tuple(annotation))
    # What is checked one by one (``object``) has keys too.
    if annotation is object or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return "keys of their own"
    return _WORDS.get(origin or annotation, "text")


def _join_choices(choices: tuple[object, ...]) -> str:
    return " / ".join(f"`{each}`" for each in choices if each)


def _join_types(types_: tuple[Any, ...]) -> str:
    told = dict.fromkeys(_write_type(each) for each in types_ if each is not type(None))
    return " or ".join(filter(None, told))


_PARTS: Mapping[Any, Callable[[tuple[Any, ...]], str]] = {
    typing.Annotated: lambda parts: _write_type(parts[0]),
    typing.Union: _join_types,
    types.UnionType: _join_types,
    typing.Literal: _join_choices,
    tuple: lambda parts: f"list: {_write_type(parts[0])}",
    dict: lambda parts: "a text per language" if parts[1] is str else f"{_write_type(parts[1])}, for each key",
}
_WORDS: Mapping[Any, str] = {
    bool: "true or false",
    int: "whole number",
    Decimal: "number",
    date: "day (YYYY-MM-DD)",
    Mapping: "a text per language",
}


def _find_models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - as above
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in typing.get_args(annotation):
        yield from _find_models(each)
