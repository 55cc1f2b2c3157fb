"""A sample instance of one run of the bench: a folder, a real database, one organisation, nobody in it yet."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from me_platform.catalogue import Catalogue, load_catalogue
from me_platform.services.instance import build_instance, open_office
from me_platform.settings import Settings, Sources, load_settings

PARTNER = "BERZ"
"""The organisation of the sample plan at which everything happens."""


@contextmanager
def lend_instance(root: Path) -> Iterator[tuple[Settings, Catalogue]]:
    """Settings of a fresh instance whose database runs for the block, and the shipped content."""
    # Not below the project: the database's own OS user has to pass through every folder above it.
    folder = Path(tempfile.mkdtemp(prefix="me-bench-"))
    try:
        settings = load_settings({"ME_INSTANCE": str(folder / "instance"), "ME_CONTENT": str(root)}, root)
        catalogue = load_catalogue(settings.content)
        codes = [each.code for each in catalogue.get_plan("sample").partners]
        build_instance(settings, codes, sample=True, sources=Sources(zone=settings.zone))
        with open_office(settings, "me_staff"):
            yield settings, catalogue
    finally:
        shutil.rmtree(folder)
