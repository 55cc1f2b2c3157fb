"""The guides in docs/ as their readers take them: examples with the file each belongs to, and commands to type.

The paragraph before a YAML block says where it goes, the paragraph's last sentence ending with a colon:

    Make `surveys/wellbeing/survey.yaml`...:                             a new file, written whole
    Add to `surveys` in `indicators/plans/sample.yaml`:                  at the end of that list
    Add to `sections` in `report_templates/...`, above `- kind: ...`:    in that list, above that line
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"(?P<before>[^\n]+(?:\n[^\n]+)*)\n\n```yaml\n(?P<text>.*?)```\n", re.DOTALL)
_ADD = re.compile(r"[Aa]dd to `(?P<key>\w+)` in `(?P<file>[^`]+)`(?:, above `(?P<above>[^`]+)`)?")
_MAKE = re.compile(r"Make `(?P<file>[^`]+)`")


@dataclass(frozen=True)
class Example:
    """A block of YAML and its place: a whole file, or with ``key`` entries of a list, ``above`` a line or last."""

    file: str
    text: str
    key: str = ""
    above: str = ""


def read_examples(guide: Path) -> tuple[Example, ...]:
    """Every YAML block of a guide in its order. Raises ValueError for one whose place is not said."""
    text = guide.read_text(encoding="utf-8")
    examples = tuple(_make_example(found["before"], found["text"]) for found in _BLOCK.finditer(text))
    if len(examples) != text.count("```yaml"):
        raise ValueError(f"{guide.name} has a block without a paragraph before it")
    return examples


def follow(examples: Iterable[Example], root: Path) -> None:
    """Do with the content files below ``root`` what a guide says. Raises ValueError where it cannot be done."""
    for example in examples:
        path = root / example.file
        if example.key:
            path.write_text(_insert(path.read_text(encoding="utf-8"), example), encoding="utf-8")
        elif path.exists():
            raise ValueError(f"{example.file} is there already")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(example.text, encoding="utf-8")


def read_commands(guide: Path) -> tuple[str, ...]:
    """The command lines a guide sets apart (indented by four spaces), without the remarks beside them."""
    lines = re.findall(r"^    (me [^\n#]+)", guide.read_text(encoding="utf-8"), re.MULTILINE)
    return tuple(line.strip() for line in lines)


def _make_example(before: str, text: str) -> Example:
    said = " ".join(before.split())
    places = [*_ADD.finditer(said), *_MAKE.finditer(said)]
    if len(places) != 1 or not said.endswith(":"):
        raise ValueError(f"where does the example after this belong: {said}")
    return Example(text=text, **{name: value or "" for name, value in places[0].groupdict().items()})


def _insert(text: str, example: Example) -> str:
    """The file with the example's lines in the list under its key."""
    lines = text.splitlines(keepends=True)
    start = lines.index(f"{example.key}:\n") + 1
    after = (place for place, line in enumerate(lines[start:], start) if re.match(r"\w", line))
    end = next(after, len(lines))
    if example.above:
        [place] = [start + number for number, line in enumerate(lines[start:end]) if line.strip() == example.above]
    else:
        place = max(place for place in range(start, end) if lines[place].strip()) + 1
    return "".join([*lines[:place], example.text, *lines[place:]])
