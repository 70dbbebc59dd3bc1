#!/bin/bash
# bench-catalog.sh BIN_DIRECTORY [MESSAGES [RATE [SECONDS]]]: how fast the catalog follows; in PostgreSQL, or with
# ENGINE=sqlite the embedded one.
#
# Starts a PostgreSQL server of its own with the server's default settings, and a broker, on this machine, and
# measures with the tools that users have:
#
#   folded    the database is away while MESSAGES are sent, RATE a second, and received at once; how many a second
#             the catalog takes in when it is back: sent, delivered and acknowledged in one row
#   split     the same, but everything is sent before anything is received: each row is written twice
#   live      the database is there, and messages are sent and received as fast as the machine can do all of it
#   steady    RATE messages a second for SECONDS: how old the newest row is, twice a second
#
# The embedded catalog is away while another process holds its file locked.
#
# Writes one JSON object for each measurement.
set -euo pipefail
PATH="$(cd "$1" && pwd):$PATH"
here=$(cd "$(dirname "$0")" && pwd)
engine=${ENGINE:-postgresql}
case $engine in postgresql | sqlite) ;; *)
    echo "bench-catalog.sh: ENGINE is postgresql or sqlite, not $engine" >&2
    exit 64
    ;;
esac
messages=${2:-400000} rate=${3:-20000} seconds=${4:-30}

place=$(mktemp -d "${TMPDIR:-/tmp}/cmq-bench.XXXXXX")
broker="" receiver="" holder=""
cleanup() {
    status=$?
    for process in $receiver $broker $holder; do kill "$process" 2>/dev/null || true; done
    wait $receiver $broker $holder 2>/dev/null || true
    exec 9>&- || true
    rm -rf "$place"
    exit "$status"
}
trap cleanup EXIT
cd "$place"

if [ "$engine" = postgresql ]; then
    # The server's defaults, where the tests use less memory.
    mkfifo orders
    "$here/temporary-postgresql.sh" "shared_buffers = 128MB" <orders >answers &
    exec 9>orders
    seen=0
    # Sets `reply` to the next answer.
    answer() {
        until [ "$(wc -l <answers)" -gt "$seen" ]; do sleep 0.05; done
        seen=$((seen + 1))
        reply=$(sed -n "${seen}p" answers)
    }
    answer
    read -r _ socket port _ <<<"$reply"
    password=$(cat "$socket/password")
    ask() { PGPASSWORD=$password psql -qAt -h "$socket" -p "$port" -U cmq -d "${database:-cmq}" -c "$1" 2>/dev/null; }
    database=postgres ask 'CREATE DATABASE cmq TEMPLATE template0' >/dev/null
    order() {
        echo "$1" >&9
        answer
    }
    settings="host = \"$socket\"
port = $port
user = \"cmq\"
dbname = \"cmq\""
    export CMQ_DATABASE_PASSWORD=$password
    version=$(ask 'SHOW server_version' | cut -d' ' -f1)
    lag="SELECT extract(epoch FROM now() - max(sent_at)), count(*) FROM message_metadata
         WHERE sent_at > now() - interval '10 seconds'"
else
    ask() { sqlite3 -readonly -cmd '.timeout 10000' data/catalog.db "$1"; }
    order() {
        case $1 in
        stop)
            python3 -c '
import signal, sqlite3
connection = sqlite3.connect("data/catalog.db", timeout=60, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
signal.pause()' >locked &
            holder=$!
            until [ -s locked ]; do sleep 0.05; done
            ;;
        start)
            kill "$holder"
            wait "$holder" || true
            holder=""
            rm locked
            ;;
        esac
    }
    settings=""
    version=$(sqlite3 --version | cut -d' ' -f1)
    lag="SELECT (julianday('now') - julianday(max(sent_time))) * 86400, count(*) FROM message_metadata
         WHERE sent_time > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-10 seconds')"
fi

