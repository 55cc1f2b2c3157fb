"""The reference in docs/ is what the program says about itself."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from me_platform import cli
from me_platform.content import Problems, read_yaml
from me_platform.reference import SCHEMAS, list_commands, list_models, make_reference, make_roles, make_schema

ROOT = Path(__file__).parents[2]


def test_the_reference_is_up_to_date() -> None:
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == make_reference(cli.me)


def test_the_table_of_roles_is_up_to_date() -> None:
    assert (ROOT / "docs" / "roles.md").read_text(encoding="utf-8") == make_roles()


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_knows_every_key_with_its_help_and_is_what_the_command_prints(kind: str) -> None:
    """Issue, definitions: JSON Schema for editors' completion."""
    schema = make_schema(kind)
    objects = [schema, *schema.get("$defs", {}).values()]
    keys = [(name, key) for each in objects for name, key in each.get("properties", {}).items()]
    assert keys or kind == "taxonomy"
    assert [name for name, key in keys if not key.get("description")] == []
    printed = CliRunner().invoke(cli.me, ["schema", "--kind", kind])
    assert printed.exit_code == 0
    assert json.loads(printed.output) == schema


def test_the_schema_of_an_indicator_has_all_keys_of_the_shipped_ones() -> None:
    known = make_schema("indicator")["properties"].keys()
    others = {"taxonomy.yaml", "code-book.yaml"}
    files = [path for path in (ROOT / "indicators").glob("*.yaml") if path.name not in others]
    assert len(files) > 50
    for path in files:
        node = read_yaml(path, ROOT, Problems())
        assert node is not None
        assert node.entries.keys() <= known, path.name


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
