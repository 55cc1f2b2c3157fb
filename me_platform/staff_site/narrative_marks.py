"""Help for reading: what in a text may tell who somebody is, and what differs between two texts.

The marks are a help for the second person and no check: a nickname in small letters, an event everybody in town
knows, or a script without capital letters tells as much and is not found.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

NAME, NUMBER, DATE, CONTACT, PLACE = "name", "number", "date", "contact", "place"

SAME, ADDED, REMOVED = "same", "added", "removed"

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "janvār|februār|mart|aprīl|maij|jūnij|jūlij|august|septembr|oktobr|novembr|decembr"
)
_FOUND = re.compile(
    rf"""
    (?P<date>\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}\.?
        | \d{{1,2}}(?:st|[nr]d|th|\.)?\s+(?:{_MONTHS})\w*
        | (?:{_MONTHS})\w*\s+\d{{1,4}})
    | (?P<contact>[\w.+-]+@[\w-]+\.[\w.-]+ | https?://\S+ | www\.\S+ | @\w{{2,}} | \+?\d[\d\s()/-]{{6,}}\d)
    | (?P<number>\d+(?:[.,]\d+)*)
    | (?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_SHORT, _ENDING = 4, 3
_SENTENCE_ENDS = frozenset(".!?…:\n")
_OPENERS = "\"'„“”«»‘’(–—- \t"


@dataclass(frozen=True)
class Part:
    """A stretch of a text; ``kind`` says what it may be, or how it differs. Empty: nothing to say."""

    text: str
    kind: str = ""


def list_marks(text: str, places: Collection[str] = ()) -> list[Part]:
    """The text in parts, those marked that may tell who somebody is.

    ``places`` are known names of places and organisations; with another ending ("Latvijā") they are found as well.
    """
    known = tuple({place.casefold() for place in places})
    parts: list[Part] = []
    at = 0
    for found in _FOUND.finditer(text):
        kind = found.lastgroup or ""
        if kind == "word":
            kind = _find_kind(text, found.start(), found[0], known)
        if kind:
            parts += [Part(text[at : found.start()]), Part(found[0], kind)]
            at = found.end()
    return [part for part in (*parts, Part(text[at:])) if part.text]


def _find_kind(text: str, start: int, word: str, places: Collection[str]) -> str:
    if word[0].isupper() and any(_is_form(word.casefold(), place) for place in places):
        return PLACE
    if not word[0].isupper():
        return ""
    before = text[:start].rstrip(_OPENERS)
    inside = bool(before) and before[-1] not in _SENTENCE_ENDS
    # The English "I" is a capital everywhere and nobody's name.
    return NAME if inside and word not in {"I", "I’m", "I'm", "I’ve", "I've", "I’d", "I'd", "I’ll", "I'll"} else ""


def _is_form(word: str, place: str) -> bool:
    """Whether the word is the place in one of its cases: all but the last letter, and an ending of at most three."""
    stem = place[:-1] if len(place) > _SHORT else place
    return word.startswith(stem) and len(word) <= len(place) + _ENDING


def compare_texts(old: str, new: str) -> list[Part]:
    """Both texts in one, word by word: what stayed, what was taken out, what was put in."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    return list(_join(before, after))


def _join(before: list[str], after: list[str]) -> Iterator[Part]:
    for change, low, high, left, right in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if change == "equal":
            yield Part("".join(before[low:high]), SAME)
            continue
        if high > low:
            yield Part("".join(before[low:high]), REMOVED)
        if right > left:
            yield Part("".join(after[left:right]), ADDED)
