"""Make what can be listened to at the survey site: recordings are taken over, the rest is spoken by a command.

Nothing here is worth a survey: what cannot be spoken is counted and told, and its page has no play button.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from me_platform.errors import FileUnwritable, ProgramError
from me_platform.sealing.envelope import compute_code_mac
from me_platform.surveys.audio import (
    INDEX,
    NAME_LENGTH,
    SUFFIX,
    RecordingUnfit,
    Spoken,
    compute_key,
    find_recording,
    list_spoken,
    read_index,
    read_recording,
)
from me_platform.surveys.definition import FILLED_IN_BY_STAFF, Survey

Command = Sequence[Sequence[str]]
"""The programs of a voice, each with its arguments; each but the last writes what the next one reads."""

Speak = Callable[[Command, str, str], bytes]
"""``speak(command, language, words)`` returns an MP3, or raises VoiceFailed."""

_LONGEST = 60
"""Seconds one text may take a voice."""


class VoiceFailed(ProgramError):
    """A voice that did not speak; the text says why, in the words of the program where it has any."""


@dataclass(frozen=True)
class LanguageAudio:
    """What can be listened to in one language: texts in all, by recording, by a voice; files made now, in all; bytes.

    ``failure`` is why no voice speaks the language, empty where one does.
    """

    texts: int = 0
    recorded: int = 0
    spoken: int = 0
    made: int = 0
    files: int = 0
    size: int = 0
    failure: str = ""

    @property
    def mean_size(self) -> float:
        """Bytes of a file; 0 without files."""
        return self.size / self.files if self.files else 0.0

    @property
    def missing(self) -> int:
        """Texts that cannot be listened to."""
        return self.texts - self.recorded - self.spoken


@dataclass(frozen=True)
class _Wish:
    """One text in one language, under its key in the index, with the recording that says it."""

    key: str
    language: str
    words: str
    recording: Path | None


def build_audio(
    surveys: Iterable[Survey], root: Path, folder: Path, key: bytes, command: Command, speak: Speak | None = None
) -> Mapping[str, LanguageAudio]:
    """Write the audio of all surveys that people answer into ``folder``; returns what there is per language.

    A file's name is an HMAC under ``key``: whoever knows every text cannot tell what an address says, or guess it.
    Only what is not there yet is made; a language's first failure ends its turn. Files of texts that are gone stay
    until the next run, for the site that still runs with them. Raises FileUnwritable.
    """
    wishes = [
        wish
        for survey in surveys
        if survey.respondent not in FILLED_IN_BY_STAFF
        for language in survey.languages
        for wish in _list_wishes(survey, language, root)
    ]
    try:
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)  # the survey site has an OS user of its own (docs/decisions/0007)
        before = set(read_index(folder).values())
        names, made, failures = _write_files(wishes, folder, key, command, speak or speak_aloud)
        index = {wish.key: names[wish] for wish in wishes if wish in names}
        _write(folder / INDEX, json.dumps(index, indent=0, sort_keys=True).encode())
        for path in folder.glob(f"*{SUFFIX}"):
            if path.stem not in before | set(index.values()):
                path.unlink()
        sizes = {name: (folder / f"{name}{SUFFIX}").stat().st_size for name in set(index.values())}
    except OSError as error:
        raise FileUnwritable(str(folder), error.strerror or "") from error
    return _count(wishes, names, made, sizes, failures)


def _list_wishes(survey: Survey, language: str, root: Path) -> list[_Wish]:
    return [
        _Wish(
            compute_key(survey.id, language, spoken),
            language,
            spoken.text[language],
            _find_sound(root, survey, language, spoken),
        )
        for spoken in list_spoken(survey)
        if not spoken.has_gap(language)
    ]


def _find_sound(root: Path, survey: Survey, language: str, spoken: Spoken) -> Path | None:
    """The recording that can be played; one that cannot is told by ``check_recordings`` and left out."""
    path = find_recording(root, survey, language, spoken)
    with contextlib.suppress(OSError, RecordingUnfit):
        if path is not None and read_recording(path.read_bytes()):
            return path
    return None


def _write_files(
    wishes: Sequence[_Wish], folder: Path, key: bytes, command: Command, speak: Speak
) -> tuple[Mapping[_Wish, str], Mapping[str, str], Mapping[str, str]]:
    """Name of the file per wish, language per file that was made now, and why a language has no voice."""
    names: dict[_Wish, str] = {}
    unspoken: dict[tuple[str, str], str] = {}
    for wish in wishes:
        if wish.recording is not None:
            data = read_recording(wish.recording.read_bytes())
            names[wish] = _make_name(key, data)
            _write(folder / f"{names[wish]}{SUFFIX}", data)
        elif command:
            name = _make_name(key, json.dumps([wish.language, wish.words, *map(list, command)]).encode())
            names[wish] = unspoken[wish.language, wish.words] = name
    failures: dict[str, str] = {}
    made: dict[str, str] = {}

    def say(task: tuple[tuple[str, str], str]) -> None:
        (language, words), name = task
        path = folder / f"{name}{SUFFIX}"
        if language in failures or path.is_file():
            return
        try:
            _write(path, speak(command, language, words))
        except VoiceFailed as failed:
            failures.setdefault(language, str(failed))
        else:
            made[name] = language

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(say, unspoken.items()))
    return {wish: name for wish, name in names.items() if (folder / f"{name}{SUFFIX}").is_file()}, made, failures


def _count(
    wishes: Sequence[_Wish],
    names: Mapping[_Wish, str],
    made: Mapping[str, str],
    sizes: Mapping[str, int],
    failures: Mapping[str, str],
) -> Mapping[str, LanguageAudio]:
    found = {}
    for language in sorted({wish.language for wish in wishes}):
        own = [wish for wish in wishes if wish.language == language]
        recorded = sum(wish in names for wish in own if wish.recording)
        files = {names[wish] for wish in own if wish in names}
        found[language] = LanguageAudio(
            texts=len(own),
            recorded=recorded,
            spoken=sum(wish in names for wish in own) - recorded,
            made=sum(each == language for each in made.values()),
            files=len(files),
            size=sum(sizes[name] for name in files),
            failure=failures.get(language, ""),
        )
    return found


def _make_name(key: bytes, content: bytes) -> str:
    """80 bits as 16 small letters and digits."""
    return base64.b32encode(compute_code_mac(key, "audio", content)).decode().lower()[:NAME_LENGTH]


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, readable by the survey site."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(data)
    new = Path(file.name)
    new.chmod(0o644)
    new.replace(path)


def speak_aloud(command: Command, language: str, words: str) -> bytes:
    """Have the programs of a command speak a text; returns the MP3. No shell, no setting of ours in its environment.

    Raises VoiceFailed when a program is missing, says no, takes too long or writes no MP3.
    """
    with tempfile.TemporaryDirectory() as place:
        text, output = Path(place) / "text.txt", Path(place) / f"speech{SUFFIX}"
        text.write_text(words, encoding="utf-8")
        filled = [
            [
                word.replace("{language}", language).replace("{text}", str(text)).replace("{output}", str(output))
                for word in program
            ]
            for program in command
        ]
        _run(filled)
        try:
            return read_recording(output.read_bytes())
        except (OSError, RecordingUnfit) as error:
            raise VoiceFailed(f"{filled[-1][0]} wrote no file that can be played.") from error


def _run(programs: Sequence[Sequence[str]]) -> None:
    """Run programs joined by pipes. Raises VoiceFailed, naming the first that failed."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    with contextlib.ExitStack() as stack:
        processes: list[subprocess.Popen[bytes]] = []
        errors = [stack.enter_context(tempfile.TemporaryFile()) for _ in programs]
        for position, program in enumerate(programs):
            before = processes[-1].stdout if processes else None
            last = position == len(programs) - 1
            try:
                process = subprocess.Popen(
                    program,
                    stdin=before or subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL if last else subprocess.PIPE,
                    stderr=errors[position],
                    env=environment,
                )
            except OSError as error:
                raise VoiceFailed(f"{program[0]} cannot be run ({error.strerror}).") from error
            processes.append(stack.enter_context(process))
            stack.callback(process.kill)  # comes before the wait that leaving the context is
            if before is not None:
                before.close()  # so that a program whose reader has gone ends, too
        for program, process, said in zip(programs, processes, errors, strict=True):
            try:
                status = process.wait(_LONGEST)
            except subprocess.TimeoutExpired as late:
                raise VoiceFailed(f"{program[0]} did not end within {_LONGEST} seconds.") from late
            if status:
                said.seek(0)
                lines = said.read(300).decode(errors="replace").strip().splitlines()
                raise VoiceFailed(f"{program[0]}: {lines[0] if lines else f'ended with status {status}'}")
