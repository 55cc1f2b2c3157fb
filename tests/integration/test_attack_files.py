"""The attack reads real reports and exports, whole or with what it could not read named; the command on top of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from me_platform import cli
from me_platform.catalogue import Catalogue
from me_platform.disclosure.attack.exports import read_csv, read_json
from me_platform.disclosure.attack.printed_text import read_printed
from me_platform.disclosure.attack.reports import list_differences, read_pdf
from me_platform.disclosure.attack.vocabulary import Vocabulary
from me_platform.disclosure.figures import make_figure
from me_platform.disclosure.wording import Facet
from me_platform.errors import InputInvalid, PublicationUnreadable
from me_platform.exchange.tables import Cell, write_csv
from me_platform.reports.build import build_report
from me_platform.services.attacking import make_vocabulary
from me_platform.services.freezing import make_printed
from me_platform.staff_site.figures import COLUMNS
from me_platform.surveys.loading import load_surveys
from tests.report_samples import INDICATORS, PEOPLE, PLAN, ROOT, TAXONOMY, load_templates

TOLD = frozenset({Facet.FULL, Facet.SHORT, Facet.COUNTS, Facet.COUNT})
"""Facets that print a figure and not something beside it."""


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    surveys = load_surveys(ROOT)
    return make_vocabulary(Catalogue(ROOT, surveys, TAXONOMY, INDICATORS, {PLAN.id: PLAN}, load_templates()))


def make_export(snapshot: Mapping[str, Any]) -> bytes:
    figures = [make_printed(make_figure(each), snapshot["freeze"]) for each in snapshot["figures"]]
    return json.dumps(figures, ensure_ascii=False, indent=1).encode()


@pytest.mark.parametrize(("name", "language"), [("60", "lv"), ("19", "en"), ("all", "en")])
def test_every_figure_printed_in_a_report_is_read_back(vocabulary: Vocabulary, name: str, language: str) -> None:
    """What the report printed, by its own list, is what the attack reads, figure by figure and number by number."""
    sample, template = PEOPLE[name], load_templates()["partner-impact"]
    plain = (sample.indicators, sample.taxonomy, sample.snapshot, sample.findings, sample.quotes)
    result = build_report(template, language, sample.plan, *plain, annex=False)
    reading = read_pdf("report.pdf", result.pdf, vocabulary)
    export = {line.place: line for line in read_json("figures.json", make_export(sample.snapshot)).lines}
    names = {figure["id"]: line for figure, line in zip(sample.snapshot["figures"], export.values(), strict=True)}
    printed = {names[each.figure].cell for each in result.printed if each.facet in TOLD}
    assert printed - {line.cell for line in reading.lines} == set()
    assert list(list_differences(reading.lines, export.values())) == []
    assert reading.unread == ()


@pytest.mark.parametrize(
    ("language", "text", "numbers"),
    [
        ("en", "12 of 19 (63 %, 41–81 %)", ("value", 63, 12, 19, 41, 81)),
        ("lv", "12 no 19 (63 %, 41–81 %)", ("value", 63, 12, 19, 41, 81)),
        ("en", "14 or more of 19", ("banded", None, None, 19, 14, None)),
        ("lv", "14 vai vairāk no 19", ("banded", None, None, 19, 14, None)),
        ("en", "5 or fewer of 19", ("banded", None, None, 19, None, 5)),
        ("lv", "5–15 no 19", ("banded", None, None, 19, 5, 15)),
        ("en", "between 83 and 207", ("banded", None, None, None, 83, 207)),
        ("lv", "no 83 līdz 207", ("banded", None, None, None, 83, 207)),
        ("en", "5 of 7", ("value", None, 5, 7, None, None)),
        ("lv", "12 345", ("value", 12345, None, None, None, None)),
        ("en", "× hidden to protect people", ("suppressed", None, None, None, None, None)),
        ("en", "none set", None),
    ],
)
def test_a_printed_figure_is_read(language: str, text: str, numbers: tuple[object, ...] | None) -> None:
    found = read_printed(text, language)
    told = found and (found.state, found.value, found.numerator, found.denominator, found.low, found.high)
    assert told == numbers


def test_the_staff_sites_file_is_read() -> None:
    """The columns and their order are those of the page of figures, whatever its language."""
    row: list[Cell] = [
        "useful",
        "Useful",
        "",
        "",
        "value",
        "12 of 19",
        63,
        12,
        19,
        19,
        41,
        81,
        "percent",
        "",
        None,
        None,
        "",
    ]
    row += ["A", "2026-01-01", "2026-06-30", "2026-07-15", "plan-20260101-aaaa"]
    [line] = read_csv("figures.csv", write_csv([str(each) for each in COLUMNS], [row])).lines
    assert (line.indicator, line.partner, line.numerator, line.denominator, line.issue.plan) == (
        "useful", "A", 12, 19, "plan",
    )  # fmt: skip


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7\nnothing", b"[1, 2]", b"[not json", b"a,b\n1,2\n", b"\xff\xfe\x00", b""], ids=str
)
def test_a_file_that_is_no_publication_is_told_in_one_sentence(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ME_CONTENT", str(ROOT))
    path = tmp_path / "strange.file"
    path.write_bytes(content)
    assert cli.run(["disclosure", "attack", str(path)]) == PublicationUnreadable("", "").exit_code
    said = capsys.readouterr().err
    assert said.startswith(f"{path} cannot be read: ")
    assert len(said.splitlines()) == 1


def make_people(partner: str, state: str, **numbers: object) -> dict[str, object]:
    plain: dict[str, object] = dict.fromkeys(("value", "numerator", "denominator", "n", "low", "high"))
    return {
        **plain,
        "id": f"people-supported@{partner}",
        "indicator": "people-supported",
        "part": "",
        "partner": partner,
        "period": "2025-10-01..2026-09-30",
        "disaggregation": {},
        "state": state,
        "unit": "persons",
        "snapshot": "sample-20251001-b564d4c0",
        **numbers,
    }


def make_consortium(hidden: tuple[str, ...]) -> list[dict[str, object]]:
    """People of nine partners and of all together; the numbers of ``hidden`` ones are left out.

    All together are no multiple of T, so that everybody sees that the upper end is their sum.
    """
    people = {"KALNS": 81, "GAISMA": 50, "VEJI": 26, "BERZ": 19, "DZIRNAS": 11, "OSTA": 6, "LIGZDA": 3}
    people |= {"UPE": 0, "TILTI": 0}
    lines = [
        make_people(code, "suppressed") if code in hidden else make_people(code, "value", value=count, numerator=count)
        for code, count in people.items()
    ]
    return [*lines, make_people("KONSORCIJS", "banded", low=80, high=sum(people.values()))]


def test_the_command_prints_what_was_recovered_and_ends_with_1(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ME_CONTENT", str(ROOT))
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(make_consortium(("LIGZDA",)), indent=1), encoding="utf-8")
    assert cli.run(["disclosure", "attack", str(path)]) == 1
    out = capfd.readouterr().out
    assert "public      3             people-supported, LIGZDA" in out
    assert "the consortium's number is the sum of its partners'" in out
    assert "figures.json, line" in out
    assert cli.run(["disclosure", "attack", "--json", str(path)]) == 1
    told = json.loads(capfd.readouterr().out)
    assert [each["low"] for each in told["recovered"] if each["aim"] == "hidden"] == [3]


def test_the_command_ends_with_0_where_nothing_is_recovered(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ME_CONTENT", str(ROOT))
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(make_consortium(("LIGZDA", "OSTA", "DZIRNAS"))), encoding="utf-8")
    assert cli.run(["disclosure", "attack", str(path)]) == 0
    assert capfd.readouterr().out.splitlines()[-1].startswith("0 recovered; ")


def test_a_partners_own_file_is_known_to_its_staff(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ME_CONTENT", str(ROOT))
    path, own = tmp_path / "figures.json", tmp_path / "own.json"
    path.write_text(json.dumps(make_consortium(("LIGZDA", "OSTA"))), encoding="utf-8")
    own.write_text(json.dumps([make_people("OSTA", "value", value=6, numerator=6)]), encoding="utf-8")
    assert cli.run(["disclosure", "attack", "--own", f"OSTA={own}", str(path)]) == 1
    assert "OSTA        3             people-supported, LIGZDA" in capfd.readouterr().out
    assert cli.run(["disclosure", "attack", "--own", f"NOBODY={own}", str(path)]) == InputInvalid.exit_code
    assert "There is no partner 'NOBODY'" in capfd.readouterr().err
