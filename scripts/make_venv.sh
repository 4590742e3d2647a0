#!/usr/bin/env bash
# Make the virtual environment in the folder $1, with the first Python of at least 3.11.
set -euo pipefail

venv=$1

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "There is no Python 3.11 or newer on PATH. Install one, or name it: make PYTHON=/path/to/python" >&2
    return 1
}

python=$(find_python)
if [ -x "$venv/bin/pip" ]; then
    exit 0
fi
# Debian keeps what venv needs in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    source "$(dirname "$0")/apt.sh"
    version=$("$python" -c 'import sys; print(".".join(map(str, sys.version_info[:2])))')
    apt_install "python$version-venv"
fi
"$python" -m venv "$venv"
# The pip that comes with Python 3.11 takes about twice as long to install hundreds of packages.
"$venv/bin/pip" install --quiet --no-compile --upgrade pip ||
    echo "Going on with $("$venv/bin/pip" --version | cut -d' ' -f1,2)" >&2
