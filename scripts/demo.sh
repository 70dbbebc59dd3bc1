#!/bin/bash
# demo.sh BIN_DIRECTORY [postgresql]: four laboratories, three research centres and a broker that can read nothing.
#
# Everything happens in a temporary directory and on loopback. The broker is killed with SIGKILL between
# sending and receiving, and so is the PostgreSQL server of its own that it has with `postgresql`. Ends with one
# line that says what was proved; exit status 0 only if it was.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
PATH="$(cd "$1" && pwd):$PATH"
engine=${2:-sqlite}

place=$(mktemp -d "${TMPDIR:-/tmp}/cmq-demo.XXXXXX")
broker=""
cleanup() {
    status=$?
    [ -z "$broker" ] || kill -9 "$broker" 2>/dev/null || true
    # The database server goes when its standard input is closed.
    if [ -n "${DATABASE_PID:-}" ]; then
        keeper=$DATABASE_PID
        eval "exec ${DATABASE[1]}>&-"
        wait "$keeper" 2>/dev/null || true
    fi
    if [ "$status" -ne 0 ]; then
        echo "demo: FAILED (exit status $status)"
        tail -n 20 "$place/broker.log" 2>/dev/null || true
    fi
    rm -rf "$place"
}
trap cleanup EXIT
cd "$place"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    bold=$(tput bold) plain=$(tput sgr0)
else
    bold="" plain=""
fi
step() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
run() {
    printf '%s$ %s%s\n' "$bold" "$*" "$plain"
    "$@"
}

labs="FL-LAB PA-LAB MA-LAB IL-LAB"
centres="CA-RC NY-RC SF-RC"

step "Certificates: one authority, the server DC-HQ, seven clients, an auditor"
# shellcheck disable=SC2086 # one word for each client
run cmq-certs init
run cmq-certs server --name DC-HQ --name localhost --ip 127.0.0.1
# shellcheck disable=SC2086
run cmq-certs client $labs $centres AUDITOR

step "Keys: each centre makes its own; the private halves never leave it"
for centre in $centres; do
    mkdir "$centre"
    run cmq-keygen --directory "$centre" >/dev/null
done

start_broker() {
    rm -f port
    cmq-broker --config config.toml --port "${1:-0}" --port-file port 2>>broker.log &
    broker=$!
    # The port file appears when the broker listens.
    while [ ! -s port ]; do
        kill -0 "$broker" 2>/dev/null || { cat broker.log; return 1; }
        sleep 0.05
    done
    CMQ_SERVER="localhost:$(cat port)"
    export CMQ_SERVER
    echo "broker: listening on $CMQ_SERVER, process $broker"
}

cat >config.toml <<'TOML'
[server]
address = "127.0.0.1:0"

[security]
admins = ["AUDITOR"]
TOML

# `database_answer COMMAND` has the database server do something, and waits until it is done.
database_answer() {
    echo "$1" >&"${DATABASE[1]}"
    read -r answer <&"${DATABASE[0]}"
}

