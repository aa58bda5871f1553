-- The same estimate as ../kaplan_meier_median.sql: one row after the other, those that ended first on their day, so that
-- the factors (1 - 1 / left) of a day multiply to (left - ended) / left.
create or replace macro kaplan_meier_median(days, happened) as (
    aggregate(
        array_sort(
            collect_list(
                case
                    when days is not null
                        then named_struct('day', cast(days as bigint), 'is_open', case when happened then 0 else 1 end)
                end
            )
        ),
        named_struct('left', count(days), 'share', cast(1 as double), 'median', cast(null as bigint)),
        (so_far, one) -> named_struct(
            'left', so_far.left - 1,
            'share', so_far.share * (1 - (1 - one.is_open) / so_far.left),
            'median', coalesce(
                so_far.median,
                case when so_far.share * (1 - (1 - one.is_open) / so_far.left) <= 0.5 + 1e-12 then one.day end
            )
        ),
        so_far -> so_far.median
    )
)
