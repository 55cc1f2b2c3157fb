"""What the views of the staff site work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from me_platform.indicators.definition import Plan, Text
from me_platform.services.staff_reports import VaultOpener
from me_platform.settings import Sources


@dataclass(frozen=True)
class StaffDesk:
    """The database as ``me_staff``, a way to open the vault, what officers wrote, time and chance.

    ``plans`` and ``template_titles`` (titles of report templates) are by id; a report whose plan or template is no
    longer there is shown with the id instead.
    """

    engine: Engine
    open_vault: VaultOpener
    plans: Mapping[str, Plan]
    template_titles: Mapping[str, Text]
    sources: Sources
