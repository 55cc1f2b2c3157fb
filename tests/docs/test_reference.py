"""The reference in docs/ is what the program says about itself."""

from __future__ import annotations

from pathlib import Path

import click

from me_platform import cli
from me_platform.reference import list_commands, list_models, make_reference, make_roles

ROOT = Path(__file__).parents[2]


def test_the_reference_is_up_to_date() -> None:
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == make_reference(cli.me)


def test_the_table_of_roles_is_up_to_date() -> None:
    assert (ROOT / "docs" / "roles.md").read_text(encoding="utf-8") == make_roles()


def test_every_command_and_option_says_what_it_is_for() -> None:
    missing = [
        f"{name} {parameter.name}"
        for name, command in list_commands(cli.me, "me")
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ] + [name for name, command in list_commands(cli.me, "me") if not command.help]
    assert missing == []


def test_every_key_of_a_content_file_says_what_it_is_for() -> None:
    """architecture, rule 10: what others write against carries its help in code."""
    missing = [
        f"{model.__name__}.{name}"
        for _, model in list_models()
        for name, field in model.model_fields.items()
        if not field.description
    ]
    assert missing == []
