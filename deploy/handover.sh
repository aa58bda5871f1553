#!/bin/sh
# Copies the current build of the named audiences, verified, to a folder that a server reads. The public folder is given
# the public file alone. A kill at any step leaves the old build served; the pointer moves last, in one step.
#   sh deploy/handover.sh WAREHOUSE FOLDER AUDIENCE…
set -eu
warehouse=$1 folder=$2
shift 2
keep=10
mkdir -p "$folder"
# One at a time: a second would take the half-made files of the first for what a dead one left. The folder is its own lock.
exec 9<"$folder"
flock --timeout 600 9 || { echo "$folder: another hand-over runs since ten minutes. Nothing was handed over." >&2; exit 1; }
rm -f "$folder"/.new-*
for audience in "$@"; do
    build=$(cat "$warehouse/$audience.current")
    name=$audience.$build
    for part in duckdb json; do
        cp "$warehouse/$name.$part" "$folder/.new-$name.$part"
        chmod 0440 "$folder/.new-$name.$part"
        sync "$folder/.new-$name.$part"
    done
    wanted=$(sed -n 's/.*"sha256": "\([0-9a-f]\{64\}\)".*/\1/p' "$folder/.new-$name.json")
    found=$(sha256sum "$folder/.new-$name.duckdb" | cut -d ' ' -f 1)
    if [ "$found" != "$wanted" ]; then
        echo "$name: the copy is not what the manifest says. Nothing was handed over; check the disks and run it again." >&2
        rm -f "$folder"/.new-*
        exit 1
    fi
    mv -f "$folder/.new-$name.json" "$folder/$name.json"
    mv -f "$folder/.new-$name.duckdb" "$folder/$name.duckdb"
    echo "$build" >"$folder/.new-pointer"
    chmod 0440 "$folder/.new-pointer"
    sync "$folder/.new-pointer" "$folder"
    mv -f "$folder/.new-pointer" "$folder/$audience.current"
    sync "$folder"
    # The last ten stay for going back: write a build's id into the pointer, and the next question is answered from it.
    ls -1t "$folder/$audience".*.duckdb | tail -n "+$((keep + 1))" | while read -r old; do
        [ "$old" = "$folder/$name.duckdb" ] || rm -f "$old" "${old%.duckdb}.json"
    done
done
