#!/bin/sh
# Makes .venv and installs one locked requirements file into it, hashes checked. Nothing to do: done at once.
#   sh tools/venv.sh requirements.txt [another folder than .venv]
set -eu
cd "$(dirname "$0")/.."
requirements=$1
venv=${2:-.venv}
# The stamp is the file that was installed: a changed lock, or a half-finished installation, differs from it.
stamp=$venv/installed-$requirements

suitable() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; }

find_python() {
    # Each is run, not only looked up: version managers leave names on the path that answer with an error.
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11 python3.14 python; do
        if suitable "$candidate"; then echo "$candidate"; return; fi
        [ -z "${PYTHON:-}" ] || break
    done
    echo "No Python 3.11 to 3.14 was found. Install one, or name it: make run PYTHON=/path/to/python3.12" >&2
    exit 2
}

make_venv() {
    python=$(find_python)
    echo "Making $venv with $("$python" --version)" >&2
    rm -rf "$venv"
    if "$python" -c 'import ensurepip, venv' 2>/dev/null && "$python" -m venv "$venv"; then return; fi
    # Debian and Ubuntu ship Python without pip's wheel; the wheel is a package of its own, and unpacking it needs no root.
    rm -rf "$venv"
    sh tools/debs.sh .browser/pip python3-pip-whl || missing_pip
    wheel=$(ls .browser/pip/usr/share/python-wheels/pip-*.whl /usr/share/python-wheels/pip-*.whl 2>/dev/null | head -n 1)
    [ -n "$wheel" ] || missing_pip
    "$python" -m venv --without-pip "$venv" || missing_pip
    "$venv/bin/python" "$wheel/pip" --quiet install --no-index --no-warn-script-location "$wheel"
}

missing_pip() {
    rm -rf "$venv"
    echo "This Python cannot make virtual environments. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2
    exit 2
}

if "$venv/bin/python" -c '' 2>/dev/null && cmp -s "$requirements" "$stamp"; then exit 0; fi
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_venv
echo "Installing $requirements (once; a minute or two)" >&2
rm -f "$stamp"
# --no-deps: the lock names the whole tree, so there is nothing to resolve; every hash is still checked.
"$venv/bin/python" -m pip --disable-pip-version-check -qq install --no-deps --require-hashes -r "$requirements" || {
    echo "Installing $requirements failed, see above. It needs a package index (https://pypi.org, or the one in pip's settings)." >&2
    exit 1
}
cp "$requirements" "$stamp"
