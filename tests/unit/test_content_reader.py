"""Officers' files are read strictly and every fault is told in plain words with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, model_validator

from me_platform.content import MAX_DEPTH, ContentModel, Node, Problems, check_model, read_yaml
from me_platform.errors import ContentInvalid, Problem


def read(folder: Path, text: str | bytes) -> tuple[Node | None, Problems]:
    path = folder / "surveys" / "file.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    problems = Problems()
    return read_yaml(path, folder, problems), problems


def read_plain(folder: Path, text: str) -> object:
    node, problems = read(folder, text)
    assert problems.faults == ()
    assert node is not None
    return node.make_plain()


def read_faults(folder: Path, text: str | bytes) -> list[str]:
    return [str(fault) for fault in read(folder, text)[1].faults]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("0.50", Decimal("0.50")),
        ("-1.25", Decimal("-1.25")),
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("True", "True"),
        ("~", "~"),
        ("2026-10-01", "2026-10-01"),
        ("2026-1", "2026-1"),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("12:30", "12:30"),
        ("<<", "<<"),
        ("9" * 5000, "9" * 5000),
        ('"12"', "12"),
        ("'true'", "true"),
        ('""', ""),
        ("Vai Jums ir?", "Vai Jums ir?"),
    ],
)
def test_a_value_is_what_an_officer_would_say_it_is(tmp_path: Path, written: str, value: object) -> None:
    plain = read_plain(tmp_path, f"key: {written}\n")
    assert plain == {"key": value}
    assert isinstance(plain, dict)
    assert type(plain["key"]) is type(value)


def test_keys_are_always_text(tmp_path: Path) -> None:
    assert read_plain(tmp_path, "no: a\n1: b\ntrue: c\n") == {"no": "a", "1": "b", "true": "c"}


def test_every_value_knows_its_line(tmp_path: Path) -> None:
    node, _ = read(tmp_path, "title:\n  en: One\n\nlist:\n  - name: a\n    text: >\n      long\n      words\n  - b\n")
    assert node is not None
    assert node.file == "surveys/file.yaml"
    assert node.at("title").line == 1
    assert node.at("title", "en").line == 2
    assert node.at("list", 0).line == 5
    assert node.at("list", 0, "text").line == 6
    assert node.at("list", 1).line == 9


def test_a_missing_path_leads_to_the_innermost_value_that_exists(tmp_path: Path) -> None:
    node, _ = read(tmp_path, "list:\n  - name: a\n")
    assert node is not None
    assert node.at("list", 0, "title", "lv").line == 2
    assert node.find("list", 0, "title", "lv") is None
    assert node.find("list", 7) is None
    assert node.find("list", "name") is None


def test_text_is_read_in_one_unicode_form(tmp_path: Path) -> None:
    assert read_plain(tmp_path, "key: a\u0304\n") == {"key": "ā"}


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    node, problems = read(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert problems.faults == ()
    assert node is not None
    assert node.make_plain() == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "surveys/file.yaml: The file is empty."),
        ("  \n\n", "surveys/file.yaml: The file is empty."),
        ("# only a comment\n", "surveys/file.yaml: The file is empty."),
        ("a: 1\nb: \xe4".encode("latin-1"), "surveys/file.yaml:2: A character here is not UTF-8."),
        ("a:\n\tb: 1\n\tc: 2\n", "surveys/file.yaml:2: The line (and 1 more lines) starts with a tab."),
        ("a: b\tc: d\n", "surveys/file.yaml:1: There is a tab between the words."),
        ("a: 1\nb: \x07\n", "surveys/file.yaml:2: There is an invisible control character."),
        ("a: 1\nb: \ufffe\n", "surveys/file.yaml:2: There is a character that no text can hold."),
        ('a: 1\nb: "\\0"\n', "surveys/file.yaml:2: The text holds an invisible control character."),
        ('a: 1\nb: "\\ud800"\n', "surveys/file.yaml:2: The text holds an invisible control character."),
        ("a: &x 1\n", "surveys/file.yaml:1: The anchor `&x` is not allowed."),
        ("a: 1\nb: *x\n", "surveys/file.yaml:2: The alias `*x` is not allowed."),
        ("a: !!str 1\n", "surveys/file.yaml:1: The tag `tag:yaml.org,2002:str` is not allowed."),
        ("a: 1\n\na: 2\n", "surveys/file.yaml:3: `a` is written twice: on line 1 and on line 3."),
        ("a: 1\n---\nb: 2\n", "surveys/file.yaml:3: A second document starts here."),
        ("? [a]\n: b\n", "surveys/file.yaml:1: A key must be a single word."),
        ("a: b: c\n", "surveys/file.yaml:1: There is a second `: ` in this line."),
        ('a: 1\nb: "open\nc: 2\n', "surveys/file.yaml:2: A quotation mark is opened here and never closed."),
        ("a: %x\n", "surveys/file.yaml:1: A value starts with a character that YAML keeps for itself."),
        ("a:\n  - b\n c: d\n", "surveys/file.yaml:3: This line does not fit the lines above."),
        ("a: [1, 2\nb: 3\n", "surveys/file.yaml:2: A bracket opened before is not closed, or a comma is missing."),
        ("}\n", "surveys/file.yaml:1: The file cannot be read from this line on."),
        ("[" * 500 + "]" * 500, "surveys/file.yaml:1: The values are nested too deep."),
    ],
)
def test_a_file_that_cannot_be_used_is_explained(tmp_path: Path, text: str | bytes, expected: str) -> None:
    faults = read_faults(tmp_path, text)
    assert len(faults) == 1
    assert faults[0].startswith(expected)


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    problems = Problems()
    assert read_yaml(tmp_path / "lists.yaml", tmp_path, problems) is None
    assert str(problems.faults[0]).startswith("lists.yaml: The file is missing.")


def test_a_folder_in_place_of_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "lists.yaml").mkdir()
    problems = Problems()
    assert read_yaml(tmp_path / "lists.yaml", tmp_path, problems) is None
    assert str(problems.faults[0]).startswith("lists.yaml: The file cannot be read (")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    assert "larger than 1,000,000 bytes" in read_faults(tmp_path, b"a" * 1_000_001)[0]


def test_reading_goes_on_after_a_fault_so_that_all_are_told_at_once(tmp_path: Path) -> None:
    node, problems = read(tmp_path, "a: &x 1\na: 2\nb: !t 3\nc: 4\n" + "d: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert [fault.line for fault in problems.faults] == [1, 2, 3, 5]
    assert node is not None
    assert node.at("a").value == 1
    assert node.at("c").value == 4


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_reason(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    node, problems = read(tmp_path_factory.getbasetemp(), raw)
    assert node is not None or problems.faults


@given(st.text(alphabet="ab:-[]{}\"'&*!|> \n#,?%@`1.", max_size=60))
def test_any_punctuation_gives_a_value_or_a_reason(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    node, problems = read(tmp_path_factory.getbasetemp(), text)
    assert node is not None or problems.faults


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Part(ContentModel):
    name: str = Field(pattern=r"^[a-z]+$")
    colour: Colour = Colour.RED
    sizes: tuple[int, ...] = ()


class Whole(ContentModel):
    title: str
    count: int = Field(default=0, ge=0, le=10)
    ratio: Decimal | None = None
    open: bool = False
    day: date | None = None
    kind: Literal["count", "proportion"] = "count"
    tags: frozenset[str] = frozenset()
    parts: Annotated[tuple[Part, ...], Field(max_length=2)] = ()
    words: Mapping[str, str | None] = Field(default_factory=dict)
    first: Part | None = None
    inside: Annotated[str, Field(alias="in")] = ""

    @model_validator(mode="after")
    def check_title(self) -> Whole:
        if self.title == "forbidden":
            raise ValueError("the title `forbidden` is taken.")
        return self


def check(folder: Path, text: str) -> tuple[Whole | None, list[str]]:
    node, problems = read(folder, text)
    assert node is not None
    model = check_model(node, Whole, problems)
    return model, [str(fault).removeprefix("surveys/file.yaml:") for fault in problems.faults]


def test_a_file_that_fits_becomes_the_model(tmp_path: Path) -> None:
    model, faults = check(
        tmp_path,
        "title: One\ncount: 3\nratio: 0.1\nopen: true\nday: 2024-02-29\nkind: proportion\ntags: [a, b]\n"
        "parts:\n  - {name: x, colour: green, sizes: [1, 2]}\nwords: {en: Yes, lv: }\nin: here\n",
    )
    assert faults == []
    assert model is not None
    assert model.ratio == Decimal("0.1")
    assert model.day == date(2024, 2, 29)
    assert model.tags == {"a", "b"}
    assert model.parts[0].colour is Colour.GREEN
    assert model.parts[0].sizes == (1, 2)
    assert model.words == {"en": "Yes", "lv": None}
    assert model.inside == "here"


@given(st.decimals(min_value=-999_999_999, max_value=999_999_999, places=6))
def test_a_decimal_keeps_its_exact_value(tmp_path_factory: pytest.TempPathFactory, number: Decimal) -> None:
    model, faults = check(tmp_path_factory.getbasetemp(), f"title: One\nratio: {number:f}\n")
    assert faults == []
    assert model is not None
    assert model.ratio == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count: 1", "1: `title` is missing. Add a line `title: ...`."),
        ("title: A\ntitel: B", "2: `titel` is not known here. Did you mean `title`?"),
        ("title: A\nin: b\nout: c", "3: `out` is not known here. Did you mean `count`?"),
        ("title: A\nparts:\n - name: x\n   color: red", "4: `color` is not known here. Did you mean `colour`?"),
        ("title: A\nfirst:\n name: x\n size: [1]", "4: `size` is not known here. Did you mean `sizes`?"),
        (
            "title: A\nparts:\n - name: x\n   zzz: 1",
            "4: `zzz` is not known here. Known here: colour, name, sizes.",
        ),
        ("title: 5", '1: `title` must be text. Put it in quotes: "5".'),
        ("title: [a]", "1: `title` must be text."),
        ("title:", "1: `title` is empty. Write text there."),
        ("title: A\ncount: many", "2: `count` must be a whole number."),
        ("title: A\ncount: 2.5", "2: `count` must be a whole number."),
        ("title: A\ncount: true", "2: `count` must be a whole number."),
        ("title: A\ncount: 11", "2: `count` must be at most 10."),
        ("title: A\ncount: -1", "2: `count` must be at least 0."),
        ("title: A\nratio: half", "2: `ratio` must be a number."),
        ("title: A\nopen: yes", "2: `open` must be `true` or `false`."),
        ("title: A\nday: 30.02.2024", "2: `day` must be a day written YYYY-MM-DD."),
        ("title: A\nday: 2023-02-29", "2: `day` must be a day written YYYY-MM-DD."),
        ("title: A\nkind: proportoin", "2: `kind` cannot be `proportoin`. Did you mean `proportion`?"),
        ("title: A\nkind:", "2: `kind` is empty. Write a value there."),
        ("title: A\ntags: a", "2: `tags` must be a list."),
        ("title: A\nparts: a", "2: `parts` must be a list."),
        ("title: A\nparts: [a]", "2: Entry 1 of `parts` must be lines of `key: value`."),
        ("title: A\nparts: [{name: a}, {name: b}, {name: c}]", "2: `parts` must have at most 2 entries."),
        ("title: A\nparts:\n - {name: x, sizes: [1, b]}", "3: Entry 2 of `sizes` must be a whole number."),
        (
            "title: A\nparts:\n - {name: X1}",
            "3: `name` cannot be written like this: `X1`. See how others are written.",
        ),
        ("title: A\nparts:\n - {name: x, colour: rde}", "3: `colour` cannot be `rde`. Did you mean `red`?"),
        ("title: A\nwords: [a]", "2: `words` must be lines of `key: value`."),
        ("- a\n- b", "1: The file must be lines of `key: value`."),
        ("title: forbidden", "1: The file: the title `forbidden` is taken."),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_its_line_and_a_way_out(
    tmp_path: Path, text: str, expected: str
) -> None:
    model, faults = check(tmp_path, text)
    assert model is None
    assert faults == [expected]


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    _, faults = check(tmp_path, "titel: A\ncount: x\nparts:\n  - colour: blue\n")
    assert [fault.split(":")[0] for fault in faults] == ["1", "1", "2", "4", "4"]


def test_problems_are_ordered_counted_once_and_raised_together() -> None:
    problems = Problems()
    problems.raise_faults()
    for problem in (Problem("b", 1, "x"), Problem("a", 2, "y"), Problem("b", 1, "x")):
        problems.add(problem)
        problems.warn(problem)
    assert problems.faults == problems.warnings == (Problem("a", 2, "y"), Problem("b", 1, "x"))
    with pytest.raises(ContentInvalid, match=r"^a:2: y\nb:1: x$"):
        problems.raise_faults()
