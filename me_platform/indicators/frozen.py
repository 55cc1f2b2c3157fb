"""Definitions as a snapshot keeps them: plan, indicators and surveys as one text, and read from it again (R28).

What a figure was made by must still be known when the officers' files say something else. Kept is everything that
decides a number or explains it; the words of consent have versions and fingerprints of their own.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from me_platform.indicators.definition import CodeBook, Indicator, Plan
from me_platform.indicators.loading import make_plain
from me_platform.surveys.definition import Survey

NARRATIVES = "narratives"


@dataclass(frozen=True)
class Definitions:
    """What the figures of a plan are made by: the plan, its indicators by code, its surveys by id, its code book.

    The code book is None where no indicator counts narratives.
    """

    plan: Plan
    indicators: Mapping[str, Indicator]
    surveys: Mapping[str, Survey]
    book: CodeBook | None = None


_READER = TypeAdapter(Definitions)


def choose_definitions(
    plan: Plan, indicators: Mapping[str, Indicator], surveys: Mapping[str, Survey], book: CodeBook | None = None
) -> Definitions:
    """Those of the definitions that a plan uses. Raises KeyError for an indicator or survey that is not given."""
    chosen = {each.indicator: indicators[each.indicator] for each in plan.indicators}
    return Definitions(
        plan,
        chosen,
        {name: surveys[name] for name in plan.surveys},
        book if any(each.source.kind == NARRATIVES for each in chosen.values()) else None,
    )


def encode_definitions(definitions: Definitions) -> str:
    """The definitions as text, squeezed: a snapshot holds one such text in every part."""
    data = json.dumps(make_definition_content(definitions), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return base64.b64encode(zlib.compress(data.encode(), 9)).decode()


def decode_definitions(text: str) -> Definitions:
    """What ``encode_definitions`` made. A field that later releases added takes its default."""
    return _READER.validate_python(json.loads(zlib.decompress(base64.b64decode(text))))


def make_definition_content(definitions: Definitions) -> dict[str, Any]:
    """The definitions in what JSON knows, without emblems and the words of consent."""
    kept = Definitions(
        replace(definitions.plan, emblems=()),
        definitions.indicators,
        {name: replace(survey, consent=(), guardian=()) for name, survey in definitions.surveys.items()},
        definitions.book,
    )
    content = make_plain(kept)
    assert isinstance(content, dict)  # noqa: S101 - a dataclass gives its fields by name
    return content if definitions.book else {name: piece for name, piece in content.items() if name != "book"}
