"""Conditions of indicators: who or what counts, as trees an officer writes in YAML.

Leaves: ``{question: q, in: [choices]}``, ``{question: q, state: [states]}``, ``{field: f, in: [values]}``,
``{wave: [waves]}``, ``{status: [statuses]}``; branches: ``all``, ``any`` (a list of conditions) and ``not`` (one).
A single value may stand without its list. Nothing is evaluated as code.

A leaf about a value nobody gave is neither true nor false, and stays so under ``not``: a blank form never satisfies a
condition, however it is turned (rules-of-numbers, defect j). Asking for a ``state`` is how blanks are named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from me_platform.surveys.definition import AnswerState

Tree = Mapping[str, object]
Mask = npt.NDArray[np.bool_]

CHOICE = "choice:"
STATE = "state:"
"""A frame with one row per response has for each question a column of its choice and one of its state."""

FOLLOWUP = "followup"
"""A wave of this name stands for all of ``followup-1``, ``followup-2`` ..."""


@dataclass(frozen=True)
class Vocabulary:
    """What a condition may speak of.

    ``questions``: each question of the source's survey with the values of its choices (numbers as text, empty where
    any value is possible). ``fields``: each field with its known values, or None where any value is possible.
    ``waves``: ``baseline``, ``followup``, ``exit`` as the survey has them.
    """

    questions: Mapping[str, Collection[str]] = field(default_factory=dict)
    fields: Mapping[str, Collection[str] | None] = field(default_factory=dict)
    waves: Collection[str] = ()


def check_condition(tree: object, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Everything that is wrong with a condition, one plain sentence each; nothing wrong: an empty tuple.

    ``tree`` is what the file holds, of any type. An empty mapping means everyone and is always right.
    """
    return () if tree == {} else tuple(_list_problems(tree, vocabulary))


def compile_condition(tree: Tree, frame: pd.DataFrame) -> Mask:
    """Which rows of a frame meet a checked condition; an empty tree is met by all.

    Values are compared once per category, rows by category code. A question's columns are named with ``CHOICE`` and
    ``STATE``; a column the frame does not have holds no value for any row.
    """
    if not tree:
        return np.ones(len(frame), dtype=np.bool_)
    met, _ = _decide(tree, frame)
    return met


