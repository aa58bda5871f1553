"""Who answers what is written from one released database: a briefing, or the static edition. Its own build, and no other."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.city import City, from_json
from publicsafety.filters import Filters
from publicsafety.observations import Observations
from publicsafety.warehouse import Warehouse


@dataclass(frozen=True)
class ReleasedDatabase:
    """A `findings.Source` over one build of the public or of the council database."""

    audience: Audience
    build_id: str
    as_of: date = field(compare=False)
    city: City = field(compare=False)
    opened: Warehouse = field(repr=False)

    def run(self, metric: str, filters: Filters) -> Observations:
        return warehouse.run(self.opened, metric, filters)

    def chart(self, name: str, filters: Filters) -> pd.DataFrame:
        return warehouse.chart(self.opened, name, filters)

    def table(self, name: str) -> pd.DataFrame:
        return _table(self, name)

    def has(self, table: str) -> bool:
        return table in self.opened.names

    def earlier(self) -> None:
        """What is written is of its own build alone."""

    def manifests(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, {}

    @property
    def is_synthetic(self) -> bool:
        return self.opened.info.get("synthetic") == "true"


@lru_cache(maxsize=64)
def _table(source: ReleasedDatabase, name: str) -> pd.DataFrame:
    return warehouse.table(source.opened, name)


def source_of(opened: Warehouse) -> ReleasedDatabase:
    """The source over a database that is open."""
    return ReleasedDatabase(opened.audience, opened.build_id, opened.as_of, from_json(opened.info["city"]), opened)
