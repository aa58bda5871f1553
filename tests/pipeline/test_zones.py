"""Wall-clock times in SQL are those of the time-zone database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest

from publicsafety.pipeline.zones import changes, local_sql


@pytest.mark.parametrize("zone", ["America/New_York", "America/Phoenix", "Europe/Dublin", "Australia/Lord_Howe", "UTC"])
def test_local_time_is_what_the_time_zone_database_says_every_three_hours_of_two_years(zone: str) -> None:
    instants = [datetime(2024, 1, 1) + timedelta(hours=3 * step, minutes=59) for step in range(5800)]
    expected = [each.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for each in instants]
    with duckdb.connect() as con:
        con.execute(f"create macro local_time(stamp) as {local_sql('stamp', zone, 2024, 2025)}")
        found = con.execute("select list_transform($1, lambda stamp: local_time(stamp))", [instants]).fetchall()[0][0]
    assert found == expected


def test_a_zone_with_summer_time_changes_twice_a_year() -> None:
    assert [each.at for each in changes("America/New_York", 2025, 2025)[1]] == [
        datetime(2025, 3, 9, 7),
        datetime(2025, 11, 2, 6),
    ]