def list_values(value: object) -> tuple[str, ...]:
    """One value or a list of them, as the texts the categories have."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(str(one) for one in value)
    return (str(value),)


def _list_problems(tree: object, vocabulary: Vocabulary) -> list[str]:
    if not isinstance(tree, Mapping) or not tree:
        return ["A condition is written as {question: ..., in: [...]}, {field: ..., in: [...]}, all, any or not."]
    keys = frozenset(map(str, tree))
    for branch in ("all", "any"):
        if branch in keys:
            parts = tree[branch]
            if len(keys) > 1 or not isinstance(parts, Sequence) or isinstance(parts, str) or not parts:
                return [f"'{branch}' stands alone and holds a list of conditions."]
            return [problem for part in parts for problem in _list_problems(part, vocabulary)]
    if "not" in keys:
        if len(keys) > 1:
            return ["'not' stands alone and holds one condition."]
        return _list_problems(tree["not"], vocabulary)
    return _list_leaf_problems(tree, keys, vocabulary)


def _list_leaf_problems(leaf: Mapping[str, object], keys: frozenset[str], vocabulary: Vocabulary) -> list[str]:
    if keys in ({"question", "in"}, {"question", "state"}):
        name = str(leaf["question"])
        unknown = _check_name("question", name, vocabulary.questions)
        if unknown or "state" in keys:
            return unknown or _check_values(
                "a state of an answer", leaf["state"], [state.value for state in AnswerState]
            )
        return _check_values(f"an answer to '{name}'", leaf["in"], vocabulary.questions[name] or None)
    if keys in ({"field", "in"}, {"status"}):
        name, value = (str(leaf["field"]), leaf["in"]) if "field" in keys else ("status", leaf["status"])
        unknown = _check_name("field", name, vocabulary.fields)
        return unknown or _check_values(f"a value of '{name}'", value, vocabulary.fields[name])
    if keys == {"wave"}:
        if not vocabulary.waves:
            return ["This source has no waves. Take the condition out, or name a survey as the source."]
        return _check_values("a wave", leaf["wave"], vocabulary.waves, numbered=FOLLOWUP)
    known = "question with in or state, field with in, wave, status, all, any, not"
    return [f"A condition cannot have the keys {', '.join(sorted(keys))} together. Known: {known}."]


def _check_name(kind: str, name: str, known: Collection[str]) -> list[str]:
    if name in known:
        return []
    if not known:
        return [f"This source has no {kind}s to ask for. Take the condition out, or choose another source."]
    return [f"There is no {kind} '{name}'.{_suggest(name, known)}"]


def _check_values(what: str, value: object, known: Collection[str] | None, numbered: str = "") -> list[str]:
    values = list_values(value)
    if not values:
        return [f"The list of values is empty: name at least one {what.removeprefix('a ').removeprefix('an ')}."]
    if known is None:
        return []
    wrong = [one for one in values if one not in known and not _is_numbered(one, numbered, known)]
    return [f"'{one}' is not {what}.{_suggest(one, known)}" for one in wrong]


def _is_numbered(value: str, stem: str, known: Collection[str]) -> bool:
    """Whether a value is ``followup-2`` or the like of a stem that is known."""
    head, dash, number = value.partition("-")
    return bool(stem and dash) and head == stem and stem in known and number.isdecimal()


def _suggest(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(sorted(known))}."


def _decide(tree: Tree, frame: pd.DataFrame) -> tuple[Mask, Mask]:
    """The rows for which a condition is known to be true, and those for which it is known to be false."""
    key = next(iter(tree))
    if key in {"all", "any"}:
        parts = tree[key]
        if not isinstance(parts, Sequence):
            raise TypeError(f"'{key}' must hold a list; check_condition says so before")
        decided = [_decide(part, frame) for part in parts]
        true, false = np.stack([yes for yes, _ in decided]), np.stack([no for _, no in decided])
        if key == "all":
            return np.all(true, axis=0), np.any(false, axis=0)
        return np.any(true, axis=0), np.all(false, axis=0)
    if key == "not":
        inner = tree["not"]
        if not isinstance(inner, Mapping):
            raise TypeError("'not' must hold a condition; check_condition says so before")
        yes, no = _decide(inner, frame)
        return no, yes
    return _decide_leaf(tree, frame)


def _decide_leaf(leaf: Tree, frame: pd.DataFrame) -> tuple[Mask, Mask]:
    if "question" in leaf:
        question = str(leaf["question"])
        if "state" in leaf:
            return _match(frame, STATE + question, list_values(leaf["state"]))
        return _match(frame, CHOICE + question, list_values(leaf["in"]))
    if "field" in leaf:
        return _match(frame, str(leaf["field"]), list_values(leaf["in"]))
    if "wave" in leaf:
        return _match(frame, "wave", list_values(leaf["wave"]))
    return _match(frame, "status", list_values(leaf["status"]))


def _match(frame: pd.DataFrame, column: str, wanted: Collection[str]) -> tuple[Mask, Mask]:
    """Rows whose category is wanted, and rows whose category is another; a row without a value is in neither."""
    if column not in frame:
        nobody = np.zeros(len(frame), dtype=np.bool_)
        return nobody, nobody
    values = cast("pd.Categorical[str]", frame[column].array)
    hit = [_is_wanted(str(category), column, wanted) for category in values.categories]
    # The last place is that of code -1, "no value".
    yes = np.array([*hit, False], dtype=np.bool_)[values.codes]
    return yes, ~yes & (values.codes >= 0)


def _is_wanted(category: str, column: str, wanted: Collection[str]) -> bool:
    if column.startswith(CHOICE):
        # Where several were chosen, any of them counts.
        return not set(category.split()).isdisjoint(wanted)
    return category in wanted or (column == "wave" and FOLLOWUP in wanted and category.partition("-")[0] == FOLLOWUP)
