"""Reading the YAML files that officers write: strictly, whole, and with the line of every value.

YAML's own guessing is not used. Of plain (unquoted) words only ``true``, ``false``, ``null``, whole numbers and
decimals mean something else than text; ``yes``, ``no``, ``on`` and dates stay the words they are. Anchors, aliases
and tags are refused, and so is a key written twice. Faults are collected, never raised one by one, so that an
officer sees all of them at once, in plain words with file and line.
"""

from __future__ import annotations

import difflib
import json
import re
import types
import typing
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from me_platform.errors import ContentInvalid, Problem

Scalar = str | int | Decimal | bool | None
Model = TypeVar("Model", bound=BaseModel)

MAX_BYTES = 1_000_000
"""Largest file read; an officer's file has some thousands of bytes."""
MAX_DEPTH = 20
"""Deepest nesting read."""

IMAGE_SUFFIXES = (".svg", ".png")
MAX_ASSET_BYTES = 500_000
"""Largest stylesheet, template or image; a report carries drawings, not photographs."""

_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where PyYAML was built with it, which is six times as fast."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,8})\.[0-9]{1,6}")
_WORDS: Mapping[str, Scalar] = {"true": True, "false": False, "null": None, "": None}
_ALLOWED_CONTROLS = "\n\t"


@dataclass(frozen=True)
class Node:
    """One value of a file and its place.

    ``file`` is relative to the content root; ``line`` counts from 1 and is the line of the key for a value under a
    key, else the line where the value starts. ``value`` is a scalar, a tuple of nodes, or a mapping of key to node.
    """

    file: str
    line: int
    value: Scalar | tuple[Node, ...] | Mapping[str, Node]

    @property
    def entries(self) -> Mapping[str, Node]:
        """The keys and values; empty where the value is no mapping."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> tuple[Node, ...]:
        """The elements; empty where the value is no list."""
        return self.value if isinstance(self.value, tuple) else ()

    def find(self, *path: str | int) -> Node | None:
        """The value under these keys and list positions (from 0), or None."""
        node: Node | None = self
        for step in path:
            if node is None:
                return None
            node = node.entries.get(step) if isinstance(step, str) else dict(enumerate(node.items)).get(step)
        return node

    def at(self, *path: str | int) -> Node:
        """The value under this path, or the innermost value on the way to it that exists."""
        node = self
        for step in path:
            node = node.find(step) or node
        return node

    def make_plain(self) -> object:
        """The value in dicts, lists and scalars, without places."""
        if isinstance(self.value, Mapping):
            return {key: node.make_plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.make_plain() for node in self.value]
        return self.value

    def make_problem(self, message: str, way_out: str = "") -> Problem:
        """A fault at this place."""
        return Problem(self.file, self.line, message, way_out)


class Problems:
    """Collects faults (the content cannot be used) and warnings (it can, but somebody should look)."""

    def __init__(self) -> None:
        self._faults: dict[Problem, None] = {}
        self._warnings: dict[Problem, None] = {}

    def add(self, problem: Problem) -> None:
        """Note a fault; the same one twice counts once."""
        self._faults[problem] = None

    def warn(self, problem: Problem) -> None:
        """Note a warning; the same one twice counts once."""
        self._warnings[problem] = None

    def extend(self, others: Problems) -> None:
        """Note all faults and warnings of another collection."""
        self._faults |= others._faults
        self._warnings |= others._warnings

    @property
    def faults(self) -> tuple[Problem, ...]:
        """All faults, ordered by file and line."""
        return tuple(sorted(self._faults))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """All warnings, ordered by file and line."""
        return tuple(sorted(self._warnings))

    def raise_faults(self) -> None:
        """Raise ContentInvalid with every fault, if there is one."""
        if self._faults:
            raise ContentInvalid(self.faults)


class ContentModel(BaseModel):
    """Base of the models that describe officers' files: no coercion, no unknown keys, no change afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def read_asset(path: Path, root: Path, problems: Problems, *, image: bool = False, asker: Node | None = None) -> bytes:
    """The bytes of a file that reports use; empty with the reason in ``problems``.

    ``image`` says that it must be one; a fault is told at ``asker``, the value that names the file, where there is
    one, else at the file itself.
    """
    name = path.relative_to(root).as_posix()
    fault = way_out = ""
    if image and path.suffix not in IMAGE_SUFFIXES:
        fault, way_out = "This kind of image cannot be used.", "Save it as SVG or PNG."
    elif not path.is_file():
        fault, way_out = f"The file {name} is missing.", f"Put it into {path.parent.relative_to(root).as_posix()}/."
    elif path.stat().st_size > MAX_ASSET_BYTES:
        fault, way_out = f"The file is larger than {MAX_ASSET_BYTES:,} bytes.", "Make it smaller."
    if fault:
        problems.add(asker.make_problem(fault, way_out) if asker else Problem(name, 0, fault, way_out))
        return b""
    return path.read_bytes()


