"""Sound for tests: silence that every player takes for an MP3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from me_platform.surveys.audio import INDEX, SUFFIX, Library, compute_key, list_spoken, read_library
from me_platform.surveys.definition import Survey

FRAME = b"\xff\xf3\x28\xc4" + bytes(68)
"""36 ms of MPEG-2 layer III: one channel, 16 kHz, 16 kilobits a second."""


def make_silence(seconds: float = 3) -> bytes:
    return FRAME * round(seconds / 0.036)


def make_library(folder: Path, surveys: Mapping[str, Survey]) -> Library:
    """An instance's audio in which every text of these surveys has a file of silence, named by its place."""
    index = {}
    places = [
        compute_key(survey.id, language, spoken)
        for survey in surveys.values()
        for spoken in list_spoken(survey)
        for language in survey.languages
    ]
    for number, key in enumerate(places):
        index[key] = f"sound{number:011}"
        (folder / f"{index[key]}{SUFFIX}").write_bytes(make_silence())
    (folder / INDEX).write_text(json.dumps(index))
    return read_library(folder, surveys)
