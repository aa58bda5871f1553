#!/bin/sh
# Copies the static edition, verified, to a folder that a web server reads: FOLDER/site, a link to the edition that is served.
# A kill at any step leaves the old edition served; the link moves last, in one step.
#   sh deploy/handover_site.sh OPEN/site FOLDER
set -eu
site=$1 folder=$2
keep=2
[ -f "$site/index.html" ] || { echo "$site: holds no static edition (no index.html). Nothing was handed over." >&2; exit 2; }
odd=$(find "$site" ! -type f ! -type d)
[ -z "$odd" ] || { echo "$odd: neither a file nor a folder. Nothing was handed over." >&2; exit 1; }
mkdir -p "$folder"
# One at a time, as in handover.sh: the folder is its own lock.
exec 9<"$folder"
flock --timeout 600 9 || { echo "$folder: another hand-over runs since ten minutes. Nothing was handed over." >&2; exit 1; }
if [ -d "$folder/site" ] && [ ! -L "$folder/site" ]; then
    echo "$folder/site is a folder, not a link of ours. Nothing was handed over; move it away and run it again." >&2
    exit 2
fi
rm -rf "$folder"/.new-*
# Names and bytes of all files in one sum.
sum_of() { (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-32); }
wanted=$(sum_of "$site")
name=site-$wanted
if [ ! -d "$folder/$name" ] || [ "$(sum_of "$folder/$name")" != "$wanted" ]; then
    [ ! -d "$folder/$name" ] || name=$name-$(date +%s%N) # a damaged one may be what is served
    cp -R "$site" "$folder/.new-site"
    chmod -R a+rX "$folder/.new-site"
    if [ "$(sum_of "$folder/.new-site")" != "$wanted" ]; then
        echo "$site: the copy is not what was copied. Nothing was handed over; check the disks and run it again." >&2
        rm -rf "$folder"/.new-*
        exit 1
    fi
    find "$folder/.new-site" -exec sync {} +
    mv -T "$folder/.new-site" "$folder/$name"
fi
ln -s "$name" "$folder/.new-link"
sync "$folder"
mv -T "$folder/.new-link" "$folder/site"
sync "$folder"
# The one before stays, for readers that have a page of it open.
ls -1dt "$folder"/site-* | tail -n "+$((keep + 1))" | while read -r old; do
    [ "$old" = "$folder/$name" ] || rm -rf "$old"
done
