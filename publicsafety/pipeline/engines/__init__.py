"""Engines other than DuckDB, each behind the seam of `pipeline.engine`; nothing imports one before it is asked for."""
