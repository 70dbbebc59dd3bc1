#!/bin/sh
# Installs exactly the Debian packages that are missing; does nothing, quickly, when none is.
set -eu

# To build: the libraries. To run the tests: independent readers of what the toolkit writes.
packages="libssl-dev libsodium-dev libsqlite3-dev libpq-dev pkg-config openssl python3 python3-cryptography python3-venv"
# To count the instructions of the hot paths (make bench-thresholds).
packages="$packages valgrind"
# The tests start servers of their own from its programs. One of another source will do, from version 15 on.
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || packages="$packages postgresql"

missing=""
for package in $packages; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing:$missing" >&2
run=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "error: these packages are missing and neither root nor sudo is there to install them:$missing" >&2
        exit 69
    fi
    run="sudo"
fi
export DEBIAN_FRONTEND=noninteractive
# The lists may be old, or absent on a fresh machine.
$run apt-get update -qq
# shellcheck disable=SC2086 # one word for each package
$run apt-get install --yes --quiet --no-install-recommends $missing
