#!/bin/sh
# Everything that can be said about the code without running it. Each check runs, whatever the others say.
set -u
cd "$(dirname "$0")/.."
python=.venv/bin/python
status=0

check() {
    echo "== $1" >&2
    shift
    "$@" || status=1
}

check "ruff: lint" $python -m ruff check .
check "ruff: format" $python -m ruff format --check .
check "mypy: types" $python -m mypy
check "sqlfluff: SQL style" $python -m sqlfluff lint --processes 2 queries
check "walls" $python -m pytest tests/test_walls.py
check "pip-audit: known weaknesses" $python tools/weaknesses.py
exit $status
