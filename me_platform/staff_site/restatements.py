"""Restatements on the pages of figures, of snapshots and of quality: the words of the report's annex (R24)."""

from __future__ import annotations

from collections.abc import Iterable

from me_platform.catalogue import Catalogue
from me_platform.reports.restated import RestatedView, make_restated
from me_platform.services.explaining import make_words
from me_platform.services.restating import Restatement, make_told


def make_restatement_views(
    catalogue: Catalogue, restatements: Iterable[Restatement], language: str, code: str = ""
) -> list[RestatedView]:
    """Recorded restatements in the reader's language, with every figure, or with those of one indicator."""
    words = make_words(catalogue, language)
    views = [make_restated(make_told(each, code), words, whole=True) for each in restatements]
    return [view for view in views if view.rows or not code]
