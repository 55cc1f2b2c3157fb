"""What of a survey can be listened to, what its recordings are called, and which file says what.

    surveys/<id>/audio/<language>/<item>.mp3   an officer's recording; without one a voice is made (services.audio)
    <instance>/audio/index.json                what is spoken -> name of the file beside it that says it

The survey site reads the folder once, when it starts. A text that was changed since it was spoken has no file:
nobody ever hears other words than those on the page. Without files a page simply has nothing to listen to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from me_platform.content import Problems, suggest
from me_platform.errors import Problem, ProgramError
from me_platform.surveys.definition import ConsentText, Question, Survey, Text

FOLDER, INDEX = "audio", "index.json"

SUFFIX, MEDIA_TYPE = ".mp3", "audio/mpeg"
"""The one format: every phone's browser plays it (docs/decisions/0025)."""

NAME_LENGTH = 16
"""Characters of a file's name and address: 80 bits nobody can guess."""

MAX_BYTES = 200_000
"""Largest file; at the 2,000 bytes a second of a made voice it lasts 100 seconds."""

CHOICE = "choice"
"""``choice.yes`` says the choice ``yes`` of every question of a survey, where its words are the same everywhere."""


class RecordingUnfit(ProgramError):
    """A file that no page can play."""


@dataclass(frozen=True)
class Spoken:
    """One text to listen to: the name of its recording, a second name that serves as well, and its words.

    ``item`` is ``<question>``, ``<question>.<choice>``, ``consent.<purpose>`` or ``consent.<purpose>.again``.
    """

    item: str
    text: Text
    shared: str = ""

    def has_gap(self, language: str) -> bool:
        """Whether an answer is put into the words of this language, so that no file made before can say them."""
        return "${" in self.text[language]


@dataclass(frozen=True)
class Library:
    """What can be listened to at a survey site: which name says an item, and where the file of a name lies."""

    names: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)

    def find_name(self, survey: str, language: str, item: str) -> str:
        """The name of the file that says an item of a survey in a language; empty where none does."""
        return self.names.get((survey, language, item), "")

    def speaks(self, survey: str, language: str) -> bool:
        """Whether anything of a survey can be listened to in a language."""
        return (survey, language) in self._speaking

    @cached_property
    def _speaking(self) -> frozenset[tuple[str, str]]:
        return frozenset((survey, language) for survey, language, _item in self.names)

    def find_file(self, name: str) -> Path | None:
        """The file of a name, or None."""
        return self.files.get(name)


def list_spoken(survey: Survey) -> tuple[Spoken, ...]:
    """Every text of a survey that can be listened to, in the order of its pages.

    A question's item says prompt, hint and the words at both ends of a scale; each choice is an item of its own. A
    purpose's item says title and body; ``.again`` is the plainer wording.
    """
    spoken = [each for text in survey.consent for each in _list_consent(text)]
    for question in survey.questions:
        spoken.append(Spoken(question.name, _make_question_words(question, survey.languages)))
        spoken += [
            Spoken(f"{question.name}.{choice.value}", choice.label, f"{CHOICE}.{choice.value}")
            for choice in question.choices
        ]
    return tuple(spoken)


def _list_consent(text: ConsentText) -> Iterator[Spoken]:
    words = {language: _join(title, text.body[language]) for language, title in text.title.items()}
    yield Spoken(f"consent.{text.purpose}", words)
    if text.again:
        yield Spoken(f"consent.{text.purpose}.again", {each: _join(again) for each, again in text.again.items()})


def _make_question_words(question: Question, languages: tuple[str, ...]) -> Text:
    ends = tuple(zip((question.low, question.high), question.ends or (), strict=False))
    return {
        language: _join(
            question.prompt[language],
            question.hint.get(language, ""),
            *(f"{number}: {end[language]}" for number, end in ends),
        )
        for language in languages
    }


def _join(*parts: str) -> str:
    """Sentences one after the other, each with an end that makes a voice pause."""
    said = (" ".join(part.split()) for part in parts)
    return " ".join(part if part[-1] in ".?!…:؟" else f"{part}." for part in said if part)