cat >config.toml <<TOML
[server]
address = "127.0.0.1:0"
data_directory = "data"
[database]
$settings
[journal]
projection_lag_bytes = "64 GiB"
[security]
admins = ["alice"]
TOML
{
    cmq-certs init
    cmq-certs server
    cmq-certs client alice bob
    mkdir bob
    cmq-keygen --directory bob
} >setup.log 2>&1
cmq-broker --config config.toml --port-file port 2>broker.log &
broker=$!
until [ -s port ]; do sleep 0.05; done
CMQ_SERVER="localhost:$(cat port)"
export CMQ_SERVER
receive() { cmq-recv --identity bob --private-key bob/receiver_private.key "$@" 2>>recv.log; }
receive --until-empty

# 512 bytes of JSON a line.
lines() {
    awk -v n="$1" 'BEGIN { pad = sprintf("%490s", ""); gsub(/ /, "x", pad)
        for (i = 1; i <= n; i++) printf "{\"n\":%d,\"p\":\"%s\"}\n", i, pad }'
}
now() { date +%s.%N; }
# Waits until the catalog has everything that the broker has.
until_projected() {
    until [ "$(cmq-admin top --identity alice --count 1 2>/dev/null | sed 's/.*"lag_bytes":\([0-9]*\).*/\1/')" = 0 ]; do
        sleep 0.1
    done
}
report() { # NAME COUNT BEGIN END
    awk -v name="$1" -v n="$2" -v a="$3" -v b="$4" -v engine="$engine" -v version="$version" 'BEGIN {
        printf "{\"bench\":\"%s\",\"messages\":%d,\"seconds\":%.2f,\"messages_per_second\":%d,\"%s\":\"%s\"}\n",
            name, n, b - a, n / (b - a), engine, version }'
}

# Lines at RATE a second for SECONDS.
paced() {
    RATE=$1 LONG=$2 python3 -c '
import os, sys, time
rate, seconds = int(os.environ["RATE"]), float(os.environ["LONG"])
line, begin, sent = "{\"n\":%d,\"p\":\"" + "x" * 490 + "\"}\n", time.time(), 0
while sent < rate * seconds:
    due = min(int((time.time() - begin) * rate), int(rate * seconds))
    sys.stdout.write("".join(line % n for n in range(sent, due)))
    sys.stdout.flush()
    sent = due
    time.sleep(0.005)'
}
send() { cmq-send --identity alice --to bob 2>>send.log; }

order stop
receive --count "$messages" >/dev/null &
receiver=$!
paced "$rate" "$((messages / rate))" | send
wait "$receiver"
receiver=""
begin=$(now)
order start
until_projected
report folded "$messages" "$begin" "$(now)"

order stop
lines "$messages" | send
receive --count "$messages" >/dev/null
begin=$(now)
order start
until_projected
report split "$messages" "$begin" "$(now)"

begin=$(now)
receive --count "$messages" >/dev/null &
receiver=$!
lines "$messages" | send
wait "$receiver"
receiver=""
until_projected
report live "$messages" "$begin" "$(now)"

receive >/dev/null &
receiver=$!
paced "$rate" "$seconds" | send &
sender=$!
sleep 2
while kill -0 "$sender" 2>/dev/null; do
    ask "$lag"
    sleep 0.5
done >lags
wait "$sender"
sort -t'|' -k1 -n lags | awk -F'|' -v rate="$rate" -v engine="$engine" -v version="$version" '
    { lag[NR] = $1; if ($2 > most) most = $2 }
    END { printf "{\"bench\":\"steady\",\"rate\":%d,\"samples\":%d,\"lag_p50_seconds\":%.3f,\"lag_max_seconds\":%.3f,", rate,
            NR, lag[int((NR + 1) / 2)], lag[NR]
          printf "\"messages_per_second\":%d,\"%s\":\"%s\"}\n", most / 10, engine, version }'
