"""A figure in words: the one place that turns a protected figure into the text a reader sees.

Tables, charts, alternative texts and files all take their text from here, so that the disclosure decision reads the
same everywhere (privacy-and-safety part 3). Numbers keep the digits they carry: rounding happened when the figure
was computed (R29). Spaces inside a number, before a percent sign and inside "12 of 19" are no-break spaces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum

from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol

from me_platform.disclosure.figures import Figure, FigureState

NBSP = "\N{NO-BREAK SPACE}"
LANGUAGES = ("en", "lv", "ru", "uk", "ar")
"""Languages figures can be said in: those of reports, and of the page for people who answered."""
SMALLEST_PERCENTAGE_BASE = 10
"""Under so many people a share is printed as a count, without a percentage (R20)."""
SMALLEST_GAPPED_NUMBER = 10_000
"""From here on thousands are set apart; four figures stand together, as both languages' typesetting rules ask."""

CURRENCIES = frozenset({"USD", "EUR"})
RATIOS = frozenset({"per_person", "per_record", "per_event"})
"""Units in which one number is told for each of another: they are printed as "412 : 85", never as "412 of 85"."""
LEVEL = "level"
"""Unit of a level of a rubric, which is a word and no quantity."""

SYMBOLS: Mapping[FigureState, str] = {
    FigureState.SUPPRESSED: "×",
    FigureState.NO_VALUE: "÷",
    FigureState.NOT_COLLECTED: "…",
    FigureState.NOT_OFFERED: "–",
}
"""One symbol for each state that has no number (R3); a value and a band print their own text."""

STATE_WORDS: Mapping[FigureState, Mapping[str, str]] = {
    FigureState.VALUE: {"en": "number", "lv": "skaitlis", "ru": "число", "uk": "число", "ar": "عدد"},
    FigureState.BANDED: {
        "en": "shown as a range",
        "lv": "norādīts kā diapazons",
        "ru": "указано как диапазон",
        "uk": "вказано як діапазон",
        "ar": "مذكور كنطاق",
    },
    FigureState.SUPPRESSED: {
        "en": "hidden to protect people",
        "lv": "slēpts, lai aizsargātu cilvēkus",
        "ru": "скрыто, чтобы защитить людей",
        "uk": "приховано, щоб захистити людей",
        "ar": "مخفي لحماية الناس",
    },
    FigureState.NO_VALUE: {
        "en": "no one to count",
        "lv": "nav ko skaitīt",
        "ru": "некого считать",
        "uk": "нема кого рахувати",
        "ar": "لا أحد لعده",
    },
    FigureState.NOT_COLLECTED: {
        "en": "not collected",
        "lv": "dati nav vākti",
        "ru": "данные не собирались",
        "uk": "дані не збиралися",
        "ar": "لم تجمع بيانات",
    },
    FigureState.NOT_OFFERED: {
        "en": "not offered here",
        "lv": "šeit netiek piedāvāts",
        "ru": "здесь не предлагается",
        "uk": "тут не пропонується",
        "ar": "غير متاح هنا",
    },
}
"""What a state is called in running text and in the legend."""

_PHRASES: Mapping[str, Mapping[str, str]] = {
    "of": {
        "en": "{n} of {base}",
        "lv": "{n} no {base}",
        "ru": "{n} из {base}",
        "uk": "{n} з {base}",
        "ar": "{n} من أصل {base}",
    },
    "or_more": {
        "en": "{low} or more",
        "lv": "{low} vai vairāk",
        "ru": "{low} или больше",
        "uk": "{low} або більше",
        "ar": "{low} أو أكثر",
    },
    "or_fewer": {
        "en": "{high} or fewer",
        "lv": "{high} vai mazāk",
        "ru": "{high} или меньше",
        "uk": "{high} або менше",
        "ar": "{high} أو أقل",
    },
    "or_more_of": {
        "en": "{low} or more of {base}",
        "lv": "{low} vai vairāk no {base}",
        "ru": "{low} или больше из {base}",
        "uk": "{low} або більше з {base}",
        "ar": "{low} أو أكثر من أصل {base}",
    },
    "or_fewer_of": {
        "en": "{high} or fewer of {base}",
        "lv": "{high} vai mazāk no {base}",
        "ru": "{high} или меньше из {base}",
        "uk": "{high} або менше з {base}",
        "ar": "{high} أو أقل من أصل {base}",
    },
    "between": {
        "en": "between {low} and {high}",
        "lv": "no {low} līdz {high}",
        "ru": "от {low} до {high}",
        "uk": "від {low} до {high}",
        "ar": "من {low} حتى {high}",
    },
    "between_of": {
        "en": "between {low} and {high}",
        "lv": "{low}–{high}",
        "ru": "от {low} до {high}",
        "uk": "від {low} до {high}",
        "ar": "من {low} حتى {high}",
    },
    "out_of": {
        "en": "of {base}",
        "lv": "no {base}",
        "ru": "из {base}",
        "uk": "з {base}",
        "ar": "من أصل {base}",
    },
    "few_answered": {
        "en": "{high} or fewer answered",
        "lv": "{high} vai mazāk atbilžu",
        "ru": "ответов: {high} или меньше",
        "uk": "відповідей: {high} або менше",
        "ar": "عدد الإجابات: {high} أو أقل",
    },
    "level": {
        "en": "level {n}",
        "lv": "{n}. līmenis",
        "ru": "уровень {n}",
        "uk": "рівень {n}",
        "ar": "المستوى {n}",
    },
    "span": {
        "en": "from {low} to {high}",
        "lv": "no {low} līdz {high}",
        "ru": "от {low} до {high}",
        "uk": "від {low} до {high}",
        "ar": "من {low} حتى {high}",
    },
}


