#!/bin/bash
# install-peers.sh "PEERS": installs the brokers that bench-peers.sh compares with, where they are missing, and
# keeps Debian from starting them as services.
set -euo pipefail
declare -A package=([nats]=nats-server [redis-everysec]=redis-server [redis-always]=redis-server
    [mosquitto]=mosquitto [rabbitmq]=rabbitmq-server)
missing=()
for peer in $1; do
    name=${package[$peer]:-}
    [ -n "$name" ] || continue
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing: ${missing[*]}" >&2
run=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "error: install these packages first: ${missing[*]}" >&2; exit 69; }
    run=(sudo)
fi
# Debian's way to say that nothing may be started now; whoever has a policy already keeps it.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap '"${run[@]}" rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${run[@]}" tee $policy >/dev/null
    "${run[@]}" chmod 755 $policy
fi
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq
"${run[@]}" apt-get install --yes --quiet --no-install-recommends "${missing[@]}" >&2
