"""The words of the survey site's own screens: complete in every language, and fit for everyone."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from jinja2.ext import babel_extract

from me_platform import survey_site
from me_platform.surveys.wording import find_forbidden, find_gendered_word, find_long_sentence
from me_platform.wording import Wording, format_day, get_direction, get_own_name, load_wording

FOLDER = Path(survey_site.__file__).parent
WORDING = load_wording(FOLDER / "translations")
PLACE = re.compile(r"%\((\w+)\)s")


def list_source_texts() -> set[str]:
    texts = set()
    for path in (FOLDER / "templates").glob("*.html"):
        with path.open("rb") as file:
            for _line, _function, message, _comments in babel_extract(file, ("_",), [], {}):
                texts.add(str(message if isinstance(message, str) or message is None else message[0]))
    return texts


def test_the_templates_have_texts() -> None:
    assert {"Quick exit", "Enter your code", "Question %(number)s of %(count)s"} <= list_source_texts()


@pytest.mark.parametrize("language", WORDING.texts)
def test_every_text_of_every_screen_is_translated(language: str) -> None:
    """Issue: screens in en and lv; no string is left untranslated and none is left over."""
    assert WORDING.texts[language].keys() == list_source_texts()
    assert all(WORDING.texts[language].values())


@pytest.mark.parametrize("language", WORDING.texts)
def test_a_translation_fills_in_the_same_values(language: str) -> None:
    for text, translated in WORDING.texts[language].items():
        assert set(PLACE.findall(translated)) == set(PLACE.findall(text)), text


def test_no_text_has_a_gendered_ending() -> None:
    """privacy-and-safety 1.8: no gendered endings."""
    for translated in WORDING.texts["lv"].values():
        assert find_gendered_word(translated) is None, translated


@pytest.mark.parametrize("language", WORDING.languages)
def test_no_text_names_what_is_never_asked(language: str) -> None:
    """privacy-and-safety 1.3, 1.9: the screens are neutral."""
    translate = WORDING.make_translate(language)
    for text in list_source_texts():
        found = find_forbidden(translate(text), language)
        assert found is None or text.startswith("Please do not write names, addresses"), found


@pytest.mark.parametrize("language", WORDING.languages)
def test_every_sentence_is_short(language: str) -> None:
    """privacy-and-safety 1.8: short sentences, as in the surveys themselves."""
    translate = WORDING.make_translate(language)
    assert [find_long_sentence(translate(text)) for text in list_source_texts()].count(None) == len(list_source_texts())


def test_a_language_without_a_catalogue_is_shown_in_english() -> None:
    assert WORDING.make_translate("xx")("Quick exit") == "Quick exit"
    assert Wording({}).languages == ("en",)


def test_languages_are_called_what_they_call_themselves() -> None:
    """Language names are own names, directions come from CLDR (privacy-and-safety 1.8: right-to-left languages)."""
    assert [get_own_name(language) for language in ("en", "lv", "uk", "ar")] == [
        "English",
        "Latviešu",
        "Українська",
        "العربية",
    ]
    assert [get_direction(language) for language in ("lv", "ar", "fa-AF")] == ["ltr", "rtl", "rtl"]


def test_days_are_written_as_people_write_them() -> None:
    assert format_day(date(2026, 3, 1), "lv") == "2026. gada 1. marts"
    assert format_day(date(2026, 3, 1), "en") == "1 March 2026"
