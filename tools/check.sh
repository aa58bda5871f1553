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

# Looks each locked version up in the advisory database; needs the tool, and a network that reaches the database.
audit() {
    command -v pip-audit >/dev/null || { echo "Not done: pip-audit is not installed (pip install pip-audit)" >&2; return; }
    pip-audit --disable-pip --require-hashes -r requirements.txt && return
    # Its exit status is the same for a weakness and for a database out of reach; a weakness is listed with its id.
    pip-audit --disable-pip --require-hashes -r requirements.txt --format json 2>/dev/null | grep -q '"id"' && return 1
    echo "Not done: the advisory database was not reached" >&2
}
check "pip-audit: known weaknesses" audit
exit $status
