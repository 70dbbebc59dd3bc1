// Producers and consumers, a thread and a connection each: as fast as it goes, or at a fixed rate.
#include "bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

// Commands are handed to TLS while the window is still being filled, four records at a time.
enum { early_flush = 64 * 1024 };
static const uint64_t stall_ns = 60000000000, idle_wait_ns = 20000000;

struct worker {
    pthread_t thread;
    struct connection connection;
    pthread_barrier_t *ready;
};

void fill_body(uint8_t *body, size_t size) {
    uint64_t random = size;
    for (size_t index = 0; index < size; index++)
        body[index] = (uint8_t)"0123456789abcdef"[next_random(&random) & 15];
}

static void record_latency(struct connection *connection, uint64_t number) {
    uint64_t due = connection->lane->start_ns + number * connection->lane->interval_ns, now = now_ns();
    // From when the message was due, not from when it was sent: no omission of what a stall kept back.
    histogram_record(connection->latency, now > due ? now - due : 0);
}

void message_confirmed(struct connection *connection, uint64_t number) {
    if (number >= connection->sent) fail("message %llu was confirmed before it was sent", (unsigned long long)number);
    connection->confirmed++;
    if (connection->latency) record_latency(connection, number);
}

void message_delivered(struct connection *connection, uint64_t number) {
    size_t word = number / 64;
    if (word >= connection->seen_words) {
        size_t words = (word + 1) * 2;
        connection->seen = realloc(connection->seen, words * 8);
        if (!connection->seen) fail("out of memory");
        memset(connection->seen + connection->seen_words, 0, (words - connection->seen_words) * 8);
        connection->seen_words = words;
    }
    uint64_t bit = (uint64_t)1 << (number % 64);
    if (connection->seen[word] & bit) {
        connection->duplicates++;
        return;
    }
    connection->seen[word] |= bit;
    connection->delivered++;
    if (connection->latency) record_latency(connection, number);
}

