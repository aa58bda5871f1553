#!/bin/sh
# Runs a command with what some tests check the product with: nginx, PDF readers, Java with the W3C's HTML checker, Spark.
# What is not there is brought. What cannot be had is said, and its tests are skipped by name.
#   sh tools/checkers.sh .venv/bin/python -m pytest
set -u
cd "$(dirname "$0")/.."

without() { echo "Left out of the tests: $1" >&2; }

packages=""
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || packages="$packages nginx-light"
command -v pdftotext >/dev/null || packages="$packages poppler-utils"
if [ -n "$packages" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing$packages with apt-get" >&2
        { apt-get -qq update; DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $packages; } >&2 \
            || without "what needs$packages, which apt-get could not install"
    else
        without "what needs$packages; on Debian or Ubuntu: sudo apt-get install$packages"
    fi
fi

if JAVA_HOME=$(sh tools/java.sh sh -c 'echo "$JAVA_HOME"'); then
    export JAVA_HOME PATH="$JAVA_HOME/bin:$PATH"
    sh tools/vnu.sh || without "the W3C's HTML checker, which could not be downloaded"
    .venv/bin/python -c 'import pyspark' 2>/dev/null ||
        .venv/bin/python -m pip --disable-pip-version-check -qq install --no-deps --require-hashes -r requirements-spark.txt ||
        without "Spark, which could not be installed"
else
    without "the W3C's HTML checker and Spark, which need Java"
fi
exec "$@"
