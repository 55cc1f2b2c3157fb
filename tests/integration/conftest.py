"""What tests of services share: a vault, offices for each role, two partners."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from random import Random

import pytest
from sqlalchemy.orm import Session

from me_platform.sealing.vault import Vault, create_vault, make_root_key, open_vault
from me_platform.services.instance import Office
from me_platform.settings import Sources
from me_platform.storage.partners import PartnerRow, add_partner
from tests.conftest import Engines

TODAY = date(2026, 3, 2)


def make_sources(day: date = TODAY, seed: int = 1) -> Sources:
    """Noon of a day, and chance that repeats."""
    chance = Random(seed).randbytes  # noqa: S311 - it has to repeat
    return Sources(now=lambda: datetime.combine(day, time(12), tzinfo=UTC), random=chance)


@dataclass(frozen=True)
class Offices:
    """One office per serving role, and two partners with keys."""

    staff: Office
    worker: Office
    alfa: PartnerRow
    beta: PartnerRow

    def on(self, day: date) -> Offices:
        """The same offices on another day."""
        sources = replace(self.staff.sources, now=make_sources(day).now)
        return replace(self, staff=replace(self.staff, sources=sources), worker=replace(self.worker, sources=sources))


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    sources = make_sources(seed=2)
    key = make_root_key(sources.random)
    path = tmp_path / "vault" / "vault.sqlite"
    create_vault(path, key, sources.random)
    with open_vault(path, key, sources.random, tmp_path / "root.key") as opened:
        yield opened


@pytest.fixture
def offices(engines: Engines, vault: Vault) -> Offices:
    sources = make_sources()
    staff = Office(engines.staff, vault, b"p" * 32, sources)
    rows = []
    with Session(engines.staff) as session:
        for code in ("ALFA", "BETA"):
            partner = PartnerRow(sources.new_id(), code)
            vault.add_partner(partner.id)
            add_partner(session, partner)
            rows.append(partner)
        session.commit()
    return Offices(staff, replace(staff, engine=engines.worker), *rows)
