#!/bin/sh
# Sets up what is missing, then does what is asked. Safe to run again: what is there is left alone.
#
#   sh packaging/start.sh               set up, then open the window
#   sh packaging/start.sh demo          set up, then restore a bundled noisy picture
#   sh packaging/start.sh test          set up, then run the tests
#   sh packaging/start.sh check         set up, then formatting, types and layers
#   sh packaging/start.sh docs          set up, then build the documentation into build/site
#   sh packaging/start.sh COMMAND ...   set up, then restorer COMMAND ...
set -eu

caller=$PWD
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=$root/.venv

say() { printf '%s\n' "restorer: $*" >&2; }
fail() { say "$*"; exit 1; }

# --- Debian and Ubuntu: the libraries that Qt opens a window with --------------------------------
qt_libraries="libglib2.0-0 libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1
    libgssapi-krb5-2 fonts-dejavu-core libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4
    libxcb-keysyms1 libxcb-shape0"

is_installed() {
    # Newer releases renamed some libraries to NAMEt64.
    for name in "$1" "$1t64"; do
        case $(dpkg-query -W -f '${Status}' "$name" 2>/dev/null) in
            *" installed") return 0 ;;
        esac
    done
    return 1
}

apt_install() {
    missing=
    for package in "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        say "installing with apt-get:$missing"
        sudo=
    elif command -v sudo >/dev/null; then
        say "installing with sudo apt-get:$missing"
        sudo=sudo
    else
        say "please ask an administrator for: apt-get install$missing"
        return 0
    fi
    $sudo apt-get update -qq || fail "apt-get could not read the package lists"
    # shellcheck disable=SC2086 # a list of words
    $sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends $missing >/dev/null ||
        fail "apt-get could not install:$missing"
}

# --- Python ---------------------------------------------------------------------------------------
find_python() {
    for python in python3 python3.13 python3.12 python3.11; do
        if command -v "$python" >/dev/null &&
            "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
                2>/dev/null; then
            return 0
        fi
    done
    return 1
}

make_venv() {
    if [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        return 0
    fi
    if ! find_python && command -v apt-get >/dev/null; then
        apt_install python3 python3-venv
        # Ubuntu 22.04: its own python3 is older, but it has this one too.
        if ! find_python && apt-cache show python3.11 >/dev/null 2>&1; then
            apt_install python3.11 python3.11-venv
        fi
    fi
    find_python || fail "Python 3.11 or newer is needed: https://www.python.org/downloads/"
    say "making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
}

install_packages() { # $1: what pip installs, seen from the root
    # `dev` holds everything that a plain install does, so one mark is enough.
    mark=$venv/installed
    wanted="$1 $(cksum <"$root/pyproject.toml")"
    if [ -f "$mark" ]; then
        read -r present <"$mark"
        [ "$present" = "$wanted" ] && return 0
        [ "$present" = ".[dev] ${wanted#* }" ] && return 0
    fi
    say "installing Python packages into $venv (a few minutes, once)"
    (cd "$root" && "$venv/bin/python" -m pip install --quiet --editable "$1") ||
        fail "pip could not install the Python packages; its message is above"
    printf '%s\n' "$wanted" >"$mark"
}

set_up() {
    if command -v apt-get >/dev/null; then
        # shellcheck disable=SC2086 # a list of words
        apt_install $qt_libraries
    fi
    make_venv
    install_packages "$1"
}

# --- what is asked --------------------------------------------------------------------------------
case ${1-} in
    test)
        shift
        set_up '.[dev]'
        cd "$root"
        export QT_QPA_PLATFORM="${QT_QPA_PLATFORM-offscreen}"
        # A process a core, each with one thread of its own for the networks.
        export OMP_NUM_THREADS="${OMP_NUM_THREADS-1}"
        # Tests start many programs, each of which would compile the same modules again.
        unset PYTHONDONTWRITEBYTECODE
        exec "$venv/bin/python" -m pytest -n logical --maxprocesses 8 --dist worksteal "$@"
        ;;
    check)
        set_up '.[dev]'
        cd "$root"
        PATH=$venv/bin:$PATH
        ruff check .
        ruff format --check .
        mypy
        lint-imports
        ;;
    docs)
        set_up '.[docs]'
        cd "$root"
        exec "$venv/bin/mkdocs" build --strict
        ;;
    *)
        set_up .
        cd "$caller"
        exec "$venv/bin/restorer" "$@"
        ;;
esac
