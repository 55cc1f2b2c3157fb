"""Fingerprints: what tells that two versions of a survey or of a consent text ask the same.

The version is the officers' name for it; the fingerprint is made from the words themselves, so that a change
without a new version cannot hide. Both travel with every response and every decision.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from me_platform.surveys.definition import Choice, Purpose, Question, Text


def compute_survey_fingerprint(
    survey_id: str,
    languages: Sequence[str],
    questions: Sequence[Question],
    calculations: Mapping[str, str] | None = None,
) -> str:
    """SHA-256 (hex) over everything that is asked, in order and in every language.

    How answers are later judged (``positive``) or shown (``about``), the waves and the title are not asked and
    stay outside.
    """
    asked = {"id": survey_id, "languages": list(languages), "questions": [_describe(q) for q in questions]}
    return _compute_hash(asked | ({"calculations": dict(calculations)} if calculations else {}))


def compute_consent_fingerprint(purpose: Purpose, version: str, title: Text, body: Text, again: Text) -> str:
    """SHA-256 (hex) over the words of one purpose in every language; an empty ``again`` changes nothing."""
    words = {"purpose": purpose.value, "version": version, "title": dict(title), "body": dict(body)}
    return _compute_hash({**words, "again": dict(again)} if again else words)


def _describe(question: Question) -> Mapping[str, object]:
    return {
        "name": question.name,
        "kind": question.kind,
        "prompt": dict(question.prompt),
        "hint": dict(question.hint),
        "choices": [_describe_choice(choice) for choice in question.choices],
        "bounds": [question.low, question.high, question.max_length],
        "ends": [dict(end) for end in question.ends or ()],
        "when": question.when,
        "waves": list(question.waves),
        # Only where there are any: surveys from before there were such keep their fingerprints.
        **({"check": [question.check, dict(question.message)]} if question.check else {}),
        **({"days": [question.precision, question.first, question.last]} if question.precision else {}),
    }


def _describe_choice(choice: Choice) -> Sequence[object]:
    told: list[object] = [choice.value, choice.state.value, dict(choice.label), choice.face]
    return [*told, *(["exclusive"] if choice.exclusive else ()), *([choice.picture] if choice.picture else ())]


def _compute_hash(content: Mapping[str, object]) -> str:
    """SHA-256 of canonical JSON: sorted keys, no blanks, UTF-8."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
