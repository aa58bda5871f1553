-- The day by which half have connected (Kaplan–Meier): the first day on which the estimated share not yet connected is
-- 0.5 or less; null while it is above. `days` is the time observed, `happened` whether it ended in the event.
-- Rows without days are no part of it. An aggregate: use it in a select list, with or without group by.
create or replace macro kaplan_meier_median(days, happened) as (
    list_reduce(
        list_transform(
            list_sort(map_entries(histogram(days))),
            lambda entry: {
                'day': cast(entry.key as bigint), 'left': cast(entry.value as bigint), 'share': cast(1 as double), 'median': cast(null as bigint)
            }
        ),
        lambda so_far, today: {
            'day': today.day,
            'left': so_far.left - today.left,
            'share': so_far.share * (1 - coalesce((histogram(days) filter (where happened))[today.day], 0) / so_far.left),
            'median': coalesce(
                so_far.median,
                case
                    when so_far.share * (1 - coalesce((histogram(days) filter (where happened))[today.day], 0) / so_far.left)
                        <= 0.5 + 1e-12 then today.day
                end
            )
        },
        {'day': cast(-1 as bigint), 'left': cast(count(days) as bigint), 'share': cast(1 as double), 'median': cast(null as bigint)}
    ).median
)
