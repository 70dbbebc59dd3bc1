#!/bin/bash
# temporary-postgresql.sh [--small-disk MIB] [--file NAME=PATH]... [SETTING=VALUE]...
#
# A PostgreSQL server of its own for the tests and the demo: in a temporary directory, on a socket in it and on
# a free loopback port, as a user without privileges. It lives as long as this script's standard input is open,
# and leaves nothing behind, however the program that holds the other end comes to its end.
#
# Writes `ready DIRECTORY PORT PROCESS` when the server accepts connections. The directory holds the socket, the
# log (`log`) and, for whoever started the script only, the password of both roles (`password`): `postgres`, the
# superuser, and `cmq`, who may create databases.
#
# Reads commands, one on each line, and answers each with a line: `start` (`ready …`), `stop` (`stopped`; open
# sessions are ended), `fill` (`full`; no byte fits on the small disk), `free` (`free`).
#
#   --small-disk MIB   make the tablespace `small` on a file system of this size; root, or user namespaces
#   --file NAME=PATH   put a copy of a file into the data directory, as server.key for instance
#   SETTING=VALUE      a setting of postgresql.conf, written as it is
set -euo pipefail

if [ -z "${CMQ_OWN_SESSION-}" ]; then
    # What ends a whole group of processes must leave this one, to clean up.
    export CMQ_OWN_SESSION=1
    separate=(setsid --wait --)
    if [ "${1-}" = --small-disk ]; then
        # A mount of its own name space goes with its last process, even where nobody can unmount it any more.
        separate+=(unshare --mount)
        [ "$(id -u)" -eq 0 ] || separate+=(--user --map-current-user --keep-caps)
        separate+=(--)
    fi
    exec "${separate[@]}" "$0" "$@"
fi
unset CMQ_OWN_SESSION "${!PG@}"
trap '' INT HUP TERM

fail() {
    echo "temporary-postgresql: error: $*" >&2
    exit 69
}

binaries=$(find /usr/lib/postgresql/*/bin -name postgres 2>/dev/null | sort --version-sort | tail -n 1 || true)
[ -n "$binaries" ] || binaries="$(pg_config --bindir 2>/dev/null || true)/postgres"
[ -x "$binaries" ] || binaries=$(command -v postgres) || fail "no PostgreSQL server is installed"
binaries=$(dirname "$binaries")

# The signal ends the server where this script is killed. PostgreSQL refuses to run as root.
as_server=(setpriv --pdeathsig QUIT)
if [ "$(id -u)" -eq 0 ]; then
    owner=postgres
    id "$owner" >/dev/null 2>&1 || owner=nobody
    as_server+=(--reuid "$owner" --regid "$(id -g "$owner")" --clear-groups)
fi
as_server+=(--)

# The path of a socket has at most 107 bytes, and the server's user must be able to get there.
base=${TMPDIR:-/tmp}
if [ "${#base}" -gt 60 ] || ! "${as_server[@]}" test -x "$base"; then base=/tmp; fi
place=$(mktemp -d "$base/cmq-pg.XXXXXX")
chmod 755 "$place"
data=$place/data
server=""

# Ends the server at once, also one that was frozen.
end_server() {
    # The number of a server that is gone may be somebody else's by now.
    jobs -pr | grep -qx "$server" || return 0
    local children
    children=$(cat "/proc/$server/task/$server/children" 2>/dev/null || true)
    # shellcheck disable=SC2086 # one word for each process
    kill -CONT "$server" $children 2>/dev/null || true
    kill -QUIT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
}
end() {
    status=$?
    end_server
    # What a server that was killed could not give back: the shared memory that line 7 of its file names.
    memory=$(sed -n '7s/^ *[0-9]* *//p' "$data/postmaster.pid" 2>/dev/null || true)
    [ -z "$memory" ] || ipcrm --shmem-id "$memory" 2>/dev/null || true
    umount --lazy "$place/small" 2>/dev/null || true
    rm -rf "$place"
    exit "$status"
}
trap end EXIT

(umask 077 && : >"$place/log" && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$place/password")
if [ "$(id -u)" -eq 0 ]; then chown "$owner" "$place" "$place/password"; fi
password=$(cat "$place/password")
"${as_server[@]}" "$binaries/initdb" --pgdata "$data" --username postgres --auth scram-sha-256 --encoding UTF8 \
    --locale C.UTF-8 --no-sync --no-instructions --pwfile "$place/password" >>"$place/log" 2>&1 ||
    fail "initdb: $(tail -n 3 "$place/log")"

settings=(
    "listen_addresses = '127.0.0.1'"
    "unix_socket_directories = '$place'"
    # Shared memory in files of the directory, which is removed with what a killed server left.
    "dynamic_shared_memory_type = mmap"
    "shared_buffers = 32MB"
    "log_line_prefix = '%m [%p] %q%a %u@%d '"
)
while [ $# -gt 0 ]; do
    case $1 in
    --small-disk)
        mkdir "$place/small"
        mount -t tmpfs -o "size=${2}m,mode=700" tmpfs "$place/small" || fail "no small disk can be mounted here"
        if [ "$(id -u)" -eq 0 ]; then chown "$owner" "$place/small"; fi
        shift
        ;;
    --file)
        # Read by us and written by the server's user.
        "${as_server[@]}" sh -c 'umask 077 && cat >"$1"' sh "$data/${2%%=*}" <"${2#*=}"
        shift
        ;;
    *=*) settings+=("$1") ;;
    *) fail "unknown argument $1" ;;
    esac
    shift
done
printf '%s\n' "${settings[@]}" | "${as_server[@]}" sh -c 'cat >>"$1"' sh "$data/postgresql.conf"

start_server() {
    "${as_server[@]}" "$binaries/postgres" -D "$data" -p "$port" >>"$place/log" 2>&1 </dev/null &
    server=$!
    until "$binaries/pg_isready" --quiet --host "$place" --port "$port"; do
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.02
    done
    echo "ready $place $port $server"
}
start_anywhere() {
    local attempt
    for attempt in $(seq 20); do
        # Below the ports that the system gives to connections and to tests that ask for any.
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        start_server >"$place/ready" && return 0
        grep -q 'could not create any TCP/IP sockets' "$place/log" || return 1
        echo "port $port was taken, attempt $attempt" >>"$place/log"
    done
    return 1
}
start_anywhere || fail "the server did not start: $(tail -n 5 "$place/log")"

PGPASSWORD=$password "$binaries/psql" --quiet --no-psqlrc --set ON_ERROR_STOP=1 --host "$place" --port "$port" \
    --username postgres --dbname postgres >>"$place/log" 2>&1 <<SQL || fail "no role: $(tail -n 3 "$place/log")"
CREATE ROLE cmq LOGIN CREATEDB PASSWORD '$password';
$([ ! -d "$place/small" ] || echo "CREATE TABLESPACE small OWNER cmq LOCATION '$place/small'")
SQL
cat "$place/ready"
# Where the shell says so when the server is killed, and where its own mistakes are found with those of the server.
exec 2>>"$place/log"

while read -r command; do
    case $command in
    start) start_server || echo "failed $(tail -n 1 "$place/log")" ;;
    stop)
        kill -INT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        echo stopped
        ;;
    fill)
        cat /dev/zero >"$place/small/filler" 2>/dev/null || true
        echo full
        ;;
    free)
        rm -f "$place/small/filler"
        echo free
        ;;
    *) fail "unknown command $command" ;;
    esac
done
