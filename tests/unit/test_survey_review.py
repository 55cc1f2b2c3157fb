"""What `me check` tells an officer of a survey: its length, and what is missing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from me_platform.content import Problems
from me_platform.surveys.audio import Library
from me_platform.surveys.definition import Question
from me_platform.surveys.loading import check_surveys
from me_platform.surveys.review import LanguageReview, compute_minutes, make_review, tell_gaps
from tests.audio_samples import FRAME, make_library
from tests.survey_samples import load_survey

ROOT = Path(__file__).resolve().parents[2]
SURVEY = load_survey()


def test_minutes_come_from_words_and_taps() -> None:
    """183 words a minute (Brysbaert 2019), 45 seconds to write, 2 to go on after a note."""
    said = {"en": " ".join(["word"] * 183)}
    written, note = Question("a", "text", said), Question("b", "note", said)
    survey = replace(SURVEY, languages=("en",), consent=(), questions=(written, note))
    assert compute_minutes(survey) == pytest.approx(2 + 47 / 60)
    assert make_review(survey, ["en"], Library(), ROOT).questions == 1


def test_a_survey_in_all_languages_with_audio_has_nothing_missing(tmp_path: Path) -> None:
    library = make_library(tmp_path, {SURVEY.id: SURVEY})
    review = make_review(SURVEY, SURVEY.languages, library, ROOT)
    assert review.whole == LanguageReview(0, 0, 0)
    assert set(review.languages) == set(SURVEY.languages)


def test_what_is_missing_is_counted(tmp_path: Path) -> None:
    long = {"en": "One two three.", "lv": " ".join(["vārds"] * 16) + "."}
    note = {"en": "Ours.", "lv": "Mūsu."}
    survey = replace(SURVEY, languages=("en", "lv"), note=note, consent=(), questions=(Question("a", "text", long),))
    review = make_review(survey, ("en", "lv", "ar"), Library(), tmp_path)
    assert review.languages == {
        "en": LanguageReview(0, 0, 1),
        "lv": LanguageReview(1, 0, 1),
        "ar": LanguageReview(0, 2, 0),
    }
    assert review.whole == LanguageReview(1, 2, 2)
    assert [tell_gaps(review, each) for each in ("long_sentences", "untranslated", "unheard")] == [
        "1 (lv 1)",
        "2 (ar 2)",
        "2 (en 1, lv 1)",
    ]
    assert tell_gaps(replace(review, languages=dict.fromkeys("ab", LanguageReview(0, 0, 4))), "unheard") == "8"
    recording = tmp_path / "surveys" / survey.id / "audio" / "lv" / "a.mp3"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(FRAME * 9)
    assert make_review(survey, ("en", "lv"), Library(), tmp_path).whole.unheard == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Tāpēc uzdodam īsus jautājumus.", "Tas nav par ekspluatāciju.", "speaks of what is never asked: the exploita"),
        ("So we ask short questions.", "The police never sees them.", "speaks of what is never asked: cooperation wi"),
        ("So we ask short questions.", "We address nobody by name. So we ask.", "the address (`address`)"),
        ("So we ask short questions.", f"So{' it goes on' * 5}.", "a sentence of more than 15 words in `en`"),
        ("Тому ставимо короткі запитання.", f"Тому{' і далі' * 8}.", "a sentence of more than 15 words in `uk`"),
        ("Так же и с ответами: мы их только считаем.", "", ""),
    ],
)
def test_the_words_of_a_consent_are_looked_at_with_their_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Warnings, never faults: somebody looks again (privacy-and-safety 1.9, issue: reading level)."""
    shutil.copytree(ROOT / "surveys", tmp_path / "surveys")
    file = tmp_path / "surveys" / "consent" / "2026-1.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    problems = Problems()
    check_surveys(tmp_path, problems)
    assert not problems.faults
    assert [said in str(each) for each in problems.warnings] == [True] * bool(said)
    assert all(each.file == "surveys/consent/2026-1.yaml" and each.line > 1 for each in problems.warnings)


def test_a_text_left_in_english_is_told(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "surveys", tmp_path / "surveys")
    file = tmp_path / "surveys" / "consent" / "2026-1.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("Чи можна навести у звіті Ваші слова?", "May we use your own words in a report?"))
    problems = Problems()
    check_surveys(tmp_path, problems)
    [warning] = problems.warnings
    assert "`title` of `quote` has the English words in `uk`. Translate it." in str(warning)
