"""What can anyone work out of sums of a table's cells of which some are withheld?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from publicsafety.pipeline.release.policy import Table
from publicsafety.pipeline.release.protect import Protected
from publicsafety.pipeline.release.structure import Key
from publicsafety.pipeline.release.years import keys_of

EXACT = 1e-4  # a sum whose bounds are nearer than this is known
Place = tuple[str, ...]  # a row of the table: period, and category or All of each dimension


@dataclass(frozen=True)
class Sums:
    """The cells of a table of counts, by row, each with the year that it is protected in."""

    cells: Mapping[Place, tuple[Protected, Key]]
    threshold: int

    @classmethod
    def of_table(cls, source: Table, protected: Iterable[Protected], threshold: int) -> "Sums":
        found: dict[Place, tuple[Protected, Key]] = {}
        for year in protected:
            for table, periods in year.year.tables:
                if table.id == source.id and source.id not in year.given_up:
                    keys = keys_of(year.year, source, periods)
                    found |= {row: (year, key) for row, key in keys.items()}
        return cls(found, threshold)

    def known(self, rows: Sequence[Place]) -> int | None:
        """The sum of some rows of one period, where the published numbers leave no other and it is not too small.

        One withheld cell alone never is known: that is what it is protected for.
        """
        if len(rows) < 2:
            return None
        chosen = [self.cells[row] for row in rows]
        low, high = chosen[0][0].between(key for _, key in chosen)
        if high - low > EXACT:
            return None
        value = round(low)
        return value if value == 0 or value >= self.threshold else None
