#include "bench.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: wire-bench WORK --port PORT [--protocol cmq|nats|amqp|mqtt|redis] [--certs DIRECTORY] [OPTIONS]\n"
    "\n"
    "Writes one line of JSON. WORK is one of\n"
    "  publish   producers only: until the server has confirmed every message\n"
    "  deliver   producers and consumers: until every message is confirmed, delivered and acknowledged\n"
    "  backlog   first the producers, then, when all is confirmed, the consumers\n"
    "  latency   both at a fixed rate; latencies from when a message was due\n"
    "  confirm   the same without consumers\n"
    "  idle      connections that do nothing\n"
    "  start     run the server that follows `--`, wait until it lets a client in, leave it running\n"
    "  ideal     be a server: --mode read | ack | sync\n"
    "\n"
    "  --seconds S       how long to publish (5)\n"
    "  --window N        messages that may be unconfirmed (1000)\n"
    "  --refill P        top up when P per cent of the window are left (75)\n"
    "  --prefetch N      messages that a consumer may hold (1000)\n"
    "  --body BYTES      (512)\n"
    "  --queues N        each with a producer and a consumer of its own (1)\n"
    "  --rate N          messages a second, of `latency` and `confirm` (1000)\n"
    "  --connections N   of `idle` (1000)\n"
    "  --pid PID         the server's process, whose memory `idle` reads\n"
    "  --pid-file FILE   where `start` writes it\n"
    "  --file FILE       where the ideal server writes\n"
    "  --unconfirmed     for the ideal server that only reads\n"
    "  --label TEXT      copied into the report\n"
    "  --certs DIRECTORY as cmq-certs makes it, with the clients alice and bob (certs)\n";

static const struct option names[] = {
    {"port", required_argument, NULL, 'p'},     {"protocol", required_argument, NULL, 'P'},
    {"certs", required_argument, NULL, 'c'},    {"seconds", required_argument, NULL, 's'},
    {"window", required_argument, NULL, 'w'},   {"refill", required_argument, NULL, 'r'},
    {"prefetch", required_argument, NULL, 'f'}, {"body", required_argument, NULL, 'b'},
    {"queues", required_argument, NULL, 'q'},   {"rate", required_argument, NULL, 'R'},
    {"connections", required_argument, NULL, 'n'}, {"pid", required_argument, NULL, 'i'},
    {"pid-file", required_argument, NULL, 'I'}, {"file", required_argument, NULL, 'F'},
    {"mode", required_argument, NULL, 'm'},     {"label", required_argument, NULL, 'l'},
    {"unconfirmed", no_argument, NULL, 'u'},    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int positive(const char *name, const char *text) {
    char *end;
    long value = strtol(text, &end, 10);
    if (*end || value < 1 || value > 100000000) fail("%s must be a number from 1", name);
    return (int)value;
}

static void read_option(struct options *options, int letter, const char *value) {
    switch (letter) {
    case 'p': options->port = positive("--port", value); break;
    case 'P': options->protocol = value; break;
    case 'c': options->certs = value; break;
    case 's': options->seconds = strtod(value, NULL); break;
    case 'w': options->window = positive("--window", value); break;
    case 'r': options->refill = positive("--refill", value); break;
    case 'f': options->prefetch = positive("--prefetch", value); break;
    case 'b': options->body = positive("--body", value); break;
    case 'q': options->queues = positive("--queues", value); break;
    case 'R': options->rate = positive("--rate", value); break;
    case 'n': options->connections = positive("--connections", value); break;
    case 'i': options->pid = positive("--pid", value); break;
    case 'I': options->pid_file = value; break;
    case 'F': options->file = value; break;
    case 'm': options->mode = value; break;
    case 'l': options->label = value; break;
    case 'u': options->unconfirmed = true; break;
    case 'h': fputs(usage, stdout); exit(0);
    default: fputs(usage, stderr); exit(64);
    }
}

int main(int count, char **arguments) {
    struct options options = {
        .protocol = "cmq", .certs = "certs", .label = "", .file = "wire-bench.ideal", .mode = "ack", .window = 1000,
        .refill = 75, .prefetch = 1000, .body = 512, .queues = 1, .rate = 1000, .connections = 1000, .seconds = 5,
    };
    for (int letter; (letter = getopt_long(count, arguments, "h", names, NULL)) != -1;)
        read_option(&options, letter, optarg);
    if (optind >= count || !options.port) {
        fputs(usage, stderr);
        return 64;
    }
    options.work = arguments[optind];
    options.command = arguments + optind + 1;
    if (options.body < 16) fail("--body must be at least 16");
    if (options.refill > 99) fail("--refill must be below 100");
    signal(SIGPIPE, SIG_IGN);

    const struct protocol *protocols[] = {
        &cmq_protocol, &nats_protocol, &amqp_protocol, &mqtt_protocol, &redis_protocol};
    const struct protocol *protocol = NULL;
    for (size_t index = 0; index < sizeof protocols / sizeof *protocols; index++)
        if (!strcmp(protocols[index]->name, options.protocol)) protocol = protocols[index];
    if (!protocol) fail("unknown protocol '%s'", options.protocol);

    const char *throughput[] = {"publish", "deliver", "backlog", "latency", "confirm"};
    for (size_t index = 0; index < sizeof throughput / sizeof *throughput; index++) {
        if (strcmp(options.work, throughput[index])) continue;
        run_throughput(&options, protocol);
        return 0;
    }
    if (!strcmp(options.work, "idle")) run_idle(&options, protocol);
    else if (!strcmp(options.work, "start") && *options.command) run_start(&options, protocol);
    else if (!strcmp(options.work, "ideal")) run_ideal_server(&options);
    else {
        fputs(usage, stderr);
        return 64;
    }
    return 0;
}
