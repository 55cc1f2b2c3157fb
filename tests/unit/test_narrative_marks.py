"""What is marked in a text that may be printed, and how two texts are compared."""

from __future__ import annotations

import pytest

from me_platform.staff_site.narrative_marks import compare_texts, list_marks

PLACES = frozenset({"Latvia", "Latvija", "Alfa"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("She met Anna in the shelter.", [("Anna", "name")]),
        ("Anna came. Then she left.", []),
        ("Viņa satika Annu-Mariju. „Viņa” aizgāja.", [("Annu-Mariju", "name")]),
        ("When I called, I’m told, nobody came.", []),
        ("In Latvia it was better.", [("Latvia", "place")]),
        ("Latvijā bija labāk.", [("Latvijā", "place")]),
        ("The latvian word.", []),
        ("He is 34.", [("34", "number")]),
        (
            "It was on 3 May, 2026-05-03 and 03.05.2026.",
            [("3 May", "date"), ("2026-05-03", "date"), ("03.05.2026.", "date")],
        ),
        ("Notika 3. maijā.", [("3. maijā", "date")]),
        ("Call +371 20 000 000 or a.b@c.example!", [("+371 20 000 000", "contact"), ("a.b@c.example", "contact")]),
        ("See https://x.example/y and @nick", [("https://x.example/y", "contact"), ("@nick", "contact")]),
        ("Она видела Анну.", [("Анну", "name")]),
        ("هي بخير الآن", []),
        ("", []),
    ],
)
def test_what_may_tell_who_somebody_is_is_marked(text: str, found: list[tuple[str, str]]) -> None:
    parts = list_marks(text, PLACES)
    assert [(part.text, part.kind) for part in parts if part.kind] == found
    assert "".join(part.text for part in parts) == text


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("a b c", "a b c", [("a b c", "same")]),
        ("a b c", "a x c", [("a ", "same"), ("b", "removed"), ("x", "added"), (" c", "same")]),
        ("", "new", [("new", "added")]),
        ("old", "", [("old", "removed")]),
        ("", "", []),
    ],
)
def test_two_texts_are_compared_word_by_word(old: str, new: str, parts: list[tuple[str, str]]) -> None:
    assert [(part.text, part.kind) for part in compare_texts(old, new)] == parts
