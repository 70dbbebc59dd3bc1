#!/bin/bash
# bench-tools.sh BIN_DIRECTORY tools|lag|backlog|overload [WIRE_BENCH]: what users of the commands see, and how the embedded catalog
# keeps up. Writes one JSON object.
#
#   tools   cmq-send | broker | cmq-recv: 512 bytes of JSON a message, sealed and opened, until the last is received
#   lag     RATE messages a second for LONG seconds, published, delivered and acknowledged: how far behind the
#           catalog is meanwhile, in bytes of the journal and in seconds
#   backlog publishes for LONG seconds with nobody to receive, then hands everything out, the oldest from the disk
#   overload measures what the broker takes, then offers four times as much for LONG seconds, and waits for its memory
set -euo pipefail
PATH="$(cd "$1" && pwd):$PATH"
work=$2 bench=${3:-}
messages=${MESSAGES:-400000} rate=${RATE:-100000} long=${LONG:-60}

place=$(mktemp -d "${TMPDIR:-/tmp}/cmq-tools.XXXXXX")
processes=()
cleanup() {
    status=$?
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
    wait "${processes[@]}" 2>/dev/null || true
    [ "$status" = 0 ] || tail -n 5 "$place"/*.log >&2
    rm -rf "$place"
    exit "$status"
}
trap cleanup EXIT
cd "$place"
{
    cmq-certs init
    cmq-certs server
    cmq-certs client alice bob
    mkdir bob
    cmq-keygen --directory bob
} >setup.log 2>&1
printf '[server]\naddress = "127.0.0.1:0"\n[security]\nadmins = ["alice"]\n' >config.toml
printf '[limits]\nqueue_messages = 100000000\nqueue_bytes = 1099511627776\n' >>config.toml
cmq-broker --config config.toml --port-file port 2>broker.log &
processes+=($!)
until [ -s port ]; do sleep 0.05; done
CMQ_SERVER="localhost:$(cat port)"
export CMQ_SERVER

if [ "$work" = tools ]; then
    receive() { cmq-recv --identity bob --private-key bob/receiver_private.key "$@" 2>>recv.log; }
    receive --until-empty
    awk -v n="$messages" 'BEGIN { pad = sprintf("%490s", ""); gsub(/ /, "x", pad)
        for (i = 1; i <= n; i++) printf "{\"n\":%08d,\"p\":\"%s\"}\n", i + 10000000, pad }' >lines
    begin=$(date +%s.%N)
    receive --count "$messages" >received &
    receiver=$!
    processes+=("$receiver")
    cmq-send lines --identity alice --to bob 2>send.log
    sent=$(date +%s.%N)
    wait "$receiver"
    end=$(date +%s.%N)
    processes=("${processes[0]}")
    [ "$(wc -l <received)" = "$messages" ]
    awk -v n="$messages" -v a="$begin" -v s="$sent" -v b="$end" 'BEGIN {
        printf "{\"name\":\"tools\",\"label\":\"cmq\",\"messages\":%d,\"seconds\":%.3f,", n, b - a
        printf "\"messages_per_second\":%.0f,\"sent_per_second\":%.0f}\n", n / (b - a), n / (s - a) }'
    exit 0
fi

memory() { awk -v name="$1" '$1 == name ":" { printf "%.0f", $2 / 1e3 }' "/proc/${processes[0]}/status"; }

if [ "$work" = backlog ]; then
    "$bench" backlog --port "$(cat port)" --seconds "$long" | sed 's/^{/{"name":"backlog",/'
    printf '{"name":"backlog memory","most_megabytes":%s}\n' "$(memory VmHWM)"
    exit 0
fi

if [ "$work" = overload ]; then
    sleep 2
    idle=$(memory VmRSS)
    "$bench" publish --port "$(cat port)" --seconds 3 >alone.json
    taken=$(python3 -c 'import json; print(int(json.load(open("alone.json"))["messages_per_second"]))')
    "$bench" confirm --port "$(cat port)" --seconds "$long" --rate "$taken" --queues 4 >offered.json
    sleep 4
    python3 - "$taken" "$long" "$idle" "$(memory VmHWM)" "$(memory VmRSS)" <<'PYTHON'
import json, sys
taken, seconds, idle, most, left = map(int, sys.argv[1:])
bench = json.load(open("offered.json"))
print(json.dumps({"name": "overload", "taken_per_second": taken, "offered_per_second": 4 * taken,
    "offered_seconds": seconds, "confirmed": bench["messages"], "confirmed_in_seconds": bench["seconds"],
    "idle_megabytes": idle, "most_megabytes": most, "left_megabytes": left}))
PYTHON
    exit 0
fi

cmq-admin top --identity alice --interval 0.2 --json >top.jsonl 2>admin.log &
processes+=($!)
"$bench" latency --port "$(cat port)" --rate "$rate" --seconds "$long" >bench.json
sleep 1
python3 - "$rate" "$long" <<'PYTHON'
import json, sys
# How old what the catalog has is, at most: the time since the last report in which the journal ended no later.
history, lags, most_bytes, held_back = [], [], 0, False
for line in open("top.jsonl"):
    try:
        report = json.loads(line)
    except ValueError:
        continue
    at, end, position = report["uptime_seconds"], report["journal"]["end_position"], report["projection"]["position"]
    history.append((at, end))
    lags.append(at - max((then for then, reached in history if reached <= position), default=0))
    most_bytes = max(most_bytes, report["projection"]["lag_bytes"])
    held_back = held_back or report["projection"]["holds_back_publishers"]
bench = json.load(open("bench.json"))
print(json.dumps({
    "name": "lag", "label": "cmq", "rate": int(sys.argv[1]), "wanted_seconds": int(sys.argv[2]),
    "messages": bench["messages"],
    "messages_per_second": bench["messages_per_second"], "samples": len(lags),
    "lag_p50_seconds": round(sorted(lags)[len(lags) // 2], 3), "lag_max_seconds": round(max(lags), 3),
    "lag_end_seconds": round(lags[-1], 3), "lag_max_bytes": most_bytes, "held_back_publishers": held_back,
    "deliver_ms": bench["deliver_ms"]}))
PYTHON
