"""A database file of the product, open for a test to ask in its own words."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


@contextmanager
def opened(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a copy: this very process may hold the file open already, locked in its own way, and DuckDB
    refuses a second connection that is not locked alike."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(database, folder)
        with duckdb.connect(str(copy), read_only=True) as con:
            yield con
