#!/bin/sh
# Runs a command with CHROMIUM naming a browser that Playwright can drive; installs one first when there is none.
#   sh tools/browser.sh .venv/bin/python -m pytest tests/browser
set -eu
cd "$(dirname "$0")/.."
here=$(pwd)

works() { "$1" --version >/dev/null 2>&1; }

found() {
    for candidate in "${CHROMIUM:-}" chromium google-chrome google-chrome-stable chromium-browser "$here/.browser/chromium" \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; do
        # Each is run, not only looked up: Ubuntu's `chromium-browser` may be a note that says to install a snap.
        if [ -n "$candidate" ] && works "$candidate"; then CHROMIUM=$(command -v "$candidate"); return; fi
    done
    return 1
}

as_root() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "Installing Chromium with apt-get" >&2
    { apt-get -qq update; DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends chromium fonts-liberation; } >&2
}

# Without root: Debian's packages unpacked under .browser, and a script that tells the browser where its libraries and fonts are.
unpacked() {
    command -v apt-get >/dev/null || return 1
    echo "Unpacking Chromium into .browser (no root needed)" >&2
    sh tools/debs.sh .browser/root chromium fonts-liberation || return 1
    cat >.browser/fonts.conf <<CONF
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir prefix="relative">root/usr/share/fonts</dir>
  <alias><family>sans-serif</family><prefer><family>Liberation Sans</family></prefer></alias>
  <alias><family>serif</family><prefer><family>Liberation Serif</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>Liberation Mono</family></prefer></alias>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
CONF
    cat >.browser/chromium <<'SCRIPT'
#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
for folder in "$here"/root/usr/lib/*-linux-gnu* "$here"/root/lib/*-linux-gnu* "$here"/root/usr/lib/*-linux-gnu*/*/; do
    [ -d "$folder" ] && libraries="${libraries:+$libraries:}$folder"
done
export LD_LIBRARY_PATH="${libraries:-}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/root/usr/lib/chromium/chromium" "$@"
SCRIPT
    chmod +x .browser/chromium
}

# Elsewhere Playwright brings its own.
downloaded() {
    echo "Downloading Chromium with Playwright" >&2
    PLAYWRIGHT_BROWSERS_PATH="$here/.browser/playwright" "${VENV:-.venv}/bin/python" -m playwright install chromium >&2 || return 1
    binary=$(find .browser/playwright -type f \( -name chrome -o -name Chromium -o -name "Google Chrome for Testing" \) | head -n 1)
    [ -n "$binary" ] && ln -sf "$here/$binary" .browser/chromium
}

# Playwright's own Node needs a library that a small system lacks; the browser's packages do not bring it.
node_works() {
    node=$("${VENV:-.venv}/bin/python" -c 'from playwright._impl._driver import compute_driver_executable as node; print(node()[0])')
    "$node" --version >/dev/null 2>&1 && return
    if ! works .browser/node; then
        sh tools/debs.sh .browser/node-libraries libatomic1 || return 1
        cat >.browser/node <<SCRIPT
#!/bin/sh
export LD_LIBRARY_PATH="$(echo "$here"/.browser/node-libraries/usr/lib/*-linux-gnu*)"
exec "$node" "\$@"
SCRIPT
        chmod +x .browser/node
    fi
    export PLAYWRIGHT_NODEJS_PATH="$here/.browser/node"
    works "$PLAYWRIGHT_NODEJS_PATH"
}

no_browser() {
    echo "No browser for the browser tests. Install Chromium or Chrome, or name one: make test CHROMIUM=/path/to/chromium" >&2
    exit 2
}

mkdir -p .browser
for way in true as_root unpacked downloaded no_browser; do
    if $way && found; then break; fi
done
node_works || { echo "Playwright's Node does not start. On Debian or Ubuntu: sudo apt-get install libatomic1" >&2; exit 2; }
export CHROMIUM
exec "$@"
