"""QR codes as SVG inside a page: no picture to fetch, so that what is in one never stands in an address."""

from __future__ import annotations

import segno
from markupsafe import Markup, escape

_MARGIN = 4
"""Light modules around the code (ISO/IEC 18004)."""


def draw_qr(text: str, title: str) -> Markup:
    """The code of a text; ``title`` says to a screen reader what it is."""
    rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    size = len(rows) + 2 * _MARGIN
    path = "".join(
        f"M{x + _MARGIN} {y + _MARGIN}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return Markup(
        '<svg class="qr" role="img" aria-label="{}" viewBox="0 0 {} {}" shape-rendering="crispEdges">'
        '<rect width="100%" height="100%" fill="#fff"/><path d="{}" fill="#000"/></svg>'
    ).format(escape(title), size, size, path)
