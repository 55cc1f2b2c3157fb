"""What the views of the staff site work with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Engine

from me_platform.catalogue import Catalogue
from me_platform.indicators.definition import Plan
from me_platform.services.instance import Office
from me_platform.services.seats import Organisation, load_organisations
from me_platform.services.staff_reports import VaultOpener
from me_platform.settings import Sources


@dataclass(frozen=True)
class StaffDesk:
    """The database as ``me_staff``, a way to open the vault, what officers wrote, time and chance.

    ``pepper`` makes the codes that open a survey, ``survey_url`` is where they are typed. A progress narrative is due
    ``narrative_days`` after the last one.
    """

    engine: Engine
    open_vault: VaultOpener
    catalogue: Catalogue
    sources: Sources
    pepper: bytes = field(repr=False)
    survey_url: str
    narrative_days: int = 90

    @property
    def plans(self) -> Mapping[str, Plan]:
        """The plans by id."""
        return self.catalogue.plans

    @cached_property
    def organisations(self) -> Mapping[str, Organisation]:
        """The organisations by code, read when first asked for; new ones are seen after a restart."""
        return load_organisations(self.engine, self.plans)

    @contextmanager
    def open_office(self) -> Iterator[Office]:
        """What a use case works with, the vault open for the block.

        Raises RootKeyMissing, RootKeyWrong, VaultMissing, VaultUnusable.
        """
        with self.open_vault() as vault:
            yield Office(self.engine, vault, self.pepper, self.sources)
