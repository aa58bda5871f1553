#!/bin/sh
# Builds, releases, attacks the release, and hands the databases over to the servers. Any step that fails ends it, and
# what was served is still served.
#   sh deploy/nightly.sh EXPORTS STATE SERVED     (SERVED/public and SERVED/internal are what the servers read; where there
#   is a folder SERVED/open, the static edition goes there)
set -eu
cd "$(dirname "$0")/.."
exports=$1 state=$2 served=$3
python=${PYTHON:-.venv/bin/python}
# systemd hands the key over as a file that only this unit can read.
if [ -n "${CREDENTIALS_DIRECTORY:-}" ]; then
    PUBLICSAFETY_PERSON_KEY=$(cat "$CREDENTIALS_DIRECTORY/person_key")
    export PUBLICSAFETY_PERSON_KEY
fi
status=0
"$python" -m publicsafety build --exports "$exports" --warehouse "$state/warehouse" || status=$?
# 1: a file was refused, and the report above says why; what could be loaded is served. Anything else ends it here.
[ "$status" -le 1 ] && [ -s "$state/warehouse/leadership.current" ] || exit "$status"
"$python" -m publicsafety release --warehouse "$state/warehouse" --open "$state/open"
"$python" -m publicsafety audit --warehouse "$state/warehouse" --open "$state/open"
sh deploy/handover.sh "$state/warehouse" "$served/public" public
sh deploy/handover.sh "$state/warehouse" "$served/internal" council leadership
[ ! -d "$served/open" ] || sh deploy/handover_site.sh "$state/open/site" "$served/open"
exit "$status"
