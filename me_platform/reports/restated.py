"""What a snapshot prints differently from the one whose place it takes, and why, in the words of a reader (R24).

Nothing is decided here: which steps of a difference may be told was decided when the restatement was recorded
(``disclosure.restatements``). Who approved it is told as a role.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from me_platform.disclosure.figures import Figure, make_figure
from me_platform.disclosure.wording import format_number, make_figure_text
from me_platform.indicators.definition import Text
from me_platform.indicators.flow import FLOW
from me_platform.reports.explanation import name_category
from me_platform.reports.words import Words, make_short_day

OLD = "before:"
"""What stands before the id of a figure of the older snapshot."""

CAUSES: Mapping[str, Text] = {
    "withdrawn": {"en": "people took something out", "lv": "cilvēki kaut ko atsauca"},
    "duplicate": {"en": "recorded by mistake", "lv": "ierakstīts kļūdas dēļ"},
    "correction": {"en": "corrected", "lv": "labots"},
    "late": {"en": "recorded late", "lv": "ierakstīts vēlāk"},
    "definition": {"en": "defined differently", "lv": "mainīta definīcija"},
}
"""Why a figure is another one than before."""

_SAID: Mapping[str, Text] = {
    "officer": {
        "en": "Approved on {day} by the M&E officer who had the figures frozen anew.",
        "lv": "Apstiprināts {day} – to darīja uzraudzības un izvērtēšanas speciālists, fiksējot skaitļus no jauna.",
    },
    "operator": {
        "en": "Recorded on {day} by whoever runs the system, without an account.",
        "lv": "Reģistrēts {day} – to darīja sistēmas uzturētājs bez lietotāja konta.",
    },
    "few": {"en": "{low}–{high} people", "lv": "{low}–{high} cilvēki"},
    "many": {"en": "{low} people or more", "lv": "{low} vai vairāk cilvēku"},
    "points": {"en": "{number} percentage points", "lv": "{number} procentpunkti"},
    "not_told": {
        "en": "not told: few people, a range, or an older snapshot",
        "lv": "netiek atklāts: maz cilvēku, diapazons vai vecāks datu stāvoklis",
    },
    "no_difference": {"en": "not a number", "lv": "nav skaitlis"},
    "missing": {"en": "not there", "lv": "nebija"},
    "step": {"en": "{cause}: {amount}", "lv": "{cause}: {amount}"},
    "and": {"en": " and ", "lv": " un "},
}


@dataclass(frozen=True)
class RestatedRow:
    """A figure in both snapshots. ``old`` and ``new`` are ids of figures, empty where it is missing there."""

    label: str
    old: str
    new: str
    old_text: str
    new_text: str
    difference: str
    causes: str


@dataclass(frozen=True)
class RestatedView:
    """One restatement: the snapshot whose place is taken, who approved it, and what is printed differently.

    ``people`` are the causes behind which there are people, each with a range. ``others`` is how many figures besides
    the ``rows`` are printed differently: parts and tables of these.
    """

    replaces: str
    freeze: str
    approved: str
    people: tuple[str, ...]
    rows: tuple[RestatedRow, ...]
    others: int


def make_restated(restatement: Mapping[str, Any], words: Words, *, whole: bool = False) -> RestatedView:
    """A recorded restatement in words.

    ``restatement`` holds ``freeze``, ``replaces``, ``day`` (a date), ``by`` ("officer" or "operator"), ``figures`` as
    they were recorded, and ``people`` by cause. ``whole`` tells of every figure, else of headlines only.
    """
    language = words.language
    figures: Sequence[Mapping[str, Any]] = restatement["figures"]
    chosen = [each for each in figures if whole or _is_headline(_read_any(each))]
    return RestatedView(
        replaces=restatement["replaces"],
        freeze=restatement["freeze"],
        approved=_SAID[restatement["by"]][language].format(day=make_short_day(restatement["day"], language)),
        people=tuple(_say_people(restatement["people"], language)),
        rows=tuple(_make_row(each, words) for each in chosen),
        others=len(figures) - len(chosen),
    )


def list_figures(restatements: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Figure]]:
    """The figures that rows name by their ids, those of the older snapshot under ids of their own."""
    for restatement in restatements:
        for each in restatement["figures"]:
            if each["old"] is not None:
                yield f"{OLD}{each['id']}", make_figure(each["old"])


def _read_any(each: Mapping[str, Any]) -> Figure:
    return make_figure(each["new"] or each["old"])


def _is_headline(figure: Figure) -> bool:
    return not figure.part and not figure.disaggregation


def _make_row(each: Mapping[str, Any], words: Words) -> RestatedRow:
    language = words.language
    figure = _read_any(each)
    old, new = (None if each[name] is None else make_figure(each[name]) for name in ("old", "new"))
    return RestatedRow(
        label=_make_label(figure, words),
        old="" if old is None else f"{OLD}{each['id']}",
        new="" if new is None else each["id"],
        old_text=_say_figure(old, language),
        new_text=_say_figure(new, language),
        difference=_say_amount(each["difference"], figure, language)
        if each["difference"] is not None
        else _SAID["no_difference"][language],
        causes=_say_causes(each["steps"], figure, language),
    )


def _say_figure(figure: Figure | None, language: str) -> str:
    return _SAID["missing"][language] if figure is None else make_figure_text(figure, language)


def _make_label(figure: Figure, words: Words) -> str:
    parts = [words.pick(figure.title)]
    if figure.part and figure.indicator != FLOW:  # a stage's title says which it is
        parts.append(words.find_term("part", figure.part) or figure.part)
    parts += [name_category(dimension, category, words) for dimension, category in figure.disaggregation.items()]
    return ", ".join(parts)


def _say_amount(amount: str, figure: Figure, language: str) -> str:
    number = Decimal(amount)
    sign = "+" if number > 0 else "−" if number < 0 else ""
    text = f"{sign}{format_number(abs(number), language)}"
    return _SAID["points"][language].format(number=text) if figure.unit == "percent" else text


def _say_causes(steps: Sequence[Mapping[str, Any]] | None, figure: Figure, language: str) -> str:
    if steps is None:
        return _SAID["not_told"][language]
    return "; ".join(
        _SAID["step"][language].format(
            cause=_SAID["and"][language].join(CAUSES[cause][language] for cause in step["causes"]),
            amount=_say_amount(step["amount"], figure, language),
        )
        for step in steps
    )


def _say_people(people: Mapping[str, tuple[int, int | None]], language: str) -> Iterator[str]:
    for cause, (low, high) in people.items():
        name = "many" if high is None else "few"
        text = _SAID[name][language].format(low=low, high=high)
        yield _SAID["step"][language].format(cause=CAUSES[cause][language], amount=text)
