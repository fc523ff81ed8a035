#!/usr/bin/env bash
# Locks requirements/*.in with hashes for every platform, without naming an index. Arguments go to uv (--upgrade).
set -euo pipefail
cd "$(dirname "$0")"
lock() {
    ../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-header --no-annotate --output-file "$1.txt" "$1.in" "${@:2}"
}
lock dev "$@"
lock runtime --constraint dev.txt
lock hq --constraint dev.txt