def read_yaml(path: Path, root: Path, problems: Problems) -> Node | None:
    """Read one YAML file below ``root``; None where nothing can be read, with the reasons in ``problems``."""
    file = path.relative_to(root).as_posix()
    text = _read_text(path, file, problems)
    return None if text is None else read_yaml_text(text, file, problems)


def read_yaml_text(text: str, file: str, problems: Problems) -> Node | None:
    """Read YAML that never lay in the content folder, such as standard input; ``file`` names it in a problem."""
    try:
        found = Problems()
        node = _Reader(file, found, yaml.parse(text, Loader=_FAST)).read()
    except yaml.YAMLError:
        # What libyaml says of a fault is terse; PyYAML's own parser is slow and says where a thing began.
        return _read_slowly(text, file, problems)
    problems.extend(found)
    return node


def _read_slowly(text: str, file: str, problems: Problems) -> Node | None:
    try:
        return _Reader(file, problems, yaml.parse(text, Loader=yaml.SafeLoader)).read()
    except yaml.MarkedYAMLError as error:
        problems.add(_make_syntax_problem(file, error))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problems.add(Problem(file, line, "There is a character that no text can hold.", "Write the line anew."))
    return None


def check_model(node: Node, model: type[Model], problems: Problems) -> Model | None:
    """Check a value against a pydantic model; None where it does not fit, with every fault in ``problems``.

    Lists may fill tuples and sets, text may fill enums and days (YYYY-MM-DD), whole numbers may fill decimals;
    nothing else is converted.
    """
    try:
        # JSON is the form in which pydantic is strict about types yet takes lists for tuples and text for days.
        return model.model_validate_json(json.dumps(_make_json(node)))
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            problems.add(_make_model_problem(node, model, fault))
        return None


def suggest(word: str, known: Sequence[str]) -> str:
    """A way out for a word that is not known: the closest known one, else all of them."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean `{close[0]}`?"
    return f"Known here: {', '.join(sorted(known))}." if known else ""


def _read_text(path: Path, file: str, problems: Problems) -> str | None:
    """The file's text in NFC, or None with the reason in ``problems``."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        problems.add(Problem(file, 0, "The file is missing.", "Add it, or take out what refers to it."))
        return None
    except OSError as error:
        problems.add(Problem(file, 0, f"The file cannot be read ({error.strerror}).", "Check its name and rights."))
        return None
    if len(raw) > MAX_BYTES:
        problems.add(Problem(file, 0, f"The file is larger than {MAX_BYTES:,} bytes.", "Split it, or check its name."))
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.add(Problem(file, line, "A character here is not UTF-8.", "Save the file with the encoding UTF-8."))
        return None
    if not text.strip():
        problems.add(Problem(file, 0, "The file is empty.", "Write its content, or remove the file."))
        return None
    lines = text.splitlines()
    tabs = [number for number, line in enumerate(lines, 1) if "\t" in line[: len(line) - len(line.lstrip())]]
    invisible = [number for number, line in enumerate(text.split("\n"), 1) if _has_controls(line.rstrip("\r"))]
    if tabs:
        more = f" (and {len(tabs) - 1} more lines)" if len(tabs) > 1 else ""
        problems.add(Problem(file, tabs[0], f"The line{more} starts with a tab.", "Indent with spaces."))
    for number in invisible:
        problems.add(Problem(file, number, "There is an invisible control character.", "Write the line anew."))
    return None if tabs or invisible else unicodedata.normalize("NFC", text)


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(c) in {"Cc", "Cs"} and c not in _ALLOWED_CONTROLS for c in text)


