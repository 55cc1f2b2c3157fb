"""The auditor's bundle: its script finds every headline figure again, and nobody is named in it."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from me_platform.demo.build import FREEZE_DAY, PERIOD, PLAN
from me_platform.demo.lives import Crowd
from me_platform.disclosure.figures import Audience, Figure, FigureState, make_figure_id
from me_platform.disclosure.protect import publish
from me_platform.errors import NotFound
from me_platform.indicators.definition import Kind
from me_platform.indicators.frames import Frames
from me_platform.indicators.frozen import Definitions, choose_definitions
from me_platform.indicators.lineage import list_lines
from me_platform.indicators.periods import read_period
from me_platform.indicators.results import Availability, RawFigure
from me_platform.services.audit import Deed, list_log
from me_platform.services.bundles import BUNDLE, Bundle, build_bundle, make_bundle
from me_platform.services.freezing import compute_raws
from me_platform.services.lineage import Memory
from tests.conftest import Engines
from tests.freeze_samples import CATALOGUE, Records
from tests.integration.conftest import Offices
from tests.report_samples import make_snapshot
from tests.world_samples import load_content, make_world_frames

CROWDS = {"KALNS": Crowd(60, young=12), "BERZ": Crowd(19), "OSTA": Crowd(6)}
NO_DATES = re.compile(r"\d{4}-\d{2}-\d{2}")


@pytest.fixture
def records(offices: Offices, engines: Engines) -> Records:
    return Records(offices, engines)


def show_all(raws: Iterable[RawFigure]) -> list[Figure]:
    """The true numbers as if nothing had to be protected: so that the script is asked for every one of them."""
    return [
        Figure(
            id=make_figure_id(raw.indicator, raw.partner, raw.period, raw.part, raw.disaggregation),
            indicator=raw.indicator,
            title=raw.title,
            partner=raw.partner,
            period=raw.period,
            state=FigureState.BANDED if raw.value is None else FigureState.VALUE,
            unit=raw.unit,
            part=raw.part,
            disaggregation=raw.disaggregation,
            value=raw.value,
            numerator=raw.numerator,
            denominator=raw.denominator,
            low=raw.low,
            high=raw.high,
        )
        for raw in raws
        if raw.availability is Availability.VALUE
    ]


def link_people(frames: Frames) -> Frames:
    """The same records, with six people of BERZ and OSTA who show each other's card, and KALNS knows four of them."""
    people = frames.people[["person", "partner"]]
    shown = [
        people[people["partner"] == partner].head(number).assign(card=[f"c{each}" for each in range(number)])
        for partner, number in (("BERZ", 6), ("OSTA", 6), ("KALNS", 4))
    ]
    cards = pd.concat(shown, ignore_index=True)
    return replace(frames, cards=cards.assign(card=cards["card"].astype("category")))


@cache
def make_sample() -> tuple[Definitions, Frames, Sequence[RawFigure]]:
    """Definitions, records and true numbers of three partners of the sample."""
    catalogue = load_content()
    definitions = choose_definitions(catalogue.get_plan(PLAN), catalogue.indicators, catalogue.surveys)
    frames = link_people(make_world_frames(CROWDS))
    return definitions, frames, compute_raws(definitions, frames, read_period(PERIOD), FREEZE_DAY)


def make_sample_bundle(partner: str, make: Callable[[Sequence[RawFigure]], Iterable[Figure]]) -> Bundle:
    """The bundle of one partner of the sample, without a database; ``make`` turns true numbers into figures."""
    (definitions, frames, raws), period = make_sample(), read_period(PERIOD)
    mine = [each for each in make(raws) if each.partner == partner]
    part = make_snapshot(partner, mine, definitions.plan)
    memory = Memory(part["freeze"], period, FREEZE_DAY, definitions, {partner: part})
    return make_bundle(memory, part, list_lines(definitions, frames, period, FREEZE_DAY, partner), gone=0)


