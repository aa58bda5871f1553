"""Who answers a briefing: the council database, opened by itself. No other audience's file can be named here."""

from pathlib import Path

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.released import ReleasedDatabase, source_of


def open_database(folder: Path | None = None, build_id: str = "") -> ReleasedDatabase:
    """The council database that is served now, or the one of an earlier build. Raises WarehouseError."""
    if build_id:
        return source_of(warehouse.open_build(Audience.COUNCIL, build_id, folder))
    return source_of(warehouse.open(Audience.COUNCIL, folder))