if [ "$engine" = postgresql ]; then
    step "A PostgreSQL server, and a database for the broker"
    coproc DATABASE { exec "$scripts/temporary-postgresql.sh"; }
    read -r _ PGHOST PGPORT database_process <&"${DATABASE[0]}" || exit 1
    PGPASSWORD=$(cat "$PGHOST/password")
    PGDATABASE=labs
    # The commands of the toolkit find the database through their configuration, without these variables.
    with_database() (
        export PGHOST PGPORT PGPASSWORD PGDATABASE
        "$@"
    )
    query() { with_database psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$@"; }
    (umask 077 && echo "$PGPASSWORD" >database-password)
    with_database run createdb --username cmq labs
    cat >>config.toml <<TOML

[database]
host = "$PGHOST"
port = $PGPORT
user = "cmq"
password_file = "database-password"
dbname = "labs"
TOML
    step "The broker at DC-HQ, with its catalog in PostgreSQL"
else
    step "The broker at DC-HQ, with its embedded catalog"
fi
run cmq-broker --config config.toml --check-config
start_broker

cat >config.json <<'JSON'
{
    "exchange_name": "research",
    "receiver_client_ids": ["CA-RC", "NY-RC", "SF-RC"],
    "bindings": [
        {"queue_name": "ca_rc_queue", "exchange_name": "research", "routing_key": "ca_rc"},
        {"queue_name": "ny_rc_queue", "exchange_name": "research", "routing_key": "ny_rc"},
        {"queue_name": "sf_rc_queue", "exchange_name": "research", "routing_key": "sf_rc"}
    ]
}
JSON

step "The centres register their public keys and bind their queues"
for centre in $centres; do
    run cmq-recv --identity "$centre" --private-key "$centre/receiver_private.key" --until-empty
done

send() {
    lab=$1 content=$2
    shift 2
    to=()
    for centre in "$@"; do to+=(--to "$centre"); done
    printf '%s$ echo %s | cmq-send --identity %s %s%s\n' "$bold" "'$content'" "$lab" "${to[*]}" "$plain"
    echo "$content" | cmq-send --identity "$lab" "${to[@]}"
}

step "The laboratories pipe their JSON in; each line is encrypted for each of its receivers"
send FL-LAB '{"data":"FL-LAB_DAT_20251008_001"}' CA-RC SF-RC
send PA-LAB '{"report":"PA-LAB_RPT_20251008_125"}' CA-RC NY-RC SF-RC
send MA-LAB '{"data":"MA-LAB_DAT_20251008_045"}' NY-RC SF-RC
send IL-LAB '{"report":"IL-LAB_RPT_20251008_175"}' CA-RC SF-RC

step "Nothing readable lies on the broker's disk"
[ "$engine" = sqlite ] || with_database pg_dump --username cmq >database.sql
if grep -rqa -e '_DAT_2025' -e '_RPT_2025' cmq-data broker.log $([ "$engine" = sqlite ] || echo database.sql); then
    echo "plaintext was found in the broker's files"
    exit 1
fi
echo "no content found in the broker's journal, catalog or logs"

if [ "$engine" = postgresql ]; then
    step "Broker and PostgreSQL are killed with SIGKILL, with every message still there, and started again"
    kill -9 "$database_process"
else
    step "The broker is killed with SIGKILL, with every message still in it, and started again"
fi
# The shell would report the death of its child in between.
{ kill -9 "$broker" && wait "$broker"; } 2>/dev/null || true
broker=""
if [ "$engine" = postgresql ]; then
    database_answer start
    echo "database: $answer"
fi
start_broker

step "The centres receive and decrypt"
receive() {
    centre=$1 count=$2
    printf '%s$ cmq-recv --identity %s --count %s --output %s.jsonl%s\n' "$bold" "$centre" "$count" "$centre" "$plain"
    cmq-recv --identity "$centre" --private-key "$centre/receiver_private.key" \
        --count "$count" --timeout 60 --output "$centre.jsonl"
}
receive CA-RC 3
receive NY-RC 2
receive SF-RC 4

expect() {
    centre=$1
    shift
    printf '%s\n' "$@" | sort >expected
    grep -o '[A-Z]*-LAB_[A-Z]*_[0-9]*_[0-9]*' "$centre.jsonl" | sort >decrypted
    if ! diff expected decrypted; then
        echo "$centre did not receive what it should"
        exit 1
    fi
    printf '%-6s decrypted %s\n' "$centre" "$(tr '\n' ' ' <decrypted)"
}
fl=FL-LAB_DAT_20251008_001 pa=PA-LAB_RPT_20251008_125 ma=MA-LAB_DAT_20251008_045 il=IL-LAB_RPT_20251008_175
expect CA-RC $fl $pa $il
expect NY-RC $pa $ma
expect SF-RC $fl $pa $ma $il

step "Nothing is left, and nothing comes twice"
for centre in $centres; do
    again=$(cmq-recv --identity "$centre" --private-key "$centre/receiver_private.key" --until-empty | wc -l)
    [ "$again" -eq 0 ] || { echo "$centre received $again messages again"; exit 1; }
done

step "The auditor sees who sent what to whom and when it arrived, and cannot read a word of it"
run cmq-admin status --identity AUDITOR
run cmq-admin audit

kill -TERM "$broker"
wait "$broker"
broker=""

catalog=""
if [ "$engine" = postgresql ]; then
    step "So does anybody with psql and a role that may only read"
    printf '%s$ cmq-admin db grants --broker cmq --auditor auditor | psql%s\n' "$bold" "$plain"
    cmq-admin db grants --broker cmq --auditor auditor | query postgres
    echo "ALTER ROLE auditor PASSWORD '$PGPASSWORD'" | query postgres
    ask() {
        printf '%s$ psql --username auditor%s\n%s\n' "$bold" "$plain" "$1"
        query auditor --command "$1"
    }
    ask "SELECT client_id AS sender, receiver_client_id AS receiver, count(*) AS sent,
       count(delivered_at) AS delivered, count(acknowledged_at) AS acknowledged,
       max(acknowledged_at - sent_at) AS slowest
FROM message_metadata GROUP BY sender, receiver ORDER BY sender, receiver;"
    ask "SELECT client_id, left(fingerprint, 20) AS fingerprint, registered_time FROM cmq_key_history ORDER BY id;"
    complete=$(query auditor --no-align --tuples-only --command "
        SELECT count(*) FILTER (WHERE state = 'acknowledged' AND sent_at <= delivered_at
            AND delivered_at <= acknowledged_at) || ' of ' || count(*) FROM message_metadata")
    if [ "$complete" != "9 of 9" ]; then
        echo "PostgreSQL has all times of $complete messages instead of 9 of 9"
        exit 1
    fi
    if query auditor --command "SET default_transaction_read_only = off" \
        --command "DELETE FROM message_metadata" 2>refused; then
        echo "the auditor could delete rows"
        exit 1
    fi
    echo "and may not delete a row: $(cat refused)"
    catalog="; PostgreSQL, killed with it, has the times of all 9"
fi

printf '\n%sproved: 4 laboratories sent 9 encrypted messages to 3 centres through a broker that could not read them and was killed on the way; each was decrypted exactly once, by its receiver only%s%s\n' "$bold" "$catalog" "$plain"
