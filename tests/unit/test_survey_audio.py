"""What of a survey can be listened to, under which names, and that nobody hears other words than are on the page."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.content import Problems
from me_platform.surveys.audio import (
    INDEX,
    MAX_BYTES,
    RecordingUnfit,
    Spoken,
    check_recordings,
    find_recording,
    list_spoken,
    read_library,
    read_recording,
)
from me_platform.surveys.definition import Choice, Question, Survey
from tests.audio_samples import FRAME, make_library, make_silence
from tests.survey_samples import load_every_survey, load_survey

SURVEY = load_survey()
ID3 = b"ID3\x04\x00\x00\x00\x00\x00\x10" + b"Recorded at home"


def find(item: str, survey: Survey = SURVEY) -> Spoken:
    return next(each for each in list_spoken(survey) if each.item == item)


def test_every_prompt_choice_and_consent_text_can_be_listened_to() -> None:
    """privacy-and-safety 1.6, 1.8: audio for consent, question and choices."""
    for survey in load_every_survey().values():
        items = [each.item for each in list_spoken(survey)]
        assert len(items) == len(set(items))
        wanted = {question.name for question in survey.questions}
        wanted |= {f"{question.name}.{choice.value}" for question in survey.questions for choice in question.choices}
        wanted |= {f"consent.{text.purpose}{end}" for text in survey.consent for end in ("", ".again")}
        assert set(items) == wanted
        assert all(each.text[language].strip() for each in list_spoken(survey) for language in survey.languages)


def test_a_question_says_prompt_hint_and_the_ends_of_a_scale() -> None:
    question = Question(
        "calm",
        "scale",
        {"en": "How calm are you?"},
        hint={"en": "Think of today"},
        ends=({"en": "not at all"}, {"en": "very"}),
        choices=(Choice("declined", {"en": "I do not want to say"}),),
    )
    survey = replace(SURVEY, languages=("en",), questions=(question,), consent=())
    assert [each.text["en"] for each in list_spoken(survey)] == [
        "How calm are you? Think of today. 0: not at all. 10: very.",
        "I do not want to say",
    ]


def test_what_an_answer_is_put_into_is_spoken_by_no_file_made_before() -> None:
    assert Spoken("goal_near", {"en": "You wrote: ${goal}"}).has_gap("en")
    assert not Spoken("goal", {"en": "What is your goal?"}).has_gap("en")


def test_words_that_changed_are_not_spoken_any_more(tmp_path: Path) -> None:
    library = make_library(tmp_path, {SURVEY.id: SURVEY})
    assert library.speaks(SURVEY.id, "lv")
    name = library.find_name(SURVEY.id, "lv", "useful")
    assert library.find_file(name) == tmp_path / f"{name}.mp3"
    first = SURVEY.questions[0]
    assert first.name == "useful"
    changed = replace(SURVEY, questions=(replace(first, prompt={**first.prompt, "lv": "Citi vārdi?"}),))
    again = read_library(tmp_path, {SURVEY.id: changed})
    assert again.find_name(SURVEY.id, "lv", "useful") == ""
    assert again.find_name(SURVEY.id, "en", "useful") == library.find_name(SURVEY.id, "en", "useful")


def test_a_file_that_is_gone_leaves_its_text_without_audio(tmp_path: Path) -> None:
    name = make_library(tmp_path, {SURVEY.id: SURVEY}).find_name(SURVEY.id, "lv", "useful")
    (tmp_path / f"{name}.mp3").unlink()
    assert read_library(tmp_path, {SURVEY.id: SURVEY}).find_name(SURVEY.id, "lv", "useful") == ""


@pytest.mark.parametrize("index", ["", "[]", "{", "null", "\x00"])
def test_a_broken_index_costs_the_audio_and_nothing_else(tmp_path: Path, index: str) -> None:
    (tmp_path / INDEX).write_text(index)
    assert not read_library(tmp_path, {SURVEY.id: SURVEY}).names
    assert not read_library(tmp_path / "missing", {SURVEY.id: SURVEY}).names


def test_a_recording_loses_its_tags() -> None:
    """They may name a person, a place or a device."""
    assert read_recording(ID3 + make_silence() + b"TAG" + bytes(125)) == make_silence()
    footer = b"ID3\x04\x00\x10\x00\x00\x00\x00" + b"3DI\x04\x00\x10\x00\x00\x00\x00"
    assert read_recording(footer + ID3 + make_silence()) == make_silence()


@pytest.mark.parametrize("data", [b"", b"RIFF....WAVEfmt ", b"OggS" + bytes(40), ID3, b"\xff\xf1" + bytes(40)])
def test_what_is_no_mp3_is_refused(data: bytes) -> None:
    with pytest.raises(RecordingUnfit):
        read_recording(data)


def test_a_recording_that_is_too_large_is_refused() -> None:
    with pytest.raises(RecordingUnfit, match="200,000"):
        read_recording(FRAME * (MAX_BYTES // len(FRAME) + 1))


@given(st.binary(max_size=300), st.sampled_from([b"", b"ID3", FRAME, ID3]))
def test_no_bytes_break_the_reading_of_a_recording(data: bytes, head: bytes) -> None:
    with contextlib.suppress(RecordingUnfit):
        assert 0 < len(read_recording(head + data)) <= MAX_BYTES


def put(root: Path, name: str, data: bytes = FRAME * 9) -> Path:
    path = root / "surveys" / SURVEY.id / "audio" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_choice_has_a_recording_of_its_own_or_one_for_all_questions(tmp_path: Path) -> None:
    shared = put(tmp_path, "lv/choice.yes.mp3")
    assert find_recording(tmp_path, SURVEY, "lv", find("useful.yes")) == shared
    own = put(tmp_path, "lv/useful.yes.mp3")
    assert find_recording(tmp_path, SURVEY, "lv", find("useful.yes")) == own
    assert find_recording(tmp_path, SURVEY, "lv", find("rights.yes")) == shared
    assert find_recording(tmp_path, SURVEY, "en", find("rights.yes")) is None


def test_one_recording_never_speaks_for_a_choice_with_other_words(tmp_path: Path) -> None:
    first, second = SURVEY.questions[0], SURVEY.questions[1]
    other = tuple(replace(choice, label={**choice.label, "lv": "Citādi"}) for choice in second.choices)
    survey = replace(SURVEY, questions=(first, replace(second, choices=other)))
    put(tmp_path, "lv/choice.yes.mp3")
    put(tmp_path, "en/choice.yes.mp3")
    assert find_recording(tmp_path, survey, "lv", find("useful.yes", survey)) is None
    problems = Problems()
    check_recordings(tmp_path, survey, problems)
    assert [(each.file.rpartition("audio/")[2], each.message) for each in problems.warnings] == [
        ("lv/choice.yes.mp3", "This recording is not played: the choice has other words in another question.")
    ]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("lv/usefull.mp3", FRAME * 9, "No text is called `usefull`. Did you mean `useful`?"),
        ("lv/useful.m4a", FRAME * 9, "This kind of recording is not played. Save it as MP3."),
        ("de/useful.mp3", FRAME * 9, "in no language of the survey"),
        ("useful.mp3", FRAME * 9, "in no language of the survey"),
        ("lv/useful.mp3", b"RIFF" + bytes(50), "It is no MP3."),
        ("lv/consent.answer.mp3", FRAME * 3000, "larger than 200,000 bytes"),
    ],
)
def test_a_recording_that_no_page_plays_is_told(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    put(tmp_path, name, data)
    put(tmp_path, "lv/consent.quote.again.mp3")
    problems = Problems()
    check_recordings(tmp_path, SURVEY, problems)
    [warning] = problems.warnings
    assert said in str(warning)
    assert str(warning).startswith(f"surveys/{SURVEY.id}/audio/{name}: ")
