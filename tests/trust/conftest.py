"""What the tests of the wall share: words that a leak would show."""

from pathlib import Path

import pytest

from tests.opened import opened
from tests.trust.faults import TALLY


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was injected and what was served; empty where workers ran the tests, as in `make test`."""
    kinds = sorted({kind for kind, _ in TALLY})
    if not kinds:
        return
    terminalreporter.section(f"{sum(TALLY.values())} faults injected; after each a whole build was served")
    for kind in kinds:
        served = ", ".join(f"{build} {times}" for (each, build), times in sorted(TALLY.items()) if each == kind)
        terminalreporter.line(
            f"{kind:28} {sum(n for (each, _), n in TALLY.items() if each == kind):6}   served: {served}"
        )


@pytest.fixture(scope="session")
def canaries(released_warehouse: Path) -> list[str]:
    """Texts that are in the leadership database and may be in no other: incident, case and person numbers, file rows."""
    (path,) = released_warehouse.glob(
        f"leadership.{(released_warehouse / 'leadership.current').read_text().strip()}.duckdb"
    )
    with opened(path) as con:
        asked = ["select incident_number from fct_calls", "select person_key from fct_calls", "select case_number from fct_cases",
                 "select request_number from fct_pickups",  "select file from load_files"]  # fmt: skip
        found = [
            str(row[0]) for sql in asked for row in con.execute(f"{sql} limit 400").fetchall() if row[0] is not None
        ]
    return [each for each in dict.fromkeys(found) if len(each) >= 6]
