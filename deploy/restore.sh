#!/bin/sh
# Unpacks a backup into an empty folder and verifies it: the archive against its sum, every database against its manifest.
#   sh deploy/restore.sh ARCHIVE.tar.gz FOLDER
set -eu
umask 077
archive=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") folder=$2
[ -f "$archive.sha256" ] || { echo "$archive.sha256 is missing, so the archive cannot be verified. Nothing was restored." >&2; exit 2; }
wanted=$(cut -d ' ' -f 1 "$archive.sha256")
found=$(sha256sum "$archive" | cut -d ' ' -f 1)
[ "$found" = "$wanted" ] || { echo "$archive is damaged: its sum is not the one written down. Nothing was restored; take another backup." >&2; exit 1; }
mkdir -p "$folder"
[ -z "$(ls -A "$folder")" ] || { echo "$folder is not empty. Nothing was restored; name a new folder." >&2; exit 2; }
tar --extract --gzip --file "$archive" --directory "$folder" --no-same-owner
cd "$folder"
bad=$(find . -name '*.duckdb' -type f | while read -r database; do
    manifest=${database%.duckdb}.json
    sum=$(sed -n 's/.*"sha256": "\([0-9a-f]\{64\}\)".*/\1/p' "$manifest" 2>/dev/null || true)
    [ "$(sha256sum "$database" | cut -d ' ' -f 1)" = "$sum" ] || echo "$database"
done)
[ -z "$bad" ] || { echo "Not what their manifests say: $bad. Take another backup." >&2; exit 1; }
echo "Restored $(find . -type f | wc -l | tr -d ' ') files to $folder; every database is what its manifest says."
