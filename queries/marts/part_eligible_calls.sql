-- The calls that were eligible: a few in a hundred of all of them, in the same columns and order.
-- A metric that counts only these reads them here (publicsafety/metrics.py, PARTS) and is spared the other millions.
select *  -- noqa: AM04
from fct_calls
where is_eligible
