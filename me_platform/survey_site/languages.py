"""The words of the site's screens: the project's own languages, and those an instance adds in its content.

    surveys/translations/<language>.po   words of the screens in one more language, or other words than the project's

A language is offered to people only where not one text of the screens is missing: nobody who chose it meets another
one half-way. What is missing is told to staff (`me check`, and the page "Surveys" of the staff site).
"""

from __future__ import annotations

import io
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from me_platform.content import Problems
from me_platform.errors import Problem
from me_platform.surveys.definition import Survey
from me_platform.surveys.loading import FOLDER, TRANSLATIONS
from me_platform.surveys.wording import find_forbidden, find_long_sentence
from me_platform.wording import SOURCE_LANGUAGE, Wording, load_wording

_PLACE = re.compile(r"%(?:\((\w+)\)s)?")
_MOST_NAMED = 3
"""Texts a message names; `me survey screens` prints all."""


@dataclass(frozen=True)
class Screens:
    """The words of the screens, and per language the English texts that have none; a language nobody began has all.

    ``wording`` holds whatever there is, ``complete`` the languages in which nothing is missing.
    """

    wording: Wording
    texts: tuple[str, ...]
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def find_missing(self, language: str) -> tuple[str, ...]:
        """The English texts a language has no words for."""
        if language == SOURCE_LANGUAGE:
            return ()
        return self.missing.get(language, ()) if language in self.wording.texts else self.texts

    @property
    def complete(self) -> Wording:
        """The languages in which nothing is missing."""
        return Wording({each: texts for each, texts in self.wording.texts.items() if not self.missing.get(each)})


def load_screens(content: Path | None, problems: Problems | None = None) -> Screens:
    """The words of the screens, those of a content root in front. What is wrong with its files goes into ``problems``.

    A file that cannot be read, and a text that does not say the same values as the English one, count as missing.
    """
    with as_file(files(__package__) / "translations") as folder:
        own = load_wording(folder).texts
    needed = tuple(dict.fromkeys(text for each in own.values() for text in each))
    texts = {language: dict(each) for language, each in own.items()}
    told = problems or Problems()
    for path in sorted((content / FOLDER / TRANSLATIONS).glob("*.po")) if content else ():
        file = f"{FOLDER}/{TRANSLATIONS}/{path.name}"
        texts.setdefault(path.stem, {}).update(_read_words(path, file, needed, told))
    missing = {language: tuple(text for text in needed if text not in each) for language, each in texts.items()}
    return Screens(Wording(texts), needed, {each: gaps for each, gaps in missing.items() if gaps})


def _read_words(path: Path, file: str, needed: Container[str], problems: Problems) -> dict[str, str]:
    """What a file says of the texts that are needed, but for what cannot be shown."""
    try:
        with path.open("rb") as opened:
            catalogue = read_po(opened, locale=path.stem.replace("-", "_"), abort_invalid=True)
    except (OSError, ValueError, PoFileError) as error:
        problems.warn(Problem(file, 0, f"This file cannot be read: {error}.", "See `me survey screens`."))
        return {}
    words = {}
    for message in catalogue:
        text, said = message.id, message.string
        if not isinstance(text, str) or not isinstance(said, str) or not text or not said.strip() or message.fuzzy:
            continue
        line = message.lineno or 0
        if text not in needed:
            problems.warn(Problem(file, line, f"No screen says “{text}”.", "Take it out."))
        elif sorted(_PLACE.findall(said)) != sorted(_PLACE.findall(text)):
            message_ = f"“{said}” does not have the places of “{text}”."
            problems.warn(Problem(file, line, message_, "Write %(name)s just as in English."))
        else:
            words[text] = said
            _look_at(said, path.stem, file, line, problems)
    return words


def _look_at(said: str, language: str, file: str, line: int, problems: Problems) -> None:
    sentence, topic = find_long_sentence(said), find_forbidden(said, language)
    if sentence:
        problems.warn(Problem(file, line, f"A sentence has more than 15 words: {sentence}", "Split it."))
    if topic:
        problems.warn(Problem(file, line, f"It speaks of what is never asked: {topic[0]} (`{topic[1]}`)."))


def check_screens(content: Path, surveys: Iterable[Survey], problems: Problems) -> Screens:
    """Warn of every language of a survey that nobody is offered, for want of words on the screens."""
    screens = load_screens(content, problems)
    for language in sorted({each for survey in surveys for each in survey.languages}):
        missing = screens.find_missing(language)
        if missing:
            file = f"{FOLDER}/{TRANSLATIONS}/{language}.po"
            named = ", ".join(f"“{text}”" for text in missing[:_MOST_NAMED])
            more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
            message = f"Nobody is offered `{language}`: the screens have no words for {named}{more}."
            way_out = f"Fill in what `me survey screens {language}` prints, and save it as {file}."
            problems.warn(Problem(file, 0, message, way_out))
    return screens


def withhold_languages(surveys: Mapping[str, Survey], screens: Screens) -> dict[str, Survey]:
    """The surveys, each offered only in languages that the screens are complete in (English always is)."""
    return {
        name: replace(survey, withheld=frozenset(filter(screens.find_missing, survey.languages)))
        for name, survey in surveys.items()
    }


def make_screen_words(screens: Screens, language: str) -> bytes:
    """A gettext file of all the texts of the screens in a language, with the words there are; UTF-8."""
    catalogue, written = Catalog(), io.BytesIO()
    known = screens.wording.texts.get(language, {})
    for text in screens.texts:
        catalogue.add(text, known.get(text, ""))
    write_po(written, catalogue, width=0, omit_header=True)
    return _HEAD.format(language).encode() + written.getvalue()


_HEAD = """msgid ""
msgstr ""
"Language: {}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
