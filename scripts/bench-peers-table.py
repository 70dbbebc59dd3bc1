"""bench-peers-table.py RESULTS [PAGE]: medians of bench-peers.sh's lines as tables; into PAGE, between its markers."""

import json
import platform
import statistics
import subprocess
import sys

PEERS = ["cmq", "nats", "redis-everysec", "mosquitto", "redis-always", "rabbitmq"]
PACKAGES = {
    "nats": "nats-server", "redis-everysec": "redis-server", "redis-always": "redis-server",
    "mosquitto": "mosquitto", "rabbitmq": "rabbitmq-server",
}
BEGIN, END = "<!-- bench-peers: begin -->", "<!-- bench-peers: end -->"


class Results:
    def __init__(self, path):
        self.lines = [json.loads(line) for line in open(path) if line.startswith("{")]

    def median(self, peer, name, *fields):
        """The median over the runs of one number, or None where nothing was measured."""
        found = []
        for line in self.lines:
            if line["label"] != peer or line["name"] != name:
                continue
            for field in fields:
                line = line.get(field) if line is not None else None
            if line is not None:
                found.append(line)
        return statistics.median(found) if found else None

    def runs(self):
        return max((line["run"] for line in self.lines), default=0)


def rate(value):
    return "–" if value is None else f"{value:,.0f}"


def number(value, digits):
    return "–" if value is None else f"{value:.{digits}f}"


def percentiles(results, peer, kind, name="latency"):
    values = [results.median(peer, name, f"{kind}_ms", p) for p in ("p50", "p99", "p99.9")]
    return " / ".join(number(value, 2) for value in values)


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def scaled(value, factor):
    return None if value is None else value * factor


def main_table(results):
    def row(title, cell):
        return [title] + [cell(peer) for peer in PEERS]

    def median(name, *fields, factor=1.0, show=rate):
        return lambda peer: show(scaled(results.median(peer, name, *fields), factor))

    gigabytes = median("large", "bytes_per_second", factor=1e-9, show=lambda v: number(v, 2))
    return table(
        ["work"] + PEERS,
        [
            row("W1 publish, messages/s", median("publish", "messages_per_second")),
            row("W2 publish, deliver, acknowledge, messages/s", median("deliver", "messages_per_second")),
            row("W3 the same with four queues, messages/s", median("four", "messages_per_second")),
            row("W3 slowest queue's share of its fair share",
                median("four", "slowest_queue_share", show=lambda v: number(v, 2))),
            row("W4 publish to deliver at 1,000/s, p50 / p99 / p99.9 ms",
                lambda peer: percentiles(results, peer, "deliver")),
            row("W4 publish to confirm, p50 / p99 / p99.9 ms", lambda peer: percentiles(results, peer, "confirm")),
            row("W5 memory of an idle connection, KiB",
                median("idle", "kib_per_connection", show=lambda v: number(v, 1))),
            row("W5 handshakes/s", median("idle", "handshakes_per_second")),
            row("W6 start to the first handshake, ms", median("start", "first_handshake_ms")),
            row("W6 idle memory, MiB",
                median("start", "idle_resident_kib", factor=1 / 1024, show=lambda v: number(v, 1))),
            row("W7 64 KiB bodies, GB/s", gigabytes),
        ],
    )


def limits_table(results):
    rows = []
    for mode, text in (("read", "only reads"), ("ack", "answers each message"),
                       ("sync", "writes, waits for `fdatasync`, answers")):
        small = results.median("ideal", f"publish-{mode}", "messages_per_second")
        large = results.median("ideal", f"large-{mode}", "bytes_per_second")
        confirm = percentiles(results, "ideal", "confirm", f"latency-{mode}")
        rows.append([text, rate(small), number(scaled(large, 1e-9), 2), confirm])
    return table(["ideal server", "W1, messages/s", "W7, GB/s", "W4 publish to confirm, ms"], rows)


def ratios_table(results):
    rows = []
    for title, name, field in (("W1", "publish", "messages_per_second"), ("W2", "deliver", "messages_per_second"),
                               ("W3", "four", "messages_per_second"), ("W7", "large", "bytes_per_second")):
        ours = results.median("cmq", name, field)
        cells = [title]
        for peer in PEERS[1:]:
            theirs = results.median(peer, name, field)
            cells.append("–" if not ours or not theirs else f"{ours / theirs:.1f}")
        for mode in ("ack", "sync"):
            # W2 and W3 are measured against the ideal publish: nothing delivers ideally.
            ideal = results.median("ideal", ("large-" if name == "large" else "publish-") + mode, field)
            cells.append("–" if not ours or not ideal else f"{ours / ideal:.0%}")
        rows.append(cells)
    return table(["cmq is faster by"] + PEERS[1:] + ["of ideal, answering", "of ideal, syncing"], rows)


def tools_table(results):
    def lag(field):
        return results.median("cmq", "lag", field)

    work = f"{rate(lag('rate'))} messages/s for {rate(lag('wanted_seconds'))} s"
    held = any(line.get("held_back_publishers") for line in results.lines)
    return table(
        ["cmq alone", "result"],
        [
            ["`cmq-send`, broker, `cmq-recv`, sealed and opened, messages/s",
             rate(results.median("cmq", "tools", "messages_per_second"))],
            [f"embedded catalog at {work}: messages/s that came", rate(lag("messages_per_second"))],
            ["its lag, half of the time under / at most, s",
             f"{number(lag('lag_p50_seconds'), 1)} / {number(lag('lag_max_seconds'), 1)}"],
            ["publishers were held back by it", "–" if lag("rate") is None else "yes" if held else "no"],
        ],
    )


def version_of(peer):
    package = PACKAGES[peer]
    query = ["dpkg-query", "--show", "--showformat=${Version}", package]
    found = subprocess.run(query, capture_output=True, text=True, check=False)
    return f"{package} {found.stdout.strip() or 'not installed'}"


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def cores():
    return sum(line.startswith("processor") for line in open("/proc/cpuinfo"))


def main():
    results = Results(sys.argv[1])
    versions = ", ".join(dict.fromkeys(version_of(peer) for peer in PEERS[1:]))
    load = ", ".join(open("/proc/loadavg").read().split()[:3])
    text = "\n\n".join([
        f"Medians of {results.runs()} runs; {cores()} cores ({processor()}), Linux {platform.release()}, load at the "
        f"end {load} (1, 5, 15 minutes). {versions}.",
        main_table(results), limits_table(results), ratios_table(results), tools_table(results),
    ])
    print(text)
    if len(sys.argv) > 2:
        page = open(sys.argv[2], encoding="utf-8").read()
        before, rest = page.split(BEGIN)
        _, after = rest.split(END)
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            file.write(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


if __name__ == "__main__":
    main()
