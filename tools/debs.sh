#!/bin/sh
# Unpacks Debian or Ubuntu packages, with what they depend on and the system lacks, into a folder.
# apt works in that folder alone, so it needs no root and the system stays as it is.
#   sh tools/debs.sh .browser/root chromium fonts-liberation
set -eu
target=$1
shift
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 1
mkdir -p "$target"
target=$(cd "$target" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
# The settings go into a file: on the command line a path with spaces would be split. The system's own list of installed
# packages is read, never written.
cat >"$work/apt.conf" <<CONF
Dir::State "$work/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "$work/cache";
Debug::NoLocking "1";
APT::Sandbox::User "root";
APT::Install-Recommends "0";
CONF
export APT_CONFIG="$work/apt.conf"
apt-get -qq update >&2 || echo "Some package lists could not be read; going on with the others" >&2
apt-get -qq install --download-only --yes "$@" >&2
for package in "$work"/cache/archives/*.deb; do
    [ -e "$package" ] || break
    dpkg-deb --extract "$package" "$target"
done