class _Reader:
    """Builds nodes from the events of PyYAML's parser, before any resolver could guess a type."""

    def __init__(self, file: str, problems: Problems, events: Iterator[yaml.Event]) -> None:
        self.file, self.problems, self.events = file, problems, events

    def read(self) -> Node | None:
        root: Node | None = None
        for event in self.events:
            if not isinstance(event, yaml.NodeEvent):
                continue
            if root is not None:
                self.add(event, "A second document starts here.", "Keep one document in a file: take out the `---`.")
                return None
            root = self.read_value(event, _get_line(event), 1)
        if root is None:
            self.problems.add(Problem(self.file, 0, "The file is empty.", "Write its content, or remove the file."))
        return root

    def read_value(self, event: yaml.Event, line: int, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            self.add(event, f"The alias `*{event.anchor}` is not allowed.", "Write the value out.")
            return Node(self.file, line, None)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self.add(event, f"The anchor `&{event.anchor}` is not allowed.", "Take it out and write each value out.")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            self.add(event, f"The tag `{event.tag}` is not allowed.", "Take it out; quote the value to keep it text.")
        if isinstance(event, yaml.ScalarEvent):
            return Node(self.file, line, self.read_scalar(event))
        if depth > MAX_DEPTH:
            # Reading on could exhaust the stack; nothing an officer needs is nested so deep.
            self.add(event, "The values are nested too deep.", f"Use at most {MAX_DEPTH} levels.")
            self.skip_collection()
            return Node(self.file, line, None)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self.file, line, tuple(self.read_items(depth)))
        return Node(self.file, line, self.read_entries(depth))

    def skip_collection(self) -> None:
        depth = 1
        while depth:
            event = next(self.events)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)

    def read_items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            yield self.read_value(event, _get_line(event), depth + 1)

    def read_entries(self, depth: int) -> Mapping[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = _get_line(event)
            self.read_value(event, line, depth + 1)
            node = self.read_value(next(self.events), line, depth + 1)
            if not isinstance(event, yaml.ScalarEvent) or not event.value:
                self.add(event, "A key must be a single word.", "Write `key: value`.")
            elif event.value in entries:
                first = entries[event.value].line
                message = f"`{event.value}` is written twice: on line {first} and on line {line}."
                self.add(event, message, "Keep one of them.")
            else:
                entries[event.value] = node
        return entries

    def read_scalar(self, event: yaml.ScalarEvent) -> Scalar:
        text = str(event.value)
        if _has_controls(text):
            self.add(event, "The text holds an invisible control character.", "Take out the escape, such as \\0.")
        if event.style:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return Decimal(text) if _DECIMAL.fullmatch(text) else text

    def add(self, event: yaml.Event, message: str, way_out: str) -> None:
        self.problems.add(Problem(self.file, _get_line(event), message, way_out))


def _get_line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


_SYNTAX: tuple[tuple[str, str, str], ...] = (
    ("mapping values are not allowed", "There is a second `: ` in this line.", "Put the text in double quotes."),
    (r"'\t'", "There is a tab between the words.", "Use spaces."),
    ("cannot start any token", "A value starts with a character that YAML keeps for itself.", "Put it in quotes."),
    ("unexpected end of stream", "A quotation mark is opened here and never closed.", "Add the closing one."),
    ("could not find expected ':'", "There is a line without `key: value`.", "Write `key: value`, or indent the text."),
    ("expected <block end>", "This line does not fit the lines above.", "Check its indentation and quotation marks."),
    ("expected ',' or", "A bracket opened before is not closed, or a comma is missing.", "Close the bracket."),
    ("undefined alias", "An alias is not allowed.", "Write the value out."),
)


def _make_syntax_problem(file: str, error: yaml.MarkedYAMLError) -> Problem:
    """PyYAML's fault in plain words; an open quotation mark is shown where it opens."""
    said = error.problem or ""
    mark = (error.context_mark if "end of stream" in said else None) or error.problem_mark
    line = mark.line + 1 if mark else 0
    for part, message, way_out in _SYNTAX:
        if part in said:
            return Problem(file, line, message, way_out)
    return Problem(file, line, "The file cannot be read from this line on.", "Check indentation, quotes and brackets.")


def _make_json(node: Node) -> object:
    """The plain value with decimals as floats: at most 15 digits are read, which a float keeps exactly."""
    value = node.value
    if isinstance(value, Mapping):
        return {key: _make_json(child) for key, child in value.items()}
    if isinstance(value, tuple):
        return [_make_json(child) for child in value]
    return float(value) if isinstance(value, Decimal) else value


_TYPE_WORDS: Mapping[str, str] = {
    "string": "text",
    "int": "a whole number",
    "decimal": "a number",
    "float": "a number",
    "bool": "`true` or `false`",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "dict": "lines of `key: value`",
    "model": "lines of `key: value`",
    "date": "a day written YYYY-MM-DD",
}

_RANGE_WORDS: Mapping[str, str] = {
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "decimal_max_digits": "must have at most {max_digits} digits",
    "decimal_max_places": "must have at most {decimal_places} decimals",
}


def _make_model_problem(root: Node, model: type[BaseModel], fault: ErrorDetails) -> Problem:
    """One pydantic error as a problem at the line it is about."""
    path, context = fault["loc"], fault.get("ctx", {})
    node, name = root.at(*path), _make_name(path)
    match fault["type"]:
        case "missing":
            message, way_out = f"{name} is missing.", f"Add a line `{path[-1]}: ...`."
        case "extra_forbidden":
            known = _find_fields(model, path[:-1])
            message, way_out = f"{name} is not known here.", suggest(str(path[-1]), known) or "Take it out."
        case "literal_error" | "enum" if node.value is not None:
            known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
            message, way_out = f"{name} cannot be `{node.value}`.", suggest(str(node.value), known)
        case "value_error" | "assertion_error":
            message, way_out = f"{name}: {context.get('error', fault['msg'])}", ""
        case "string_pattern_mismatch":
            message, way_out = f"{name} cannot be written like this: `{node.value}`.", "See how others are written."
        case kind if kind in _RANGE_WORDS:
            message, way_out = f"{name} {_RANGE_WORDS[kind].format(**context)}.", ""
        case kind:
            message, way_out = _describe_type_fault(name, node.value, kind, fault["msg"])
    return node.make_problem(message, way_out)


def _describe_type_fault(name: str, written: object, kind: str, said: str) -> tuple[str, str]:
    """Message and way out where a value is of the wrong sort; ``kind`` and ``said`` are pydantic's."""
    words = _TYPE_WORDS.get(re.sub(r"_(?:attributes_type|type|parsing|from_\w+)$", "", kind))
    if written is None:
        return f"{name} is empty.", f"Write {words or 'a value'} there."
    if words == "text" and not isinstance(written, tuple | Mapping):
        return f"{name} must be text.", f'Put it in quotes: "{written}".'
    return (f"{name} must be {words}.", "") if words else (f"{name}: {said}.", "")


def _make_name(path: Sequence[str | int]) -> str:
    """What a person calls the place: "`title`", "Entry 3 of `choices`", "The file"."""
    if not path:
        return "The file"
    last = path[-1]
    if isinstance(last, str):
        return f"`{last}`"
    return f"Entry {last + 1}" + (f" of `{path[-2]}`" if len(path) > 1 else "")


def _find_fields(annotation: Any, path: Sequence[str | int]) -> list[str]:  # noqa: ANN401 - annotations are any object
    """The keys known at a path inside what an annotation describes."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _find_fields(get_args(annotation)[0], path)
    if origin in {types.UnionType, typing.Union}:
        return [name for option in get_args(annotation) for name in _find_fields(option, path)]
    if origin is not None:
        arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
        return _find_fields(arguments[-1], path[1:]) if arguments and path else []
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return []
    fields = {field.alias or name: field for name, field in annotation.model_fields.items()}
    if not path:
        return list(fields)
    return _find_fields(fields[path[0]].annotation, path[1:]) if path[0] in fields else []
