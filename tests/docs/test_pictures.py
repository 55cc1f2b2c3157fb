"""The pictures of the documents: each is taken by ``script/pictures``, is shown somewhere, and is small enough."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.docs.test_guides import PAGES

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
EACH, TOGETHER = 60_000, 700_000
"""Bytes of one picture and of all: a guide opens on a slow line too."""
SHOWN = [
    (page.name, words, (page.parent / target).resolve())
    for page in PAGES
    for words, target in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
]
"""Every picture of every document: the document, what stands for the picture, its file."""


@pytest.fixture(scope="module")
def taken() -> set[str]:
    """The names of the files that the script takes."""
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "script" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = script  # its dataclasses look their module up
    spec.loader.exec_module(script)
    return set(script.list_files())


def test_every_picture_a_document_shows_is_one_the_script_takes(taken: set[str]) -> None:
    assert {(page, path.name) for page, _, path in SHOWN if path.parent != IMAGES or path.name not in taken} == set()


def test_every_picture_the_script_takes_is_there_and_shown_and_no_other_is_kept(taken: set[str]) -> None:
    assert {path.name for path in IMAGES.iterdir()} == taken
    assert {path.name for _, _, path in SHOWN} == taken


def test_every_picture_says_in_words_what_it_shows() -> None:
    assert [(page, path.name) for page, words, path in SHOWN if len(words.split()) < 3] == []


def test_pictures_are_small_enough_for_a_slow_line() -> None:
    sizes = {path.name: path.stat().st_size for path in IMAGES.iterdir()}
    assert {name: size for name, size in sizes.items() if size > EACH} == {}
    assert sum(sizes.values()) <= TOGETHER
    for name in sizes:
        with Image.open(IMAGES / name) as picture:
            assert picture.mode == "P", f"{name} has more colours than script/pictures leaves it"
