#!/usr/bin/env bash
# Installs what Fixpoint needs: `bootstrap.sh run` for using it, `bootstrap.sh test` for building and testing it too.
# Debian packages when it may (root or sudo without a password), then .venv from the locked requirements.
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:-run}

# Qt's window, sound and the bar-code library; a font with Chinese characters.
run_packages="libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libfreetype6 libx11-xcb1 libxkbcommon0
 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
 libxcb-shape0 libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1 libpulse0 libzbar0 fonts-wqy-microhei fonts-inter"
# A screen without a screen, keys, a key store, a database server, PDF text, and objdump for the bundle.
test_packages="xvfb xauth xdotool openbox dbus gnome-keyring postgresql poppler-utils binutils"
# Without these no window opens, not even offscreen.
essential_packages="libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0"

say() { printf '%s\n' "$*" >&2; }

# Prints those of its arguments that are not installed.
missing_of() {
    local package
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || printf '%s ' "$package"
    done
}

install_packages() {
    command -v dpkg-query >/dev/null || { say "Not Debian: install the counterparts of these yourself if a window does not open: $run_packages"; return 0; }
    local wanted missing as_root="" command
    wanted=$run_packages
    [ "$purpose" = test ] && wanted="$wanted $test_packages"
    python=$(find_python) && "$python" -c 'import ensurepip' 2>/dev/null || wanted="$wanted python3 python3-venv"
    # shellcheck disable=SC2086 # lists of words on purpose
    missing=$(missing_of $wanted)
    [ -z "$missing" ] && return 0
    command="apt-get install -y --no-install-recommends $missing"
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            as_root="sudo -n"
        else
            say "Some system packages are missing. Please run this once:"
            say "    sudo apt-get update && sudo $command"
            # shellcheck disable=SC2086
            [ -z "$(missing_of $essential_packages)" ] && find_python >/dev/null && { say "Going on without them."; return 0; }
            exit 1
        fi
    fi
    say "Installing system packages (about a minute): $missing"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive $command -qq >/dev/null
}

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3 python3.12 python3.13; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { printf '%s' "$candidate"; return 0; }
    done
    return 1
}

# The .venv is right when its stamp holds the hash of what it was made from.
install_venv() {
    local stamp=.venv/.made-from now python
    now=$(cat requirements/dev.txt pyproject.toml tools/bootstrap.sh | sha256sum | cut -d' ' -f1)
    [ -x .venv/bin/fixpoint ] && [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && return 0
    if [ ! -x .venv/bin/python ]; then
        python=$(find_python) || { say "Python 3.11 or newer is needed (Debian: apt-get install python3 python3-venv)."; exit 1; }
        say "Making .venv with $("$python" --version)"
        "$python" -m venv .venv
    fi
    say "Installing the locked Python packages into .venv (two or three minutes the first time)"
    # --no-deps: the lock is complete, and older pips look for extras (coverage[toml]) outside of it
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    .venv/bin/python -m tools.translations compile
    printf '%s' "$now" >"$stamp"
}

install_packages
install_venv
