#!/bin/sh
# Everything that cannot be made again, and the served builds so that a restore needs no build: exports, mappings,
# reference data, city file, policy, warehouse. Not the person key: keep that somewhere else, or a stolen backup opens itself.
#   sh deploy/backup.sh ARCHIVE.tar.gz FOLDER…       for example the exports, the data folder and the state folder
set -eu
umask 077
archive=$1
shift
for folder in "$@"; do
    [ -d "$folder" ] || { echo "There is no folder $folder. Nothing was backed up." >&2; exit 2; }
done
new=$archive.new
trap 'rm -f "$new"' EXIT
# A build that runs at this moment publishes by renaming, so every pointer in the archive has its whole file: pointers first.
{ find "$@" -name '*.current' -type f -print0; find "$@" -type f ! -name '*.current' ! -name '.new-*' ! -name .lock ! -path '*/cache/*' ! -path '*/.spill/*' -print0; } |
    tar --create --gzip --file "$new" --null --no-recursion --files-from - --ignore-failed-read --warning=no-file-changed || [ $? -eq 1 ]
gzip --test "$new"
sync "$new"
mv -f "$new" "$archive"
sha256sum "$archive" >"$archive.sha256"
sync "$archive.sha256"
echo "Backed up to $archive; its sum is in $archive.sha256. Keep both off this machine."
