// wire-bench: drives message brokers over TLS, each in its own protocol, with clients that coalesce and pipeline.
#ifndef BENCH_H
#define BENCH_H

#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Ends the program with one line on standard error.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t now_ns(void);
// Sixteen lower-case hexadecimal digits.
void put_hex(uint8_t *to, uint64_t value, int digits);
uint64_t get_hex(const uint8_t *from, int digits);
uint64_t next_random(uint64_t *state);

// Resident memory in KiB of a process and all its descendants.
uint64_t resident_kib(int pid);

// --- options

struct options {
    const char *work;      // publish, deliver, latency, confirm, idle, start, ideal
    const char *protocol;  // cmq, nats, amqp, mqtt, redis
    const char *certs;     // directory as cmq-certs makes it
    const char *label;     // copied into the report
    const char *pid_file;
    const char *file;      // of the ideal server that syncs
    const char *mode;      // of the ideal server
    int port;
    int window;            // messages that may be unconfirmed
    int refill;            // a producer tops up its window when so many per cent of it are left
    int prefetch;          // messages that a consumer may hold
    int body;              // bytes
    int queues;            // each with a producer and a consumer
    int rate;              // messages a second, of `latency` and `confirm`
    int connections;       // of `idle`
    int pid;               // of the server, for its memory
    double seconds;
    bool unconfirmed;      // no window; one answer at the end
    char **command;        // of `start`
};

// --- buffers

struct buffer {
    uint8_t *bytes;
    size_t begin, end, capacity;
};

// Room for `count` more bytes behind `end`.
uint8_t *buffer_reserve(struct buffer *buffer, size_t count);
void buffer_put(struct buffer *buffer, const void *bytes, size_t count);
void buffer_print(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

// --- latencies

// Counts in buckets whose width is below 1 % of their value, as HdrHistogram's.
struct histogram {
    uint64_t counts[64 * 128];
    uint64_t total, largest;
};

void histogram_record(struct histogram *histogram, uint64_t value);
uint64_t histogram_percentile(const struct histogram *histogram, double percentile);

// --- one queue's progress, shared by its producer and its consumer

struct lane {
    char queue[64];
    uint64_t token;               // random, so that no two runs share a message id
    _Atomic uint64_t published;   // set when the producer has ended
    _Atomic bool ended;
    uint64_t start_ns;            // when message 0 is due
    uint64_t interval_ns;         // 0: as fast as it goes
    uint64_t drain_ns;            // when the consumer began, of `backlog`
};

// --- connections

struct protocol;

struct connection {
    const struct options *options;
    const struct protocol *protocol;
    struct lane *lane;
    int fd;
    SSL *ssl;
    struct buffer in, out;
    bool more_to_read, wants_write;

    // What a producer or a consumer has seen.
    uint64_t sent, confirmed;
    uint64_t delivered, duplicates, acknowledged, settled;
    uint64_t last_event_ns;
    struct histogram *latency;
    uint64_t *seen;               // a bit for each delivered message
    size_t seen_words;

    // What protocols keep.
    uint64_t random, clock_ms;
    uint8_t *template;            // one publish command, patched for each message
    size_t template_size, patch_at, number_at, body_at;
    uint64_t *ring;               // numbers of unconfirmed messages, where answers may overtake
};

SSL_CTX *client_context(const struct options *options, const char *name);
SSL_CTX *server_context(const char *certs);
// TCP, the handshake and the protocol's greeting.
void connection_open(struct connection *connection, SSL_CTX *context);
bool connection_try_open(struct connection *connection, SSL_CTX *context);
void connection_close(struct connection *connection);
// Writes and reads what can be; waits at most `timeout_ns` where nothing can.
void connection_step(struct connection *connection, uint64_t timeout_ns);
void connection_flush(struct connection *connection);
// Waits until `count` bytes have come.
void connection_need(struct connection *connection, size_t count);
// Waits for a line; its bytes stay in `in` and are valid until the next call. Without line ending.
char *connection_line(struct connection *connection);

// --- protocols

struct protocol {
    const char *name;
    void (*greet)(struct connection *);                  // in plain, before TLS; or NULL
    void (*log_in)(struct connection *, const char *user);
    void (*declare)(struct connection *);                // makes the lane's queue, durable
    void (*start_producing)(struct connection *);
    void (*put)(struct connection *, uint64_t number);   // appends the publish command of a message
    void (*start_consuming)(struct connection *);
    void (*parse)(struct connection *);                  // takes what is complete from `in`
};

extern const struct protocol cmq_protocol, nats_protocol, amqp_protocol, mqtt_protocol, redis_protocol;

// Called by protocols.
void message_confirmed(struct connection *connection, uint64_t number);
void message_delivered(struct connection *connection, uint64_t number);
// The body of a message: its number in 16 hexadecimal digits, then filling.
void fill_body(uint8_t *body, size_t size);

// --- works

void run_throughput(const struct options *options, const struct protocol *protocol);
void run_idle(const struct options *options, const struct protocol *protocol);
void run_start(const struct options *options, const struct protocol *protocol);
void run_ideal_server(const struct options *options);

#endif
