#!/bin/sh
# Install the JavaScript packages that the test-suite checks the sandbox against, into .cache/node (git-ignored):
# a SOQL parser and a Salesforce client that others wrote. Does nothing when they are there already.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
target=${1:-$root/.cache/node}
packages='@jetstreamapp/soql-parser-js@6.3.1 jsforce@3.10.16'
stamp=$target/.installed

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$packages" ]; then
    exit 0
fi
mkdir -p "$target"
(
    # Test workers may start together: the first one installs, the others wait for it.
    if command -v flock >/dev/null 2>&1; then
        flock 9
    fi
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$packages" ]; then
        exit 0
    fi
    # shellcheck disable=SC2086  # the list is meant to be split
    npm install --silent --no-audit --no-fund --no-package-lock --prefix "$target" $packages
    printf '%s\n' "$packages" >"$stamp"
) 9>"$target/.lock"
