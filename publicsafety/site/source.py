"""Who answers for the static edition: one released database file, before or after it is published."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.released import ReleasedDatabase, source_of


@contextmanager
def opened(path: Path) -> Iterator[ReleasedDatabase]:
    """The source over a file of the public database, let go of in the end. Raises WarehouseError."""
    found = warehouse.open_file(Audience.PUBLIC, path)
    try:
        yield source_of(found)
    finally:
        warehouse.close(found)
