"""A sample instance of its own, driven through the ``me`` command as an officer drives it."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from me_platform import cli
from tests.conftest import lend_folder

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What a command gave back."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the command printed
        return json.loads(self.out)


class Me:
    """The command within one instance and on one day."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *arguments: str, **changes: str) -> Outcome:
        """Run a command; ``changes`` are environment variables for this run."""
        out, err = io.StringIO(), io.StringIO()
        before = dict(os.environ)
        os.environ.update(self.environment | changes)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = cli.run(list(arguments))
        finally:
            os.environ.clear()
            os.environ.update(before)
        return Outcome(status, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def me() -> Iterator[Me]:
    """A fresh sample instance, on 2 March 2026."""
    with lend_folder() as folder:
        yield _make_instance(folder)


def _make_instance(folder: Path) -> Me:
    command = Me(
        {
            "ME_INSTANCE": str(folder / "instance"),
            "ME_CONTENT": str(ROOT),
            "ME_TODAY": "2026-03-02",
            "ME_HOST": "127.0.0.1",
        }
    )
    made = command("init", "--sample", ME_TODAY="")
    assert made.status == 0, made.err
    return command
