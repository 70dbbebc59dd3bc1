// The protocol of docs/protocol.md, with envelopes of the form that cmq-send makes, sealed beforehand.
#include "bench.h"

#include <stdlib.h>
#include <string.h>

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void log_in(struct connection *connection, const char *user) {
    (void)user;
    buffer_print(&connection->out, "heartbeat\n");
    if (strcmp(connection_line(connection), "Heartbeat")) fail("cmq: no answer to a heartbeat");
}

static void expect(struct connection *connection, const char *wanted) {
    const char *line = connection_line(connection);
    if (strcmp(line, wanted)) fail("cmq: the answer is '%s' and not '%s'", line, wanted);
}

static void declare(struct connection *connection) {
    const char *queue = connection->lane->queue;
    buffer_print(&connection->out, "declare_queue %s\ndeclare_exchange x_%s\nbind %s x_%s key\n", queue, queue, queue,
                 queue);
    expect(connection, "Queue declared");
    expect(connection, "Exchange declared");
    expect(connection, "Queue bound");
}

// `size` random bytes as base64.
static void put_base64(struct connection *connection, struct buffer *to, size_t size) {
    size_t digits = (size * 8 + 5) / 6, padded = (size + 2) / 3 * 4;
    for (size_t index = 0; index < padded; index++)
        buffer_put(to, index < digits ? &base64[next_random(&connection->random) & 63] : "=", 1);
}

static void start_producing(struct connection *connection) {
    struct buffer line = {0};
    connection->random = connection->lane->token;
    buffer_print(&line, "publish x_%s key {\"message_id\":\"", connection->lane->queue);
    connection->patch_at = line.end;
    buffer_print(&line, "00000000-0000-7000-8000-000000000000\",\"receiver_client_id\":\"bob\",\"enc_session_key\":\"");
    put_base64(connection, &line, 80);
    buffer_print(&line, "\",\"nonce\":\"");
    put_base64(connection, &line, 12);
    buffer_print(&line, "\",\"tag\":\"");
    put_base64(connection, &line, 16);
    buffer_print(&line, "\",\"ciphertext\":\"");
    put_base64(connection, &line, (size_t)connection->options->body);
    buffer_print(&line, "\"}\n");
    connection->template = line.bytes;
    connection->template_size = line.end;
}

// A UUID of version 7: milliseconds, random bits, and the message's number as the last group.
static void put(struct connection *connection, uint64_t number) {
    uint8_t *line = buffer_reserve(&connection->out, connection->template_size);
    memcpy(line, connection->template, connection->template_size);
    connection->out.end += connection->template_size;
    uint8_t *id = line + connection->patch_at;
    uint64_t random = next_random(&connection->random);
    put_hex(id, connection->clock_ms >> 16, 8);
    put_hex(id + 9, connection->clock_ms, 4);
    put_hex(id + 15, random, 3);
    put_hex(id + 20, random >> 12, 3);
    put_hex(id + 24, number, 12);
}

static void start_consuming(struct connection *connection) {
    buffer_print(&connection->out, "consume %s %d\n", connection->lane->queue, connection->options->prefetch);
    expect(connection, "Subscribed to queue");
}

enum { id_bytes = 36 };

static void parse(struct connection *connection) {
    struct buffer *in = &connection->in;
    for (;;) {
        uint8_t *line = in->bytes + in->begin;
        uint8_t *end = memchr(line, '\n', in->end - in->begin);
        if (!end) return;
        in->begin += (size_t)(end + 1 - line);
        size_t size = (size_t)(end - line);
        if (size == 4 + id_bytes && !memcmp(line, "ACK ", 4)) {
            message_confirmed(connection, get_hex(line + 4 + 24, 12));
        } else if (size > 9 + id_bytes && !memcmp(line, "Message: ", 9)) {
            uint8_t command[5 + id_bytes] = "ack ";
            memcpy(command + 4, line + 9, id_bytes);
            command[4 + id_bytes] = '\n';
            buffer_put(&connection->out, command, sizeof command);
            connection->acknowledged++;
            message_delivered(connection, get_hex(line + 9 + 24, 12));
        } else if (size == 14 + id_bytes && !memcmp(line, "ACK_CONFIRMED ", 14)) {
            connection->settled++;
        } else {
            *end = 0;
            fail("cmq: unexpected answer '%.200s'", (char *)line);
        }
    }
}

const struct protocol cmq_protocol = {
    .name = "cmq",
    .log_in = log_in,
    .declare = declare,
    .start_producing = start_producing,
    .put = put,
    .start_consuming = start_consuming,
    .parse = parse,
};
