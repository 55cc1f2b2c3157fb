"""A sitting's draft as JSON for sealing, and back.

Every draft of a survey is sealed at one size, ``compute_draft_capacity``, so that its length tells nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from me_platform.surveys.answers import compute_capacity
from me_platform.surveys.definition import Mode, Purpose, Survey
from me_platform.surveys.flow import DONE_PAGES, Draft, restart
from me_platform.surveys.question_types import decode_answer, encode_answer

_FRAME = 1024
"""Bytes for everything but the answers: ids, keys in hexadecimal, consents, a time."""


def encode_draft(draft: Draft, survey: Survey) -> bytes:
    """The draft as compact UTF-8 JSON of at most ``compute_draft_capacity(survey)`` bytes."""
    content = {
        "survey": draft.survey,
        "fingerprint": draft.fingerprint,
        "wave": draft.wave,
        "door": draft.door.hex(),
        "language": draft.language,
        "page": draft.page,
        "submission_key": draft.submission_key.hex(),
        "receipt_code": draft.receipt_code,
        "seen": draft.seen.isoformat(),
        "consents": {purpose.value: given for purpose, given in draft.consents.items()},
        "answers": {name: encode_answer(answer, survey.get_question(name)) for name, answer in draft.answers.items()},
        "paused": draft.paused,
        "sent": draft.sent.hex(),
        "mode": draft.mode.value,
        "reviewing": draft.reviewing,
        "alerted": draft.alerted,
        "linked": draft.linked,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def decode_draft(data: bytes, surveys: Mapping[str, Survey]) -> Draft | None:
    """The draft written by ``encode_draft``; None where its survey is gone.

    Where the survey has changed since, the sitting starts anew.
    """
    content = json.loads(data)
    survey = surveys.get(content["survey"])
    if survey is None:
        return None
    same = content["fingerprint"] == survey.fingerprint
    answers = content["answers"] if same else {}
    draft = Draft(
        survey=survey.id,
        fingerprint=survey.fingerprint,
        wave=content["wave"],
        door=bytes.fromhex(content["door"]),
        language=content["language"] if content["language"] in survey.offered else survey.offered[0],
        page=content["page"],
        submission_key=bytes.fromhex(content["submission_key"]),
        receipt_code=content["receipt_code"],
        seen=datetime.fromisoformat(content["seen"]),
        consents={Purpose(name): given for name, given in content["consents"].items()},
        answers={name: decode_answer(pair, survey.get_question(name)) for name, pair in answers.items()},
        paused=content["paused"],
        sent=bytes.fromhex(content["sent"]),
        mode=Mode(content["mode"]),
        # A draft of before there was a review does not say.
        reviewing=content.get("reviewing", False),
        alerted=content.get("alerted", False),
        linked=content.get("linked", False),
    )
    return draft if same or draft.page in DONE_PAGES else restart(draft, survey)


def compute_draft_capacity(survey: Survey) -> int:
    """Bytes that hold every possible draft of this version of the survey."""
    return compute_capacity(survey) + _FRAME