def compute_key(survey: str, language: str, spoken: Spoken) -> str:
    """What the index calls one text: SHA-256 (hex) over survey, language, item and exact words."""
    content = [survey, language, spoken.item, spoken.text[language]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def read_library(folder: Path, surveys: Mapping[str, Survey]) -> Library:
    """What an instance can say of these surveys. Empty where nothing was made yet, or the folder cannot be read.

    Audio is never worth a survey: a broken index is as good as none (`me audio` writes it anew).
    """
    index = read_index(folder)
    if not index:
        return Library()
    try:
        files = {path.stem: path for path in folder.iterdir() if path.suffix == SUFFIX}
    except OSError:
        return Library()
    names = {
        (survey.id, language, spoken.item): index.get(compute_key(survey.id, language, spoken), "")
        for survey in surveys.values()
        for spoken in list_spoken(survey)
        for language in survey.languages
    }
    return Library({place: name for place, name in names.items() if name in files}, files)


def read_index(folder: Path) -> Mapping[str, str]:
    """The index of an instance's audio; empty where there is none that can be read."""
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(name) for key, name in index.items()} if isinstance(index, dict) else {}


# -- recordings -----------------------------------------------------------------------------------------------------


def get_recordings_folder(root: Path, survey: str) -> Path:
    """The folder of a survey's recordings below the content root."""
    return root / "surveys" / survey / FOLDER


def find_recording(root: Path, survey: Survey, language: str, spoken: Spoken) -> Path | None:
    """The recording of a text, or None."""
    folder = get_recordings_folder(root, survey.id) / language
    if not folder.is_dir():
        return None
    names = [spoken.item]
    if spoken.shared and len(_list_labels(survey, language, spoken.shared)) == 1:
        names.append(spoken.shared)
    return next((path for name in names if (path := folder / f"{name}{SUFFIX}").is_file()), None)


def _list_labels(survey: Survey, language: str, shared: str) -> set[str]:
    """The words that stand under a shared name in a survey."""
    return {each.text[language] for each in list_spoken(survey) if each.shared == shared}


def read_recording(data: bytes) -> bytes:
    """The sound of an MP3 without its tags: they may name a person, a place or a device.

    Raises RecordingUnfit for bytes that are no MP3, and for more than ``MAX_BYTES`` of sound.
    """
    while data[:3] == b"ID3" and len(data) > _ID3_HEAD:
        size = sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
        data = data[_ID3_HEAD + size + (_ID3_HEAD if data[5] & 0x10 else 0) :]
    if data[-128:-125] == b"TAG":
        data = data[:-128]
    # A frame of MPEG layer III begins with eleven bits that are set, and the layer's two.
    if len(data) < _ID3_HEAD or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:  # noqa: PLR2004
        raise RecordingUnfit("It is no MP3.")
    if len(data) > MAX_BYTES:
        raise RecordingUnfit(f"It is larger than {MAX_BYTES:,} bytes.")
    return data


_ID3_HEAD = 10
"""Bytes of the head of an ID3v2 tag, and of its foot."""


def check_recordings(root: Path, survey: Survey, problems: Problems) -> None:
    """Warn of recordings that no page would play: a name no text has, another format, too large."""
    folder = get_recordings_folder(root, survey.id)
    known = {name for each in list_spoken(survey) for name in (each.item, each.shared) if name}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_dir() or path.name.startswith("."):
            continue
        file, language = path.relative_to(root).as_posix(), path.parent.name
        if path.parent.parent != folder or language not in survey.languages:
            way_out = f"Put it into a folder of a language: {', '.join(survey.languages)}."
            problems.warn(Problem(file, 0, "This recording is in no language of the survey.", way_out))
        elif path.suffix != SUFFIX:
            problems.warn(Problem(file, 0, "This kind of recording is not played.", "Save it as MP3."))
        elif path.stem not in known:
            problems.warn(Problem(file, 0, f"No text is called `{path.stem}`.", suggest(path.stem, sorted(known))))
        elif len(_list_labels(survey, language, path.stem)) > 1:
            message = "This recording is not played: the choice has other words in another question."
            problems.warn(Problem(file, 0, message, "Name it `<question>.<choice>`, once for each question."))
        else:
            try:
                read_recording(path.read_bytes())
            except (OSError, RecordingUnfit) as error:
                way_out = "Save it as MP3: one channel, 16 kHz, 16 to 32 kilobits a second."
                problems.warn(Problem(file, 0, f"This recording is not played: {error}", way_out))
