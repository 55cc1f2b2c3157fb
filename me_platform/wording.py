"""Words of a site's screens in every language: gettext catalogues (``<language>.po``), read into memory.

English is the language the screens are written in and needs no file. Compiled catalogues are not used: one file
less that can be out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_skeleton, get_month_names
from babel.messages.pofile import read_po

from me_platform.duty_hours import DutyHours

SOURCE_LANGUAGE = "en"

Translate = Callable[..., str]
"""``translate(text, **values)``: the text in one language, ``%(name)s`` filled in."""


def mark(text: str) -> str:
    """A text that is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Sentence:
    """A text that is translated where it is shown, with the values that are put into it there."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text

    def say(self, translate: Translate) -> str:
        """The sentence in a language."""
        return translate(self.text, **self.values)


@dataclass(frozen=True)
class Wording:
    """Language -> source text -> text in that language."""

    texts: Mapping[str, Mapping[str, str]]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages the screens exist in, the source language first."""
        return (SOURCE_LANGUAGE, *sorted(self.texts))

    def make_translate(self, language: str) -> Translate:
        """The function a template calls ``_``. A language or text without a translation stays English."""
        texts = self.texts.get(language, {})

        def translate(text: str, **values: object) -> str:
            return (texts.get(text) or text) % values if values else texts.get(text) or text

        return translate


def load_wording(folder: Path) -> Wording:
    """Read every ``<language>.po`` and ``<language>/<part>.po`` in a folder; a fault raises babel's PoFileError."""
    texts: dict[str, dict[str, str]] = {}
    for path in (*sorted(folder.glob("*.po")), *sorted(folder.glob("*/*.po"))):
        language = path.stem if path.parent == folder else path.parent.name
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language.replace("-", "_"), abort_invalid=True)
        texts.setdefault(language, {}).update(
            (message.id, message.string)
            for message in catalogue
            if isinstance(message.id, str) and isinstance(message.string, str) and message.id and not message.fuzzy
        )
    return Wording(texts)


def is_language(language: str) -> bool:
    """Whether CLDR knows the language: its own name, its direction, its months."""
    try:
        _get_locale(language)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def get_own_name(language: str) -> str:
    """What a language calls itself, e.g. "Latviešu" (CLDR). Raises babel's UnknownLocaleError."""
    name = _get_locale(language).get_display_name() or language
    return name[:1].upper() + name[1:]


def get_direction(language: str) -> str:
    """``ltr`` or ``rtl`` (CLDR). Raises babel's UnknownLocaleError."""
    return str(_get_locale(language).text_direction)


def get_comma(language: str) -> str:
    """What stands between the things of a list, by the script CLDR expects of the language."""
    locale = _get_locale(language)
    script = locale.script or _find_likely_script(language)
    return "\N{ARABIC COMMA} " if script in _ARABIC_COMMA else ", "


_ARABIC_COMMA = frozenset({"Arab", "Thaa", "Syrc", "Nkoo", "Aran", "Rohg"})
"""Scripts that write the comma as Arabic does (Unicode, ScriptExtensions of U+060C)."""


def _find_likely_script(language: str) -> str:
    likely = get_global("likely_subtags").get(language.partition("-")[0], "")
    return next((part for part in likely.split("_") if len(part) == len("Latn") and part.isalpha()), "")


def format_day(day: date, language: str) -> str:
    """A day in words, e.g. "2026. gada 3. marts" (CLDR's long form; English is European: "3 March 2026")."""
    return format_date(day, "long", locale="en_GB" if language == "en" else _get_locale(language))


def format_date_answer(written: str, language: str) -> str:
    """A day (2026-03-01) or a month (2026-03) in words, e.g. "2026. g. marts". Raises ValueError."""
    if len(written) == len("2026-03-01"):
        return format_day(date.fromisoformat(written), language)
    return format_skeleton("yMMMM", date.fromisoformat(f"{written}-01"), locale=_get_locale(language))


def list_months(language: str) -> tuple[str, ...]:
    """The names of the twelve months, as they stand alone (CLDR)."""
    names = get_month_names("wide", context="stand-alone", locale=_get_locale(language))
    return tuple(names[number] for number in range(1, 13))


def format_duty_hours(hours: DutyHours, language: str) -> str:
    """Days and hours in words, e.g. "Monday–Friday, 09:00–17:00" (CLDR's names of the days, and what joins them)."""
    locale = _get_locale(language)
    names = locale.days["format"]["wide"]
    days = names[hours.first] if hours.first == hours.last else f"{names[hours.first]}–{names[hours.last]}"
    joined = str(locale.datetime_formats["short"])
    return joined.replace("{1}", days).replace("{0}", f"{hours.start:%H:%M}–{hours.end:%H:%M}")


def _get_locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")
