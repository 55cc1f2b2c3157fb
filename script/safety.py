"""docs/safety.md: what people at the survivor's door are promised, and the tests that hold each promise.

    python -m script.safety > docs/safety.md

A test holds a promise when its docstring names it: "privacy-and-safety 1.2", "1.1, 1.7" or "1.3 to 1.5".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

PROMISES: Mapping[str, tuple[str, str]] = {
    "1.1": (
        "Nobody needs an account",
        (
            "A short code that is typed, or a link. The database keeps an HMAC of it under a pepper it does not "
            "hold. Looking changes nothing, opening is one tap. A code is spent when answers are sent. Wrong "
            "codes are limited in total, and wrong, used, expired and unknown codes get the same answer."
        ),
    ),
    "1.2": (
        "What is not sent is closed to everybody",
        (
            "A draft lies sealed under a key that only the cookie, or after a pause the receipt code, opens. What "
            "was sent is sealed to the person: no survey process can read it again. Thirty idle minutes end a "
            "draft. A form for another page changes nothing."
        ),
    ),
    "1.3": (
        "One address and one title",
        (
            "Every page is called the same and lies at the same address. The Back button shows the present or the "
            "start page. Nothing is kept in the browser, nothing is asked of a third party."
        ),
    ),
    "1.4": (
        "Nothing about a visit is kept",
        (
            "Pages are not cached, the cookie is strict and ends with the browser, and no address, browser or "
            "query is stored or logged."
        ),
    ),
    "1.5": (
        "Leaving at once",
        (
            "Quick exit is on every page, with and without a script, by button, by keyboard and by triple tap. A "
            "page at the start says how, and what it cannot do."
        ),
    ),
    "1.6": (
        "Consent for each purpose",
        (
            "Each purpose is asked on its own, in plain words. Refusing costs nothing. Decisions are only ever "
            "added, and withdrawing takes no more taps than giving."
        ),
    ),
    "1.7": (
        "The receipt code gives control back",
        (
            "With it a person sees what she agreed to, changes it and takes answers back. They leave every figure "
            "at once and are deleted soon after; the page shows when."
        ),
    ),
    "1.8": (
        "Every question can be left out",
        (
            "Skipping, not wanting to say, not knowing and not applying weigh the same as an answer, and an "
            "answer can be taken away again. One question a page, in the person's language, from right to left "
            "where it is written so, with contacts on every page."
        ),
    ),
    "1.9": (
        "What is never asked",
        (
            "Nothing about the exploitation, police, residence, address, religion, orientation, pregnancy or "
            "illness is asked, and nothing that names a device is stored."
        ),
    ),
    "1.10": (
        "What staff see of a survey",
        (
            "That it is due and that a code was handed over; never whether somebody answered, and no answer of a "
            "named person."
        ),
    ),
    "1.11": (
        "Talking to someone",
        ("A wish to be contacted is sealed to those on duty. The page says who sees it, when, and whom to call now."),
    ),
    "1.12": (
        "Help with answering is told apart",
        ("Answers given by phone, in person, with an interpreter or a mediator, or on paper are marked as such."),
    ),
}
"""Part 1 of what survivors are promised, in our own short words."""

_NAMED = re.compile(r"privacy-and-safety (?P<numbers>\d\.\d+(?:(?:, | and | to )\d\.\d+)*)")


@dataclass(frozen=True)
class Holder:
    """A test that names promises in its docstring."""

    file: str
    name: str
    says: str
    promises: frozenset[str]


def list_holders(folder: Path = ROOT / "tests") -> Iterator[Holder]:
    """Every test function below a folder whose docstring names a promise, by file and place."""
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                says = " ".join((ast.get_docstring(node) or "").split())
                promises = find_promises(says)
                if promises:
                    yield Holder(str(path.relative_to(ROOT)), node.name, says, promises)


def find_promises(text: str) -> frozenset[str]:
    """The numbers of the promises a text names; a range names all between its ends."""
    found: set[str] = set()
    for match in _NAMED.finditer(text):
        parts = re.split(r"(, | and | to )", match["numbers"])
        found.add(parts[0])
        for word, number in zip(parts[1::2], parts[2::2], strict=True):
            if word == " to ":
                part, first = parts[parts.index(number) - 2].split(".")
                found |= {f"{part}.{each}" for each in range(int(first), int(number.partition(".")[2]) + 1)}
            found.add(number)
    return frozenset(found)


def make_safety() -> str:
    """docs/safety.md."""
    holders = list(list_holders())
    parts = [
        "# Safety: what is promised, and what holds it",
        "",
        "Made by `python -m script.safety > docs/safety.md`; a test compares the two. Each promise to people at the",
        "survivor's door is held by tests that name it; `script/test` runs all of them.",
        "",
    ]
    for number, (title, words) in PROMISES.items():
        parts += [f"## {number} {title}", "", words, "", "| test | in |", "|---|---|"]
        parts += [
            f"| {holder.name.removeprefix('test_').replace('_', ' ')} | `{holder.file}` |"
            for holder in holders
            if number in holder.promises
        ]
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    print(make_safety(), end="")
