#!/bin/bash
# bench-peers.sh BIN_DIRECTORY WIRE_BENCH: the same work for this broker and for others, on this machine.
#
# Installs the other brokers from Debian where they are missing. Gives every one mutual TLS 1.3 with P-384
# certificates and the settings below, and drives each with wire-bench in its own protocol, on loopback only, in
# turn, a fresh server for each measurement of throughput. Writes the medians into docs/performance.md; a run of a
# part, or fewer than three runs, only show them.
#
#   RUNS=3        how often everything is measured
#   EACH=4        seconds that messages are published for, in each measurement
#   PEERS="..."   of: ideal cmq nats redis-everysec mosquitto redis-always rabbitmq
#   WORK="..."    of: start idle latency publish deliver four large tools lag
#   RESULTS=FILE  where the lines of JSON go that the table is made from
set -euo pipefail
commands=$(cd "$1" && pwd)
bench=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
scripts=$(cd "$(dirname "$0")" && pwd)
all_peers="ideal cmq nats redis-everysec mosquitto redis-always rabbitmq"
all_work="start idle latency publish deliver four large tools lag"
runs=${RUNS:-3} each=${EACH:-4} peers=${PEERS:-$all_peers} works=${WORK:-$all_work}

place=$(mktemp -d "${TMPDIR:-/tmp}/cmq-peers.XXXXXX")
results=${RESULTS:-$place/results.jsonl}
case $results in /*) ;; *) results=$PWD/$results ;; esac
server="" port_mapper=""
# Servers run in process groups of their own.
stop_server() {
    [ -n "$server" ] || return 0
    kill -KILL -- "-$server" 2>/dev/null || true
    while kill -0 -- "-$server" 2>/dev/null; do sleep 0.05; done
    server=""
}
cleanup() {
    status=$?
    [ -s "$place/pid" ] && [ -z "$server" ] && server=$(cat "$place/pid")
    stop_server
    [ -z "$port_mapper" ] || kill "$port_mapper" 2>/dev/null || true
    if [ "$status" -ne 0 ]; then tail -n 20 "$place"/*.log >&2 2>/dev/null || true; fi
    rm -rf "$place"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

"$scripts/install-peers.sh" "$peers"
ulimit -n "$(ulimit -Hn)"
cd "$place"
"$commands/cmq-certs" init 2>setup.log
"$commands/cmq-certs" server --name localhost --ip 127.0.0.1 2>>setup.log
"$commands/cmq-certs" client alice bob 2>>setup.log
: >>"$results"

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# --- servers: each writes its configuration and sets `protocol` and `command`, and `tuning` of the client

configure_cmq() {
    cat >config.toml <<TOML
[server]
address = "127.0.0.1:$port"
[tls]
cert_path = "$place/certs/server.crt"
key_path = "$place/certs/server.key"
ca_cert_path = "$place/certs/ca.crt"
[limits]
connections_per_identity = 2000
[security]
admins = ["alice"]
TOML
    protocol=cmq command=("$commands/cmq-broker" --config config.toml)
}

configure_nats() {
    cat >nats.conf <<CONF
listen: "127.0.0.1:$port"
jetstream { store_dir: "$data", max_file_store: 64G, max_memory_store: 1G }
tls {
  cert_file: "$place/certs/server.crt"
  key_file: "$place/certs/server.key"
  ca_file: "$place/certs/ca.crt"
  verify: true
  timeout: 30
}
max_pending: 268435456
CONF
    protocol=nats command=(nats-server --config nats.conf) tuning=(--prefetch 250 --refill 50)
}

configure_redis() { # FSYNC
    cat >redis.conf <<CONF
bind 127.0.0.1
port 0
tls-port $port
tls-cert-file $place/certs/server.crt
tls-key-file $place/certs/server.key
tls-ca-cert-file $place/certs/ca.crt
tls-auth-clients yes
tls-protocols TLSv1.3
tls-session-caching no
dir $data
save ""
appendonly yes
appendfsync $1
auto-aof-rewrite-percentage 0
daemonize no
CONF
    protocol=redis command=(redis-server "$PWD/redis.conf")
}
configure_redis-everysec() { configure_redis everysec; }
configure_redis-always() { configure_redis always; }

configure_mosquitto() {
    cat >mosquitto.conf <<CONF
user $(id -un)
persistence true
persistence_location $data/
autosave_interval 1800
max_inflight_messages 1000
max_queued_messages 0
max_queued_bytes 0
set_tcp_nodelay true
allow_anonymous true
log_type error
listener $port 127.0.0.1
cafile $place/certs/ca.crt
certfile $place/certs/server.crt
keyfile $place/certs/server.key
require_certificate true
tls_version tlsv1.3
CONF
    protocol=mqtt command=(mosquitto -c mosquitto.conf)
}

configure_rabbitmq() {
    cat >rabbitmq.conf <<CONF
listeners.tcp = none
listeners.ssl.1 = 127.0.0.1:$port
ssl_options.cacertfile = $place/certs/ca.crt
ssl_options.certfile = $place/certs/server.crt
ssl_options.keyfile = $place/certs/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
ssl_options.versions.1 = tlsv1.3
vm_memory_high_watermark.relative = 0.8
disk_free_limit.absolute = 1GB
collect_statistics_interval = 60000
log.file.level = error
CONF
    : >enabled_plugins
    if [ -z "$port_mapper" ]; then
        ERL_EPMD_PORT=$(free_port)
        export ERL_EPMD_PORT ERL_EPMD_ADDRESS=127.0.0.1
        epmd 2>>epmd.log &
        port_mapper=$!
    fi
    protocol=amqp command=(env HOME="$data" RABBITMQ_NODENAME="cmqbench@localhost" RABBITMQ_MNESIA_BASE="$data"
        RABBITMQ_LOG_BASE="$data" RABBITMQ_LOGS="$data/rabbit.log" RABBITMQ_CONFIG_FILE="$PWD/rabbitmq.conf"
        RABBITMQ_ENABLED_PLUGINS_FILE="$PWD/enabled_plugins" RABBITMQ_DIST_PORT="$(free_port)"
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
        /usr/lib/rabbitmq/bin/rabbitmq-server)
}

# --- one measurement each

wanted() { [[ " $works " = *" $1 "* ]]; }
measure() { # NAME ARGUMENTS...
    local name=$1
    shift
    local line
    set -- "$@" "${tuning[@]}" --port "$port" --protocol "$protocol" --label "$peer"
    if line=$(timeout 150 "$bench" "$@" 2>>bench.log); then
        echo "{\"name\":\"$name\",\"run\":$run,${line#\{}" | tee -a "$results"
    else
        echo "bench-peers: $peer gave no result for $name: $(tail -n 1 bench.log)" >&2
    fi
}

# Starts a fresh server and measures what is given: names of functions that run one measurement or a few.
with_server() {
    port=$(free_port)
    data=$place/data
    mkdir -m 700 "$data"
    tuning=()
    "configure_$peer"
    rm -f pid
    if ! started=$("$bench" start --port "$port" --protocol "$protocol" --label "$peer" --pid-file pid -- \
        "${command[@]}" 2>server.log); then
        echo "bench-peers: $peer did not start" >&2
        return 1
    fi
    server=$(cat pid)
    "$@"
    stop_server
    rm -rf "$data" cmq-data
}

quiet_work() {
    ! wanted start || echo "{\"name\":\"start\",\"run\":$run,${started#\{}" | tee -a "$results"
    ! wanted idle || measure idle idle --pid "$server"
    ! wanted latency || measure latency latency --seconds 20
}

# What one measurement leaves behind, in memory and to be written, is not to be part of the next.
run_peer() {
    with_server quiet_work
    ! wanted deliver || with_server measure deliver deliver --seconds "$each"
    ! wanted four || with_server measure four deliver --queues 4 --seconds "$each"
    ! wanted publish || with_server measure publish publish --seconds "$each"
    ! wanted large || with_server measure large publish --body 65536 --window 256 --seconds "$each"
}

run_ideal() {
    protocol=cmq tuning=()
    local mode
    for mode in read ack sync; do
        port=$(free_port)
        setsid "$bench" ideal --mode "$mode" --port "$port" --file ideal.data 2>server.log &
        server=$!
        disown
        until [ "$(ss -Hltn "sport = :$port" | wc -l)" = 1 ]; do sleep 0.02; done
        local unconfirmed=""
        [ "$mode" != read ] || unconfirmed=--unconfirmed
        # shellcheck disable=SC2086 # one word or none
        ! wanted publish || measure "publish-$mode" publish --seconds "$each" $unconfirmed
        ! wanted latency || [ "$mode" = read ] || measure "latency-$mode" confirm --seconds 10
        # shellcheck disable=SC2086
        ! wanted large || measure "large-$mode" publish --body 65536 --window 256 --seconds "$each" $unconfirmed
        stop_server
    done
}

for run in $(seq "$runs"); do
    for peer in $peers; do
        if [ "$peer" = ideal ]; then run_ideal; else run_peer; fi
    done
    if [[ " $peers " = *" cmq "* ]]; then
        ! wanted tools || "$scripts/bench-tools.sh" "$commands" tools | sed "s/^{/{\"run\":$run,/" | tee -a "$results"
    fi
done
if [[ " $peers " = *" cmq "* ]] && wanted lag; then
    "$scripts/bench-tools.sh" "$commands" lag "$bench" | sed 's/^{/{"run":1,/' | tee -a "$results"
fi

if [ "$peers" = "$all_peers" ] && [ "$works" = "$all_work" ] && [ "$runs" -ge 3 ]; then
    python3 "$scripts/bench-peers-table.py" "$results" "$scripts/../docs/performance.md"
else
    python3 "$scripts/bench-peers-table.py" "$results"
fi