def write(files: Mapping[str, bytes], folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def run(folder: Path) -> tuple[int, list[str]]:
    """The script as an auditor runs it: exit status and lines."""
    done = subprocess.run([sys.executable, folder / "recompute.py"], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def read_rows(files: Mapping[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files["records.csv"].decode("utf-8-sig"))))


def write_rows(rows: list[dict[str, str]], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def print_all(raws: Sequence[RawFigure]) -> Iterable[Figure]:
    """The figures as they are printed."""
    return publish(raws, Audience.FUNDER)


@pytest.mark.parametrize(
    ("partner", "make"), [("KALNS", show_all), ("BERZ", print_all), ("KONSORCIJS", print_all), ("KONSORCIJS", show_all)]
)
def test_the_script_finds_every_headline_figure_again(
    partner: str, make: Callable[[Sequence[RawFigure]], Iterable[Figure]], tmp_path: Path
) -> None:
    """R26, R27, issue E done 4: shares, means, counts, sums, unique people, flows and paired changes of the sample."""
    bundle = make_sample_bundle(partner, make)
    status, lines = run(write(bundle.files, tmp_path / "bundle"))
    assert (status, lines[-1]) == (0, "all agree"), [line for line in lines if line.startswith("DIFFERS")]
    headlines = [
        each["id"]
        for each in json.loads(bundle.files["figures.json"])
        if not each["part"] and not each["disaggregation"] and each["indicator"] not in {"flow", "assisted"}
        if each["state"] in {"value", "banded", "no_value"}
    ]
    assert [line.removeprefix("agrees ") for line in lines[:-1]] == headlines
    assert len(headlines) > 30


def test_the_consortiums_people_are_found_again_only_with_who_is_known_to_be_the_same(tmp_path: Path) -> None:
    """R12, R27: ten known matches; without them the script counts more people than the upper bound."""
    bundle = make_sample_bundle("KONSORCIJS", show_all)
    folder = write(bundle.files, tmp_path / "bundle")
    rows = read_rows(bundle.files)
    # Nothing else is counted by cards, and nothing else tells of them.
    assert {row["indicator"] for row in rows if row["group"]} <= {
        code for code, each in make_sample()[0].indicators.items() if each.kind is Kind.UNIQUE_PERSONS
    }
    write_rows([{**row, "group": ""} for row in rows], folder / "records.csv")
    status, lines = run(folder)
    assert status == 1
    assert f"DIFFERS people-supported@KONSORCIJS@{PERIOD}" in lines


CHANGES = {
    "an answer": ("support-useful", "met"),
    "a person who is left out": ("people-supported", "counted"),
    "hours": ("hours-of-support", "number"),
    "a step": ("feels-safe-change", "number"),
    "a stage": ("response-rate", "met"),
}


def test_after_one_value_is_changed_the_figure_differs(tmp_path: Path) -> None:
    """R27: the script can fail, and says where."""
    bundle = make_sample_bundle("KALNS", show_all)
    figures = {each["id"]: each for each in json.loads(bundle.files["figures.json"])}
    folder = write(bundle.files, tmp_path / "bundle")
    rows = read_rows(bundle.files)
    for code, column in CHANGES.values():
        assert figures[f"{code}@KALNS@{PERIOD}"]["value"], code
        mine = [row for row in rows if row["indicator"] == code and row["counted"] == "yes"]
        if column == "number":
            for row in mine:
                row["number"] = str(float(row["number"] or 0) + (1 if row["wave"] in {"", "baseline"} else 0))
        else:
            # All records of one person: the last of them decides, or any.
            for row in (each for each in mine if each["person"] == mine[0]["person"]):
                row[column] = "no" if row[column] == "yes" else "yes"
    write_rows(rows, folder / "records.csv")
    status, lines = run(folder)
    assert status == 1
    differing = {line for line in lines if line.startswith("DIFFERS")}
    assert differing == {f"DIFFERS {code}@KALNS@{PERIOD}" for code, _ in CHANGES.values()}


def test_a_bundle_names_nobody_and_is_a_line_of_the_log(records: Records, tmp_path: Path) -> None:
    """R26, privacy-and-safety part 2: pseudonyms of this snapshot, no day, no code; nothing of who is erased."""
    people = [records.enrol(date(2026, 1, 10)) for _ in range(6)]
    freezes = [records.freeze(date(2026, 4, 1), period) for period in ("2026-Q1", "2026-01-01..2026-03-30")]
    office = records.offices.worker
    bundles = [build_bundle(office, CATALOGUE, each.id, "ALFA") for each in freezes]
    assert run(write(bundles[0].files, tmp_path / "one"))[0] == 0
    hashes = json.loads(bundles[0].files["hashes.json"])
    assert set(hashes["files"]) == set(bundles[0].files) - {"hashes.json"}
    named = [{row["person"] for row in read_rows(each.files)} - {""} for each in bundles]
    assert [len(each) for each in named] == [6, 6]
    assert not named[0] & named[1]
    text = bundles[0].files["records.csv"].decode()
    assert not any(code in text for code in people)
    assert not NO_DATES.search(text.replace("2026-Q1", ""))
    assert b"5 people or fewer" in bundles[0].files["README.txt"]
    lines = [(line.deed, line.thing, line.account) for line in list_log(office, records.offices.alfa)]
    assert [line for line in lines if line[1] == BUNDLE] == [(Deed.EXPORTED, BUNDLE, None)] * 2
    with pytest.raises(NotFound, match="Known: ALFA, BETA"):
        build_bundle(office, CATALOGUE, freezes[0].id, "KOPA")