class Facet(StrEnum):
    """Which text of a figure is asked for.

    FULL is "12 of 19 (63 %, 41–81 %)"; SHORT the one number or phrase that stands for the figure; COUNTS is
    "12 of 19" and COUNT the 12 alone; SHARE is "63 %", empty under ten people; BASE is the 19; INTERVAL is
    "41–81 %" and SPAN the same in words; TARGET and PROGRESS are the figure's own.
    """

    FULL = "full"
    SHORT = "short"
    COUNTS = "counts"
    COUNT = "count"
    SHARE = "share"
    BASE = "base"
    INTERVAL = "interval"
    SPAN = "span"
    TARGET = "target"
    PROGRESS = "progress"


def format_number(number: Decimal | int, language: str) -> str:
    r"""The number with the digits it carries, in the decimals of the language, no-break space between thousands.

    >>> format_number(Decimal("12345.60"), "lv")
    '12\xa0345,60'
    """
    exact = Decimal(number)
    exponent = exact.as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    pattern = ("#,##0" if abs(exact) >= SMALLEST_GAPPED_NUMBER else "0") + ("." + "0" * decimals) * bool(decimals)
    point, gap = get_decimal_symbol(language), get_group_symbol(language)
    whole, mark, rest = str(format_decimal(abs(exact), pattern, locale=language)).partition(str(point))
    sign = "\N{MINUS SIGN}" if exact < 0 else ""
    return sign + whole.replace(str(gap), NBSP) + mark + rest


def make_number_text(number: Decimal, unit: str, language: str) -> str:
    """A number of that unit, with its percent sign or currency: "63 %", "USD 25 000", "25 000 USD"."""
    text = format_number(number, language)
    if unit == "percent":
        return f"{text}{NBSP}%"
    if unit in CURRENCIES:
        return f"{unit}{NBSP}{text}" if language == "en" else f"{text}{NBSP}{unit}"
    if unit == LEVEL:
        return _PHRASES[LEVEL][language].format(n=text).replace(" ", NBSP)
    return text


def make_figure_text(figure: Figure, language: str, facet: Facet = Facet.FULL) -> str:
    """The text of one facet of a figure; empty where the figure has nothing to say there.

    Raises KeyError for a language other than those of ``LANGUAGES``, ValueError for a value without a number.
    """
    if figure.state is FigureState.VALUE and figure.value is None:
        raise ValueError(f"figure {figure.id} is in state value and carries none")
    return _FACETS[facet](figure, language)


def make_spoken_text(figure: Figure, language: str) -> str:
    """The full text for those who hear it: a symbol is followed by what it stands for."""
    text = make_figure_text(figure, language)
    if figure.state in SYMBOLS:
        return f"{text} ({STATE_WORDS[figure.state][language]})"
    return text


def has_percentage(figure: Figure) -> bool:
    """Whether the figure is a value in percent over enough people to print the percentage (R20)."""
    base = figure.denominator if figure.denominator is not None else figure.n
    enough = base is None or base >= SMALLEST_PERCENTAGE_BASE
    return figure.state is FigureState.VALUE and figure.unit == "percent" and enough


def _make_full(figure: Figure, language: str) -> str:
    if figure.state is not FigureState.VALUE or (figure.unit == "percent" and not has_percentage(figure)):
        return _make_counts(figure, language)
    main, interval = _make_number(figure, language), _make_interval(figure, language)
    counts = _make_counts(figure, language)
    if figure.unit == "percent" and counts != main:
        return f"{counts} ({', '.join(filter(None, (main, interval)))})"
    if figure.unit in RATIOS and counts != main:
        return f"{main} ({counts})"
    based = figure.n is not None or (figure.denominator is not None and figure.unit in {*RATIOS, LEVEL})
    mean = figure.numerator is None and based and figure.unit != "persons"
    return counts + (f" ({interval})" if interval else "") + (f", n = {_make_base(figure, language)}" if mean else "")


