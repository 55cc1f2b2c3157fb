"""Earlier answers inside later words: ``${name}`` in a prompt, a hint or the message of a check."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PLACE = re.compile(r"\$\{\s*([a-z][a-z0-9_]*)\s*\}")

BLANK = "\N{HORIZONTAL ELLIPSIS}"
"""What stands where there is no answer to be told."""


def find_piped(text: str) -> frozenset[str]:
    """The names a text speaks of."""
    return frozenset(_PLACE.findall(text))


def has_fault(text: str) -> bool:
    """Whether a text holds something that was meant to be the place of an answer and is none."""
    return "${" in _PLACE.sub("", text)


def split_piped(text: str) -> Iterator[tuple[str, str]]:
    """The text in its order: words, each with the name whose answer follows them; empty behind the last words."""
    *parts, rest = _PLACE.split(text)
    yield from zip(parts[::2], parts[1::2], strict=True)
    yield rest, ""
