#!/bin/bash
# demo.sh BIN_DIRECTORY: four laboratories, three research centres and a broker that can read nothing.
#
# Everything happens in a temporary directory and on loopback. The broker is killed with SIGKILL between
# sending and receiving. Ends with one line that says what was proved; exit status 0 only if it was.
set -euo pipefail
PATH="$(cd "$1" && pwd):$PATH"

place=$(mktemp -d "${TMPDIR:-/tmp}/cmq-demo.XXXXXX")
broker=""
cleanup() {
    status=$?
    [ -z "$broker" ] || kill -9 "$broker" 2>/dev/null || true
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

step "The broker at DC-HQ, with its embedded catalog"
cat >config.toml <<'TOML'
[server]
address = "127.0.0.1:0"

[security]
admins = ["AUDITOR"]
TOML
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
if grep -rqa -e '_DAT_2025' -e '_RPT_2025' cmq-data; then
    echo "plaintext was found in the broker's files"
    exit 1
fi
echo "no content found in the broker's journal, catalog or logs"

step "The broker is killed with SIGKILL, with every message still in it, and started again"
# The shell would report the death of its child in between.
{ kill -9 "$broker" && wait "$broker"; } 2>/dev/null || true
broker=""
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
printf '\n%sproved: 4 laboratories sent 9 encrypted messages to 3 centres through a broker that could not read them and was killed on the way; each was decrypted exactly once, by its receiver only%s\n' "$bold" "$plain"