def _make_short(figure: Figure, language: str) -> str:
    if figure.state is FigureState.VALUE and (figure.unit != "percent" or has_percentage(figure)):
        return _make_number(figure, language)
    return _make_counts(figure, language)


def _make_counts(figure: Figure, language: str) -> str:
    if figure.state is not FigureState.VALUE:
        return _make_stand_in(figure, language, figure.denominator)
    if figure.numerator is None or figure.denominator is None:
        return _make_number(figure, language)
    if figure.unit in RATIOS:
        return " : ".join(format_number(each, language) for each in (figure.numerator, figure.denominator)).replace(
            " ", NBSP
        )
    return _phrase("of", language, n=figure.numerator, base=figure.denominator)


def _make_count(figure: Figure, language: str) -> str:
    if figure.state is not FigureState.VALUE:
        return _make_stand_in(figure, language, None)
    numerator = figure.numerator
    return _make_number(figure, language) if numerator is None else format_number(numerator, language)


def _make_share(figure: Figure, language: str) -> str:
    return _make_number(figure, language) if has_percentage(figure) else ""


def _make_base(figure: Figure, language: str) -> str:
    base = figure.denominator if figure.denominator is not None else figure.n
    return "" if base is None else format_number(base, language)


def _make_interval(figure: Figure, language: str) -> str:
    bounds = _find_interval(figure)
    if bounds is None:
        return ""
    text = "–".join(format_number(bound, language) for bound in bounds)
    return f"{text}{NBSP}%" if figure.unit == "percent" else text


def _make_span(figure: Figure, language: str) -> str:
    bounds = _find_interval(figure)
    if bounds is None:
        return ""
    low, high = (make_number_text(bound, figure.unit, language) for bound in bounds)
    return _PHRASES["span"][language].format(low=low, high=high)


def _make_target(figure: Figure, language: str) -> str:
    return "" if figure.target is None else make_number_text(figure.target, figure.unit, language)


def _make_progress(figure: Figure, language: str) -> str:
    return "" if figure.progress is None else make_number_text(figure.progress, "percent", language)


_FACETS: Mapping[Facet, Callable[[Figure, str], str]] = {
    Facet.FULL: _make_full,
    Facet.SHORT: _make_short,
    Facet.COUNTS: _make_counts,
    Facet.COUNT: _make_count,
    Facet.SHARE: _make_share,
    Facet.BASE: _make_base,
    Facet.INTERVAL: _make_interval,
    Facet.SPAN: _make_span,
    Facet.TARGET: _make_target,
    Facet.PROGRESS: _make_progress,
}


def _find_interval(figure: Figure) -> tuple[Decimal, Decimal] | None:
    """The interval of a value that may be printed: never of a percentage over fewer than ten people."""
    if figure.state is not FigureState.VALUE or figure.low is None or figure.high is None:
        return None
    return None if figure.unit == "percent" and not has_percentage(figure) else (figure.low, figure.high)


def _make_stand_in(figure: Figure, language: str, base: int | None) -> str:
    """What stands where there is no value: the band in words, or the symbol of the state.

    An open end of a band is null, 0 or the base; ``base`` is named where it is given.
    """
    if figure.state is not FigureState.BANDED:
        return SYMBOLS[figure.state]
    low, high, whole = figure.low, figure.high, figure.denominator
    if whole is None and figure.unit == "percent":
        return _phrase("few_answered", language, high=high)
    of = "" if base is None else "_of"
    if high is None or (whole is not None and high >= whole):
        return _phrase(f"or_more{of}", language, low=low, base=base)
    if low is None or low <= 0:
        return _phrase(f"or_fewer{of}", language, high=high, base=base)
    text = _phrase(f"between{of}", language, low=low, high=high)
    # So long a phrase may go on in a second line, and only there. Beside a number in Arabic a PDF's plain space is lost
    # to whoever copies the text.
    gap = NBSP if language == "ar" else " "
    return f"{text}{gap}{_phrase('out_of', language, base=base)}" if of else text


def _make_number(figure: Figure, language: str) -> str:
    """The value with its unit, "or more" where it is the least there can be; empty where there is none."""
    if figure.value is None:
        return ""
    text = make_number_text(figure.value, figure.unit, language)
    least = figure.high is None and figure.low == figure.value
    return _PHRASES["or_more"][language].format(low=text).replace(" ", NBSP) if least else text


def _phrase(name: str, language: str, **numbers: Decimal | int | None) -> str:
    texts = {key: "" if number is None else format_number(number, language) for key, number in numbers.items()}
    return _PHRASES[name][language].format(**texts).replace(" ", NBSP)
