"""Who answers for the static edition: one released database file, before or after it is published."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
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
class ReleasedFile:
    """A `findings.Source` over one file of the public database."""

    audience: Audience
    build_id: str
    as_of: date = field(compare=False)
    city: City = field(compare=False)
    opened: Warehouse = field(compare=False, repr=False)

    def run(self, metric: str, filters: Filters) -> Observations:
        return warehouse.run(self.opened, metric, filters)

    def chart(self, name: str, filters: Filters) -> pd.DataFrame:
        return warehouse.chart(self.opened, name, filters)

    def table(self, name: str) -> pd.DataFrame:
        return _table(self, name)

    def has(self, table: str) -> bool:
        return table in self.opened.names

    def earlier(self) -> None:
        return None

    def manifests(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, {}

    @property
    def is_synthetic(self) -> bool:
        return self.opened.info.get("synthetic") == "true"


@lru_cache(maxsize=64)
def _table(source: ReleasedFile, name: str) -> pd.DataFrame:
    return warehouse.table(source.opened, name)


@contextmanager
def opened(path: Path) -> Iterator[ReleasedFile]:
    """The source over a file of the public database, let go of in the end. Raises WarehouseError."""
    found = warehouse.open_file(Audience.PUBLIC, path)
    try:
        yield ReleasedFile(Audience.PUBLIC, found.build_id, found.as_of, from_json(found.info["city"]), found)
    finally:
        warehouse.close(found)
