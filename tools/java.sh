#!/bin/sh
# Runs a command with JAVA_HOME naming a Java that Spark can use (17 or newer); unpacks Debian's when there is none.
#   sh tools/java.sh .venv/bin/python -m pytest tests/engines
set -eu
cd "$(dirname "$0")/.."
here=$(pwd)

suits() {  # the folder of a Java
    version=$("$1/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
    [ "${version:-0}" -ge 17 ]
}

found() {
    onpath=$(command -v java 2>/dev/null) && onpath=$(dirname "$(dirname "$(readlink -f "$onpath")")")
    for candidate in "${JAVA_HOME:-}" "${onpath:-}" "$here"/.browser/java/usr/lib/jvm/*; do
        if [ -n "$candidate" ] && [ -x "$candidate/bin/java" ] && suits "$candidate"; then JAVA_HOME=$candidate; return; fi
    done
    return 1
}

# No root needed. Debian's Java looks for its settings under /etc: its links are turned to the unpacked ones.
unpacked() {
    root=$here/.browser/java
    echo "Unpacking Java into .browser (no root needed)" >&2
    sh tools/debs.sh "$root" openjdk-17-jre-headless || sh tools/debs.sh "$root" openjdk-21-jre-headless || return 1
    find "$root/usr/lib/jvm" -type l | while read -r link; do
        target=$(readlink "$link")
        case $target in /etc/*) [ -e "$root$target" ] && ln -sfn "$root$target" "$link";; esac
    done
    return 0
}

found || { unpacked && found; } || {
    echo "No Java 17 or newer for Spark. Install one (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME." >&2
    exit 2
}
export JAVA_HOME
exec "$@"
