#!/usr/bin/env bash
# Get the servers that the engine tests ask: PostgreSQL, and Java for Spark. Only what is missing.
# A test that lacks one of them says so and is skipped, so this does not fail without them.
set -euo pipefail
source "$(dirname "$0")/apt.sh"

missing=()
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null ||
    missing+=(postgresql)
command -v java >/dev/null || missing+=(openjdk-17-jre-headless)

if [ ${#missing[@]} -gt 0 ]; then
    echo "Installing ${missing[*]}"
    apt_install "${missing[@]}" || echo "The tests that need ${missing[*]} will be skipped." >&2
fi
