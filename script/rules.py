"""docs/rules.md: the rules every figure keeps, the known defects it must not have, and the tests that hold each.

    python -m script.rules > docs/rules.md

A test holds a rule or guards against a defect when its docstring, or a comment on a line of its own table, names it:
"R6", "R1-R3", "R22 to R28", "defect j", "defects a, b, h and l", "defects e to h".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase

ROOT = Path(__file__).parents[1]

RULES: Mapping[str, str] = {
    "R0": (
        "Services count on the plan's ground unless the person objected; answers and narratives only with her "
        "consent to statistics, words only with that to a quote."
    ),
    "R1": (
        "A share over organisations or periods is made of the sums of its two counts; percentages are never averaged."
    ),
    "R2": "Nothing out of nothing is no value; nobody out of somebody is 0 % with its interval.",
    "R3": (
        "What somebody answered and what kind of figure is printed are two closed lists, kept apart "
        "everywhere. 0 is a value."
    ),
    "R4": "Every percentage prints n of N, and the report says where N comes from; the stages of the flow add up.",
    "R5": "Response and non-response stand beside every organisation's figures; nothing is imputed.",
    "R6": (
        "Baseline is the first valid answer in its window, follow-up the last valid one in its, to one "
        "version of the instrument; one row per person."
    ),
    "R7": "A change is shown with where those began who could not be measured again.",
    "R8": "Improved, same, worse and not measurable add up to everybody.",
    "R9": "Unique people: those new in each period add up to the cumulative number; those served in each never do.",
    "R10": "The first-counted date stays: what happens later moves nobody out of a reported period.",
    "R11": "What a table goes by is fixed at the declared date; a later correction is a restatement.",
    "R12": "People of several organisations are joined by link card where they agreed, else told by bounds.",
    "R13": (
        "The link card is the only thing by which organisations' people are joined; nothing readable leaves "
        "an organisation."
    ),
    "R14": "Stocks take the last value, flows the sum, scores are counted afresh.",
    "R15": "Correcting an old period overwrites no later one; a cumulative total is the last, not the sum.",
    "R16": (
        "Progress is the way gone from baseline to target, in both directions, never capped, with absolute "
        "values beside it."
    ),
    "R17": "The end target is written down, not added up from those of periods.",
    "R18": "Parts and unknown add up to the total; where parts may exceed it the table says so.",
    "R19": "Small numbers are protected as privacy-and-safety part 3 says.",
    "R20": "Intervals by the method for the kind; under 10 answers no percentage.",
    "R21": "No stars for significance, and no sentence that claims a cause.",
    "R22": (
        "The day of the event places a record; the cut-off decides what is known; what comes later is in the "
        "next snapshot."
    ),
    "R23": (
        "A snapshot is immutable, and the same records give the same hash; the same snapshot gives the same "
        "bytes of a PDF."
    ),
    "R24": "What differs between two snapshots is told with old, new and cause, and the causes explain all of it.",
    "R25": "Consent taken back after a freeze: what was delivered stands, the next snapshot is without the person.",
    "R26": (
        "Every printed number leads to its definition, counts, inclusions and exclusions; records behind a "
        "survey's figure have a pseudonym of that snapshot only."
    ),
    "R27": "A full recomputation over those still there equals what is stored, and says how many were erased.",
    "R28": "Editing a definition makes a new version; past snapshots keep theirs.",
    "R29": "Printed values are decimals, rounded once by one rule; parts that do not add to 100 get a note.",
    "R30": (
        "Themes are counts of reports by a code book with a version; a quote needs its consent and a second person."
    ),
    "R31": "Organisations are never ranked.",
    "R32": "Time zones, leap days and project years are right, and overlapping periods are refused.",
}
"""The rules of numbers in our own short words."""

DEFECTS: Mapping[str, str] = {
    "a": "0 out of 0 is printed as 0.",
    "b": "A true 0 is stored as nothing.",
    "c": "Progress beyond the target is capped by taking the larger number.",
    "d": "A cumulative total adds up the last entry of each user, and counts twice when staff change.",
    "e": "Progress is actual over target, whatever the baseline and the direction.",
    "f": "A precedence error: target less a share of it.",
    "g": "Where target and baseline are one, the percentage of the period before is printed.",
    "h": "A ratio over 0 becomes 0, and so does progress below the baseline.",
    "i": "Editing a definition rewrites reports that were accepted.",
    "j": "What is missing becomes 0; a blank form counts as satisfied.",
    "k": "Percentages are averaged.",
    "l": "The average of nothing is 0.",
    "m": "A later event moves a person out of a past period, which shrinks.",
    "n": "One section of a report prints another section's field.",
    "o": "WHO-5 is scored as raw less 5 times 4 instead of raw times 4.",
}
"""Defects seen in systems of the field, each a test here."""

_RULE = re.compile(r"\bR(\d+)(?:(?:-| to )R?(\d+))?\b")
_DEFECTS = re.compile(r"\bdefects? ([a-o]\b(?:(?:, | and | to )[a-o]\b)*)", re.IGNORECASE)


@dataclass(frozen=True)
class Holder:
    """A test, and the rules and defects it names."""

    file: str
    name: str
    holds: frozenset[str]


def list_holders(folder: Path = ROOT / "tests") -> Iterator[Holder]:
    """Every test function below a folder that names a rule or a defect, by file and place."""
    for path in sorted(folder.rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                # A parametrized test names in its cases what each of them is about.
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                cases = "\n".join(source.splitlines()[first - 1 : node.lineno])
                holds = find_named(f"{cases}\n{ast.get_docstring(node) or ''}")
                if holds:
                    yield Holder(str(path.relative_to(ROOT)), node.name, holds)


def find_named(text: str) -> frozenset[str]:
    """The rules (R6) and defects (a) a text names; a range names all between its ends."""
    found = set()
    for first, last in _RULE.findall(text):
        found |= {f"R{number}" for number in range(int(first), int(last or first) + 1)}
    for letters in _DEFECTS.findall(text):
        parts = re.split(r"(, | and | to )", letters.lower())
        for word, letter in zip(["", *parts[1::2]], parts[::2], strict=True):
            if word == " to ":
                start = ascii_lowercase.index(parts[parts.index(letter) - 2])
                found |= set(ascii_lowercase[start : ascii_lowercase.index(letter)])
            found.add(letter)
    return frozenset(found)


def make_rules() -> str:
    """docs/rules.md."""
    holders = list(list_holders())
    parts = [
        "# Rules of numbers, and what holds them",
        "",
        "Made by `python -m script.rules > docs/rules.md`; a test compares the two. Each rule is held by tests that",
        "name it; `script/test` runs all of them. An officer may be asked for this page by an auditor.",
        "",
    ]
    for known, title in ((RULES, "{}"), (DEFECTS, "Defect {}")):
        for name, words in known.items():
            mine = [holder for holder in holders if name in holder.holds]
            parts += [f"## {title.format(name)}", "", words, ""]
            parts += ["| test | in |", "|---|---|"] if mine else ["No test names it yet."]
            parts += [f"| {holder.name.removeprefix('test_').replace('_', ' ')} | `{holder.file}` |" for holder in mine]
            parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    print(make_rules(), end="")
