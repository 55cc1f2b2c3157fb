"""Recompute every headline figure of this bundle from its records: `python recompute.py`, with pandas installed.

Prints a line for each figure and ends with 0 where all agree. A range agrees where it holds the number; hidden figures
are passed over.
"""

import json
import sys
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pandas as pd


def pair(rows, definition):
    """One line for each person with a first and a later answer; `met` where she changed for the better by the rule."""
    rows = rows[rows["number"].notna()]
    wave, placed = rows["wave"].str.split("-").str[0], rows["placed"] == "yes"
    first = rows.assign(session=rows["moment"].where(wave == "before", -1))
    first = first[(wave == "baseline") | ((wave == "before") & placed)].drop_duplicates(["person", "session"])
    both = first.merge(rows[placed & wave.isin(["followup", "exit", "after"])], on=["person", "version"])
    same, after = both["moment_y"] == both["moment_x"], both["moment_y"] > both["moment_x"]
    both = both[same.where(both["session"] >= 0, after)].sort_values("moment_y", kind="stable")
    rule, points = definition["improvement"]["rule"], float(definition["improvement"]["points"])
    told = both[["number_x", "number_y"]].round(9)
    if rule == "crossed":
        told, points = (told >= points).astype(float), 0
    step = (told["number_y"] - told["number_x"]) * (-1 if definition["direction"] == "lower" else 1)
    better = (step > 0) & (step.round(9) >= points)
    return both.assign(met=better.map({True: "yes", False: "no"})).groupby("person").tail(1)


def recompute(rows, definition):
    """How many are counted, out of how many, and the value of the figure; None where there is none."""
    kind, base, factor = definition["kind"], rows[rows["counted"] == "yes"], Fraction(definition["factor"])
    if kind == "unique_persons":
        # Who is known to be one and the same counts once, but for as many as one organisation counts.
        who = base["group"].where(base["group"] != "", base["person"])
        own = base.assign(who=who).drop_duplicates(["person", "partner"]).groupby(["who", "partner"]).size()
        total = int(own.groupby("who").max().sum())
        return total, None, Fraction(total)
    if kind in {"count", "sum"}:
        total = len(base) if kind == "count" else sum(map(Fraction, base["number"].dropna()), Fraction())
        return total, None, Fraction(total)
    if kind == "milestone":
        part = int((base["met"] == "yes").sum())
        return part, len(base), Fraction(part)
    if kind == "ratio":
        met = rows[rows["met"] == "yes"]
        part = sum(map(Fraction, met["number"]), Fraction()) if definition["measure"] else len(met)
        whole = base["person"].nunique() if definition["per"] == "person" else len(base)
        return part, whole, Fraction(part) / whole * factor if whole else None
    if kind == "paired_change":
        base = pair(base, definition)
    elif definition["per"] == "person":
        base = base.groupby("person").tail(1)
    if kind == "scored_qualitative":
        middle = base["number"].sort_values().iloc[(len(base) - 1) // 2] if len(base) else None
        return None, len(base), None if middle is None else Fraction(middle)
    part, whole = int((base["met"] == "yes").sum()), len(base)
    top = sum(map(Fraction, base["number"]), Fraction()) if kind == "mean" else Fraction(part)
    return part, whole, top / whole * factor if whole else None


def agrees(figure, found, decimals):
    """Whether a figure as it was frozen agrees with what was recomputed."""
    part, whole, value = found
    if figure["state"] == "banded":
        return Decimal(figure["low"] or 0) <= part <= Decimal(figure["high"] or "Infinity")
    if figure["state"] == "no_value" or value is None:
        return figure["state"] == "no_value" and not whole and not value
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    counts = figure["numerator"] in {None, part} and figure["denominator"] in {None, whole}
    return counts and exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) == Decimal(str(figure["value"]))


if __name__ == "__main__":
    folder, wrong = Path(__file__).parent, 0
    definitions = json.loads((folder / "definitions.json").read_text("utf-8"))["indicators"]
    records = pd.read_csv(folder / "records.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    records[["moment", "number"]] = records[["moment", "number"]].apply(pd.to_numeric)
    for figure in json.loads((folder / "figures.json").read_text("utf-8")):
        headline = figure["indicator"] in definitions and not figure["part"] and not figure["disaggregation"]
        if headline and figure["state"] in {"value", "banded", "no_value"}:
            definition = definitions[figure["indicator"]]
            found = recompute(records[records["indicator"] == figure["indicator"]], definition)
            good = agrees(figure, found, definition["decimals"])
            wrong += not good
            print("agrees" if good else "DIFFERS", figure["id"])
    print(f"{wrong} differ" if wrong else "all agree")
    sys.exit(wrong > 0)
