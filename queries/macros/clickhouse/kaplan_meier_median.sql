-- The same estimate as ../kaplan_meier_median.sql: one row after the other, those that ended first on their day, so that
-- the factors (1 - 1 / left) of a day multiply to (left - ended) / left. -1 stands for "not yet".
create or replace macro kaplan_meier_median(days, happened) as (
    nullif(
        tupleElement(
            arrayFold(
                (so_far, one) -> tuple(
                    so_far.1 - 1,
                    so_far.2 * (1 - (1 - one.2) / so_far.1),
                    if(
                        so_far.3 = -1 and so_far.2 * (1 - (1 - one.2) / so_far.1) <= 0.5 + 1e-12, one.1, so_far.3
                    )
                ),
                arraySort(groupArrayIf(tuple(toInt64(assumeNotNull(days)), if(happened, 0, 1)), days is not null)),
                tuple(toInt64(count(days)), toFloat64(1), toInt64(-1))
            ),
            3
        ),
        -1
    )
)
