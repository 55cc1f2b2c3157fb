"""The scripts that the README and continuous integration call."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(
    [*(path for path in (ROOT / "script").iterdir() if path.suffix != ".py" and path.is_file()), ROOT / ".ci" / "run"]
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_executable_posix_shell_that_stops_at_the_first_fault(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/bin/sh"
    assert "set -eu" in lines
    assert os.access(script, os.X_OK)
    checked = subprocess.run(["sh", "-n", script], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_continuous_integration_runs_the_tests() -> None:
    assert 'exec "$(dirname "$0")/../script/test"' in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_bootstrap_refuses_an_unknown_argument() -> None:
    refused = subprocess.run([ROOT / "script" / "bootstrap", "--all"], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "usage: script/bootstrap [--dev]\n"


def test_every_pin_carries_a_hash_and_no_registry_is_named() -> None:
    for name in ("requirements-build.txt", "requirements.txt", "requirements-dev.txt", "requirements-bench.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        for pin in text.replace("\\\n", "").splitlines():
            assert pin.lstrip().startswith("#") or " --hash=sha256:" in pin, pin


def test_the_tests_use_the_same_libraries_as_the_program() -> None:
    def read_pins(name: str) -> set[str]:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        return {line.rstrip("\\ ") for line in lines if "==" in line and not line.startswith((" ", "#"))}

    assert read_pins("requirements.txt") < read_pins("requirements-dev.txt")
    assert read_pins("requirements.txt") < read_pins("requirements-bench.txt")
