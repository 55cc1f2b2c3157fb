"""The reference in docs/ is what the program says about itself."""

from __future__ import annotations

from pathlib import Path

import click

from me_platform import cli

ROOT = Path(__file__).parents[2]


def test_the_reference_is_up_to_date() -> None:
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == cli.make_reference()


def test_every_command_and_option_says_what_it_is_for() -> None:
    missing = [
        f"{name} {parameter.name}"
        for name, command in cli.list_commands(cli.me, "me")
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ] + [name for name, command in cli.list_commands(cli.me, "me") if not command.help]
    assert missing == []
