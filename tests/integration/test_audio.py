"""Publishing audio: recordings first, a voice for the rest, nothing made twice, and no failure that costs a survey."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from me_platform.errors import FileUnwritable, SettingInvalid
from me_platform.services import audio
from me_platform.services.audio import LanguageAudio, VoiceFailed, build_audio, speak_aloud
from me_platform.settings import load_settings
from me_platform.surveys.audio import read_library, read_recording
from me_platform.surveys.definition import Survey
from tests.audio_samples import FRAME, make_silence
from tests.survey_samples import load_survey

KEY = b"k" * 32
VOICE = load_settings({}, Path("/")).voice


def make_survey() -> Survey:
    """Two questions with the same choices, in two languages, asked for one purpose."""
    survey = load_survey()
    return replace(
        survey, languages=("en", "lv"), questions=tuple(map(survey.get_question, ("useful", "rights"))), consent=()
    )


class FakeVoice:
    """Says every text in a sound of its own; has no voice for some languages."""

    def __init__(self, *dumb: str) -> None:
        self.said: list[tuple[str, str]] = []
        self.dumb = dumb

    def __call__(self, _command: audio.Command, language: str, words: str) -> bytes:
        if language in self.dumb:
            raise VoiceFailed("fake: no such voice")
        self.said.append((language, words))
        return FRAME * len(words)


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., LanguageAudio]:
    """Builds the audio of a survey; returns what there is in one language."""

    def run(voice: FakeVoice, survey: Survey, language: str = "lv", **changes: object) -> LanguageAudio:
        command = changes.get("command", VOICE)
        return build_audio([survey], tmp_path, tmp_path / "audio", KEY, command, voice)[language]  # type: ignore[arg-type]

    return run


def test_the_same_words_are_spoken_once_and_never_again(tmp_path: Path, build: Callable[..., LanguageAudio]) -> None:
    survey, voice = make_survey(), FakeVoice()
    choices = len(survey.questions[0].choices)
    first = build(voice, survey)
    assert (first.texts, first.spoken, first.made, first.missing) == (2 + 2 * choices, 2 + 2 * choices, 2 + choices, 0)
    assert len(voice.said) == len(set(voice.said)) == 2 * (2 + choices)
    again = build(voice, survey)
    assert again == replace(first, made=0)
    assert len(voice.said) == 2 * (2 + choices)
    library = read_library(tmp_path / "audio", {survey.id: survey})
    assert library.find_name(survey.id, "lv", "useful.yes") == library.find_name(survey.id, "lv", "rights.yes") != ""


def test_another_command_speaks_anew_and_the_running_site_keeps_its_files(
    tmp_path: Path, build: Callable[..., LanguageAudio]
) -> None:
    survey, voice = make_survey(), FakeVoice()
    build(voice, survey)
    old = {path.name for path in (tmp_path / "audio").glob("*.mp3")}
    assert build(voice, survey, command=(("other", "{output}"),)).made == 2 + len(survey.questions[0].choices)
    assert old < {path.name for path in (tmp_path / "audio").glob("*.mp3")}
    build(voice, survey, command=(("other", "{output}"),))
    assert old.isdisjoint(path.name for path in (tmp_path / "audio").glob("*.mp3"))


def test_a_language_without_a_voice_is_told_and_the_others_speak(build: Callable[..., LanguageAudio]) -> None:
    survey = make_survey()
    found = build(FakeVoice("lv"), survey)
    assert (found.spoken, found.missing, found.failure) == (0, found.texts, "fake: no such voice")
    found = build(FakeVoice("lv"), survey, "en")
    assert (found.missing, found.failure) == (0, "")


def test_a_recording_comes_before_the_voice_and_loses_its_tags(
    tmp_path: Path, build: Callable[..., LanguageAudio]
) -> None:
    survey, voice = make_survey(), FakeVoice()
    folder = tmp_path / "surveys" / survey.id / "audio" / "lv"
    folder.mkdir(parents=True)
    (folder / "useful.mp3").write_bytes(make_silence(1) + b"TAG" + b"Anna".ljust(125))
    (folder / "rights.mp3").write_bytes(b"RIFF: no MP3, so that the voice speaks")
    found = build(voice, survey)
    assert (found.recorded, found.missing) == (1, 0)
    library = read_library(tmp_path / "audio", {survey.id: survey})
    file = library.find_file(library.find_name(survey.id, "lv", "useful"))
    assert file is not None
    assert file.read_bytes() == make_silence(1)
    assert build(voice, survey, command=()).spoken == 0, "recordings only"


def test_what_is_published_can_be_read_by_the_survey_site_and_its_names_tell_nothing(
    tmp_path: Path, build: Callable[..., LanguageAudio]
) -> None:
    """docs/decisions/0007 and 0025: another instance has other names for the same words."""
    survey = make_survey()
    build(FakeVoice(), survey)
    folder = tmp_path / "audio"
    assert folder.stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}
    names = {path.stem for path in folder.glob("*.mp3")}
    assert all(len(name) == 16 and name.isalnum() and name.islower() for name in names)
    (tmp_path / "other").mkdir()
    build_audio([survey], tmp_path, tmp_path / "other" / "audio", b"o" * 32, VOICE, FakeVoice())
    assert names.isdisjoint(path.stem for path in (tmp_path / "other" / "audio").glob("*.mp3"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "audio").write_text("a file where the folder should be")
    with pytest.raises(FileUnwritable, match="audio"):
        build_audio([make_survey()], tmp_path, tmp_path / "audio", KEY, VOICE, FakeVoice())


def python(code: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"import sys, pathlib; {code}", *arguments)


COPY = python("pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())", "{output}")
SOUND = f"sys.stdout.buffer.write({FRAME!r} * 20)"


def test_a_command_gets_its_arguments_as_they_are_and_no_shell_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ME_ROOT_KEY_FILE", "secret")
    target = tmp_path / "seen"
    note = "(sys.argv[1:3], pathlib.Path(sys.argv[3]).read_text('utf-8'), [k for k in os.environ if k[:3] == 'ME_'])"
    seen = python(
        f"import os; pathlib.Path({str(target)!r}).write_text(repr({note})); {SOUND}",
        "-v{language}",
        "$(touch oops); `id`",
        "{text}",
    )
    assert speak_aloud((seen, COPY), "lv", "Jā; $(rm -r) |") == FRAME * 20
    assert target.read_text() == repr((["-vlv", "$(touch oops); `id`"], "Jā; $(rm -r) |", []))


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ((("no-such-program", "{output}"),), "no-such-program cannot be run (No such file or directory)."),
        ((python("sys.exit('no voice: xx')"), COPY), "no voice: xx"),
        ((python("pass"), python("sys.exit(3)", "{output}")), "ended with status 3"),
        ((python("print('no sound')"), COPY), "wrote no file that can be played"),
        ((python("pass", "{output}"),), "wrote no file that can be played"),
    ],
)
def test_a_voice_that_fails_says_why(command: audio.Command, said: str) -> None:
    with pytest.raises(VoiceFailed) as failed:
        speak_aloud(command, "lv", "Jā")
    assert said in str(failed.value)


def test_the_voice_of_the_settings_speaks_two_prompts_of_ten_kilobytes() -> None:
    """The real programs that script/bootstrap --dev installs: small files that every phone plays."""
    question = load_survey().get_question("useful")
    for language in ("lv", "uk"):
        sound = speak_aloud(VOICE, language, question.prompt[language])
        assert read_recording(sound) == sound
        assert 2_000 < len(sound) < 20_000
    with pytest.raises(VoiceFailed, match=r"espeak-ng: .*voice"):
        speak_aloud(VOICE, "xx", "?")


@pytest.mark.parametrize("text", ["espeak-ng 'x", "espeak-ng -w out", "espeak-ng {output} | lame", "| lame {output}"])
def test_a_voice_that_cannot_be_run_is_told_at_once(text: str) -> None:
    with pytest.raises(SettingInvalid, match="ME_VOICE"):
        load_settings({"ME_VOICE": text}, Path("/"))


def test_a_voice_can_be_left_out() -> None:
    assert load_settings({"ME_VOICE": "none"}, Path("/")).voice == ()
