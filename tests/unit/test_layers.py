"""The house rule "imports point down only" (contracts in pyproject.toml)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter in a process of its own: it reads the package from the folder it stands in."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_import_contract_is_kept() -> None:
    """The layers, the two doors and the doors to the libraries, indirect imports included."""
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("storage/upward.py", "import me_platform.services", "me_platform.storage is not allowed to import"),
        ("loose.py", "", "not listed as layers"),
        ("survey_site/analysis.py", "from pandas import DataFrame", "survey_site is not allowed to import"),
        (
            "survey_site/keys.py",
            "from me_platform.sealing import vault",
            "survey_site is not allowed to import me_platform.sealing.vault",
        ),
        (
            "survey_site/staff.py",
            "import me_platform.staff_site",
            "survey_site is not allowed to import me_platform.staff_site",
        ),
        (
            "disclosure/attack/borrowed.py",
            "from me_platform.disclosure.bands import is_small",
            "me_platform.disclosure.attack.borrowed -> me_platform.disclosure.bands",
        ),
        ("services/secrets.py", "from cryptography import x509", "me_platform is not allowed to import cryptography"),
    ],
)
def test_an_import_against_the_rules_is_refused(tmp_path: Path, module: str, line: str, broken: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "me_platform", tmp_path / "me_platform", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "me_platform" / module).write_text(f"{line}\n", encoding="utf-8")
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert broken in result.stdout
