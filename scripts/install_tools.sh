#!/usr/bin/env bash
# Get what the tests look with: a browser, PDF tools, fonts, strace. Only what is missing.
# A test that lacks one of them says so and is skipped, so this does not fail without them.
set -euo pipefail
source "$(dirname "$0")/apt.sh"

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
    command -v google-chrome >/dev/null || missing+=(chromium)
command -v pdftoppm >/dev/null && command -v pdftotext >/dev/null || missing+=(poppler-utils)
command -v strace >/dev/null || missing+=(strace)
[ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || missing+=(fonts-dejavu)

if [ ${#missing[@]} -gt 0 ]; then
    echo "Installing ${missing[*]}"
    apt_install "${missing[@]}" || echo "The tests that need ${missing[*]} will be skipped." >&2
fi
