"""Who answers a briefing: the council database, opened by itself. No other audience's file can be named here."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.city import City, from_json
from publicsafety.filters import Filters
from publicsafety.observations import Observations
from publicsafety.warehouse import Warehouse


@dataclass(frozen=True)
class CouncilDatabase:
    """A `findings.Source` over one build of the council database."""

    audience: Audience
    build_id: str
    as_of: date
    city: City = field(compare=False)
    opened: Warehouse = field(compare=False, repr=False)

    def run(self, metric: str, filters: Filters) -> Observations:
        return warehouse.run(self.opened, metric, filters)

    def chart(self, name: str, filters: Filters) -> pd.DataFrame:
        return warehouse.chart(self.opened, name, filters)

    def table(self, name: str) -> pd.DataFrame:
        return warehouse.table(self.opened, name)

    def has(self, name: str) -> bool:
        return name in self.opened.names

    def earlier(self) -> None:
        """A briefing is of its own build alone."""

    def manifests(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, {}


def open_database(folder: Path | None = None, build_id: str = "") -> CouncilDatabase:
    """The council database that is served now, or the one of an earlier build. Raises WarehouseError."""
    opened = (
        warehouse.open_build(Audience.COUNCIL, build_id, folder)
        if build_id
        else warehouse.open(Audience.COUNCIL, folder)
    )
    return CouncilDatabase(Audience.COUNCIL, opened.build_id, opened.as_of, from_json(opened.info["city"]), opened)
