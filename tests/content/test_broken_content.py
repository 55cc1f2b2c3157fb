"""Eleven broken content folders, each laid over the shipped content: one run of ``me check`` names every fault.

Issue, bad input: with file, line and the way out, all at once.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from me_platform.catalogue import check_catalogue
from me_platform.content import Problems

ROOT = Path(__file__).parents[2]
BROKEN = Path(__file__).parent / "broken"
FAULTS = {
    "circular-skip-logic": (
        "surveys/in-circles/survey.yaml:14: `when` of the question `first` goes in a circle: `first` -> `second` -> "
        "`first`. Refer to questions that are asked earlier only."
    ),
    "duplicate-key": (
        "indicators/says-it-twice.yaml:8: `direction` is written twice: on line 4 and on line 8. Keep one of them."
    ),
    "forbidden-topic": (
        "surveys/asks-too-much/survey.yaml:16: The question `report` touches what is never asked: cooperation with the "
        "police (`police`). Take the question out."
    ),
    "illegal-kind-and-aggregation": (
        "indicators/summed-shares.yaml:6: `over_partners` of a proportion cannot be `sum`. It can be: recompute."
    ),
    "missing-latvian": (
        "surveys/no-latvian/survey.yaml:16: `prompt` of the question `warm` has no text in `lv`. Add `lv: ...`."
    ),
    "overlapping-windows": (
        "surveys/too-often/survey.yaml:11: Two follow-ups overlap: 20 days before and 20 days after do not fit into 30 "
        "days. Make the windows shorter, or `every` longer."
    ),
    "target-of-the-wrong-kind": (
        "indicators/plans/beyond-all.yaml:31: `feels-safe`: 170 can never be reached; a proportion like this lies "
        "between 0 and 100. Correct it."
    ),
    "target-without-baseline-date": (
        "indicators/plans/no-date.yaml:29: `feels-safe`: `baseline_date` is missing. Give both, or neither where there "
        "is no baseline."
    ),
    "unknown-partner": (
        "indicators/plans/nobody-there.yaml:30: `feels-safe`: there is no partner `ALPHA` in this plan. Did you mean "
        "`ALFA`?"
    ),
    "unknown-question": (
        "indicators/asks-nothing.yaml:5: The survey `outcome-checkin` has no question `safe_hom`. Did you mean "
        "`safe_home`?"
    ),
    "wrong-unit": "indicators/in-metres.yaml:6: A proportion has no unit `metres`. It can have: percent.",
}


def lay(folder: Path, *names: str) -> Path:
    """The shipped content with the files of some broken folders beside it."""
    for part in ("surveys", "indicators", "report_templates"):
        shutil.copytree(ROOT / part, folder / part)
    for name in names:
        shutil.copytree(BROKEN / name, folder, dirs_exist_ok=True)
    return folder


def test_every_broken_folder_has_its_fault_written_down() -> None:
    assert sorted(path.name for path in BROKEN.iterdir()) == sorted(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_folder_is_named_with_file_line_and_way_out_and_nothing_else_is(tmp_path: Path, name: str) -> None:
    problems = Problems()
    check_catalogue(lay(tmp_path, name), problems)
    told = [str(fault) for fault in problems.faults]
    assert FAULTS[name] in told
    own = {path.relative_to(BROKEN / name).as_posix() for path in (BROKEN / name).rglob("*.yaml")}
    assert {line.partition(":")[0] for line in told} == own


def test_one_run_names_the_faults_of_all_ten(tmp_path: Path) -> None:
    folder = lay(tmp_path, *FAULTS)
    run = subprocess.run(
        [sys.executable, "-c", "from me_platform.cli import main; main()", "check"],
        env={**os.environ, "ME_CONTENT": str(folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (1, "")
    lines = run.stderr.splitlines()
    assert set(FAULTS.values()) <= set(lines)
    # Every line says where, what, and what helps.
    assert [line for line in lines if not re.fullmatch(r"\S+\.yaml:\d+: [^.]+\..* \S.+[.?]", line)] == []