static void update_clock(struct connection *connection) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    connection->clock_ms = (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

// Reads, parses, and watches that something goes on.
static void turn(struct connection *connection, uint64_t timeout_ns) {
    uint64_t before = connection->confirmed + connection->delivered + connection->settled;
    connection_step(connection, timeout_ns);
    connection->protocol->parse(connection);
    uint64_t now = now_ns();
    if (connection->confirmed + connection->delivered + connection->settled != before) connection->last_event_ns = now;
}

static void put_message(struct connection *connection) {
    connection->protocol->put(connection, connection->sent++);
    if (connection->out.end - connection->out.begin >= early_flush && !connection->wants_write)
        connection_flush(connection);
}

static void produce_at_full_speed(struct connection *connection) {
    const struct options *options = connection->options;
    uint64_t window = (uint64_t)options->window, refill = window * (uint64_t)options->refill / 100;
    uint64_t end = connection->lane->start_ns + (uint64_t)(options->seconds * 1e9), now;
    while ((now = now_ns()) < end || connection->sent > connection->confirmed) {
        uint64_t open = connection->sent - connection->confirmed;
        if (now < end && open <= refill) {
            update_clock(connection);
            for (; open < window; open++) put_message(connection);
        }
        turn(connection, idle_wait_ns);
        if (connection->last_event_ns + stall_ns < now) fail("nothing was confirmed for a minute");
    }
}

// For a server that only reads: everything goes out, and one answer says that it came.
static void produce_unconfirmed(struct connection *connection) {
    uint64_t end = connection->lane->start_ns + (uint64_t)(connection->options->seconds * 1e9);
    update_clock(connection);
    while (now_ns() < end) {
        for (int index = 0; index < 256; index++) connection->protocol->put(connection, connection->sent++);
        connection_flush(connection);
        while (connection->out.begin < connection->out.end) connection_step(connection, idle_wait_ns);
    }
    buffer_print(&connection->out, "heartbeat\n");
    connection_line(connection);
    connection->confirmed = connection->sent;
    connection->last_event_ns = now_ns();
}

static void produce_at_rate(struct connection *connection) {
    struct lane *lane = connection->lane;
    uint64_t wanted = (uint64_t)(connection->options->seconds * connection->options->rate);
    while (connection->confirmed < wanted) {
        uint64_t now = now_ns(), next = lane->start_ns + connection->sent * lane->interval_ns;
        update_clock(connection);
        for (; connection->sent < wanted && next <= now; next += lane->interval_ns) put_message(connection);
        bool all = connection->sent == wanted;
        turn(connection, all || next - now > idle_wait_ns ? idle_wait_ns : next - now);
        if (all && connection->last_event_ns + stall_ns < now) fail("nothing was confirmed for a minute");
    }
}

static void *produce(void *argument) {
    struct worker *worker = argument;
    struct connection *connection = &worker->connection;
    struct lane *lane = connection->lane;
    prctl(PR_SET_TIMERSLACK, 1);
    connection->protocol->start_producing(connection);
    pthread_barrier_wait(worker->ready);
    pthread_barrier_wait(worker->ready);
    connection->last_event_ns = lane->start_ns;
    if (lane->interval_ns) produce_at_rate(connection);
    else if (connection->options->unconfirmed) produce_unconfirmed(connection);
    else produce_at_full_speed(connection);
    atomic_store(&lane->published, connection->sent);
    atomic_store(&lane->ended, true);
    return NULL;
}

static void *consume(void *argument) {
    struct worker *worker = argument;
    struct connection *connection = &worker->connection;
    struct lane *lane = connection->lane;
    bool waits = !strcmp(connection->options->work, "backlog");
    if (!waits) connection->protocol->start_consuming(connection);
    pthread_barrier_wait(worker->ready);
    pthread_barrier_wait(worker->ready);
    if (waits) {
        while (!atomic_load(&lane->ended)) usleep(1000);
        lane->drain_ns = now_ns();
        connection->protocol->start_consuming(connection);
    }
    connection->last_event_ns = now_ns();
    while (!atomic_load(&lane->ended) || connection->delivered < atomic_load(&lane->published) ||
           connection->settled < connection->acknowledged) {
        turn(connection, idle_wait_ns);
        if (connection->last_event_ns + stall_ns < now_ns()) fail("nothing was delivered for a minute");
    }
    // Acknowledgements without an answer still have to leave.
    while (connection->out.begin < connection->out.end) connection_step(connection, idle_wait_ns);
    return NULL;
}

static void open_worker(struct worker *worker, const struct options *options, const struct protocol *protocol,
                        struct lane *lane, const char *user) {
    struct connection *connection = &worker->connection;
    connection->options = options;
    connection->protocol = protocol;
    connection->lane = lane;
    connection_open(connection, client_context(options, user));
    protocol->log_in(connection, user);
}

static void print_latency(const char *name, const struct histogram *histogram) {
    printf(",\"%s_ms\":{\"p50\":%.4f,\"p99\":%.4f,\"p99.9\":%.4f,\"max\":%.4f}", name,
           (double)histogram_percentile(histogram, 50) / 1e6, (double)histogram_percentile(histogram, 99) / 1e6,
           (double)histogram_percentile(histogram, 99.9) / 1e6, (double)histogram->largest / 1e6);
}

// From the first consumer's beginning to the last event of any, at the rate of all.
static void print_drain(const struct options *options, struct worker *consumers, uint64_t messages, uint64_t last) {
    uint64_t begin = UINT64_MAX, produced = 0;
    for (int index = 0; index < options->queues; index++) {
        struct lane *lane = consumers[index].connection.lane;
        if (lane->drain_ns < begin) begin = lane->drain_ns;
        if (lane->drain_ns - lane->start_ns > produced) produced = lane->drain_ns - lane->start_ns;
    }
    printf(",\"published_per_second\":%.0f,\"drained_per_second\":%.0f", (double)messages * 1e9 / (double)produced,
           (double)messages * 1e9 / (double)(last - begin));
}

static void report(const struct options *options, const struct protocol *protocol, struct worker *producers,
                   struct worker *consumers, uint64_t start) {
    uint64_t messages = 0, duplicates = 0, slowest = UINT64_MAX, last = start;
    for (int index = 0; index < options->queues; index++) {
        struct connection *producer = &producers[index].connection;
        messages += producer->sent;
        if (producer->sent < slowest) slowest = producer->sent;
        if (producer->last_event_ns > last) last = producer->last_event_ns;
        if (!consumers) continue;
        duplicates += consumers[index].connection.duplicates;
        if (consumers[index].connection.last_event_ns > last) last = consumers[index].connection.last_event_ns;
    }
    double seconds = (double)(last - start) / 1e9;
    printf("{\"work\":\"%s\",\"protocol\":\"%s\",\"label\":\"%s\",\"body_bytes\":%d,\"window\":%d,\"queues\":%d,"
           "\"messages\":%llu,\"seconds\":%.3f,\"messages_per_second\":%.0f,\"bytes_per_second\":%.0f",
           options->work, protocol->name, options->label, options->body, options->window, options->queues,
           (unsigned long long)messages, seconds, (double)messages / seconds,
           (double)messages * options->body / seconds);
    if (options->queues > 1) printf(",\"slowest_queue_share\":%.3f", (double)slowest * options->queues / (double)messages);
    if (consumers) printf(",\"delivered_twice\":%llu", (unsigned long long)duplicates);
    if (consumers && consumers->connection.lane->drain_ns) print_drain(options, consumers, messages, last);
    if (producers->connection.latency) print_latency("confirm", producers->connection.latency);
    if (consumers && consumers->connection.latency) print_latency("deliver", consumers->connection.latency);
    puts("}");
}

void run_throughput(const struct options *options, const struct protocol *protocol) {
    bool paced = !strcmp(options->work, "latency") || !strcmp(options->work, "confirm");
    bool consuming = !strcmp(options->work, "deliver") || !strcmp(options->work, "latency") ||
                     !strcmp(options->work, "backlog");
    int count = options->queues;
    struct worker *producers = calloc((size_t)count, sizeof *producers);
    struct worker *consumers = consuming ? calloc((size_t)count, sizeof *consumers) : NULL;
    struct lane *lanes = calloc((size_t)count, sizeof *lanes);
    pthread_barrier_t ready;
    pthread_barrier_init(&ready, NULL, (unsigned)(count * (consuming ? 2 : 1) + 1));

    uint64_t random = now_ns();
    for (int index = 0; index < count; index++) {
        lanes[index].token = next_random(&random);
        snprintf(lanes[index].queue, sizeof lanes[index].queue, "bench_%08x_%d", (unsigned)lanes[index].token, index);
        open_worker(&producers[index], options, protocol, &lanes[index], "alice");
        protocol->declare(&producers[index].connection);
        producers[index].ready = &ready;
        if (paced) producers[index].connection.latency = calloc(1, sizeof(struct histogram));
        if (!consuming) continue;
        open_worker(&consumers[index], options, protocol, &lanes[index], "bob");
        consumers[index].ready = &ready;
        if (paced) consumers[index].connection.latency = calloc(1, sizeof(struct histogram));
    }
    for (int index = 0; index < count; index++) {
        pthread_create(&producers[index].thread, NULL, produce, &producers[index]);
        if (consuming) pthread_create(&consumers[index].thread, NULL, consume, &consumers[index]);
    }
    pthread_barrier_wait(&ready);
    uint64_t start = now_ns();
    for (int index = 0; index < count; index++) {
        lanes[index].start_ns = start;
        lanes[index].interval_ns = paced ? 1000000000 / (uint64_t)options->rate : 0;
    }
    pthread_barrier_wait(&ready);
    for (int index = 0; index < count; index++) {
        pthread_join(producers[index].thread, NULL);
        if (consuming) pthread_join(consumers[index].thread, NULL);
    }
    report(options, protocol, producers, consumers, start);
}
