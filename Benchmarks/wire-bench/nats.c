// NATS with JetStream: a stream in files for each queue, publish with a reply subject, a push consumer with
// explicit acknowledgements.
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The server greets before TLS begins.
static void greet(struct connection *connection) {
    char byte = 0;
    while (byte != '\n')
        if (read(connection->fd, &byte, 1) != 1) fail("nats: the server ended the connection before its greeting");
}

static void log_in(struct connection *connection, const char *user) {
    buffer_print(&connection->out,
                 "CONNECT {\"verbose\":false,\"pedantic\":false,\"tls_required\":true,\"headers\":true,"
                 "\"no_responders\":true,\"protocol\":1,\"lang\":\"c\",\"version\":\"1\",\"name\":\"%s\"}\r\nPING\r\n",
                 user);
    char *line = connection_line(connection);
    // A server repeats its greeting when clients may use other servers.
    while (!strncmp(line, "INFO", 4)) line = connection_line(connection);
    if (strcmp(line, "PONG")) fail("nats: the answer to PING is '%s'", line);
}

// Asks the JetStream API and waits for its answer.
static void request(struct connection *connection, const char *subject, const char *json) {
    const char *queue = connection->lane->queue;
    buffer_print(&connection->out, "SUB api.%s 9\r\nPUB %s api.%s %zu\r\n%s\r\nUNSUB 9 1\r\n", queue, subject, queue,
                 strlen(json), json);
    char *line = connection_line(connection);
    while (!strcmp(line, "PING")) {
        buffer_print(&connection->out, "PONG\r\n");
        line = connection_line(connection);
    }
    if (strncmp(line, "MSG ", 4)) fail("nats: the answer to %s is '%s'", subject, line);
    line = connection_line(connection);
    if (strstr(line, "\"error\"")) fail("nats: %s: %s", subject, line);
}

static void declare(struct connection *connection) {
    const char *queue = connection->lane->queue;
    char subject[128], json[512];
    snprintf(subject, sizeof subject, "$JS.API.STREAM.CREATE.%s", queue);
    // Kept by limits: the cheapest retention, nothing is deleted when it is acknowledged.
    snprintf(json, sizeof json,
             "{\"name\":\"%s\",\"subjects\":[\"%s\"],\"retention\":\"limits\",\"storage\":\"file\","
             "\"num_replicas\":1,\"max_msgs\":-1,\"max_bytes\":-1,\"discard\":\"old\",\"duplicate_window\":100000000}",
             queue, queue);
    request(connection, subject, json);
}

static void start_producing(struct connection *connection) {
    struct buffer command = {0};
    const char *queue = connection->lane->queue;
    buffer_print(&connection->out, "SUB done.%s.* 1\r\n", queue);
    buffer_print(&command, "PUB %s done.%s.", queue, queue);
    connection->number_at = command.end;
    buffer_print(&command, "0000000000000000 %d\r\n", connection->options->body);
    connection->body_at = command.end;
    fill_body(buffer_reserve(&command, (size_t)connection->options->body), (size_t)connection->options->body);
    command.end += (size_t)connection->options->body;
    buffer_print(&command, "\r\n");
    connection->template = command.bytes;
    connection->template_size = command.end;
}

static void put(struct connection *connection, uint64_t number) {
    uint8_t *command = buffer_reserve(&connection->out, connection->template_size);
    memcpy(command, connection->template, connection->template_size);
    put_hex(command + connection->number_at, number, 16);
    memcpy(command + connection->body_at, command + connection->number_at, 16);
    connection->out.end += connection->template_size;
}

static void start_consuming(struct connection *connection) {
    const char *queue = connection->lane->queue;
    char subject[160], json[512];
    buffer_print(&connection->out, "SUB take.%s 2\r\n", queue);
    snprintf(subject, sizeof subject, "$JS.API.CONSUMER.DURABLE.CREATE.%s.bench", queue);
    snprintf(json, sizeof json,
             "{\"stream_name\":\"%s\",\"config\":{\"durable_name\":\"bench\",\"deliver_subject\":\"take.%s\","
             "\"deliver_policy\":\"all\",\"ack_policy\":\"explicit\",\"ack_wait\":60000000000,\"max_ack_pending\":%d}}",
             queue, queue, connection->options->prefetch);
    // The first deliveries may come in front of the answer, but nothing is published yet.
    request(connection, subject, json);
}

// Whether a whole message is there: its line and its payload. Sets where the payload begins.
static bool whole(const struct buffer *in, uint8_t *end, size_t *size, uint8_t **payload) {
    uint8_t *digits = end;
    while (digits[-1] != ' ') digits--;
    *size = strtoull((char *)digits, NULL, 10);
    *payload = end + (*end == '\r' ? 2 : 1);
    return (size_t)(in->bytes + in->end - *payload) >= *size + 2;
}

static void acknowledge(struct connection *connection, uint8_t *line, uint8_t *end) {
    // MSG subject 2 reply size
    uint8_t *reply = line;
    for (int blanks = 0; blanks < 3; reply++) blanks += *reply == ' ';
    uint8_t *blank = memchr(reply, ' ', (size_t)(end - reply));
    if (!blank) fail("nats: a delivery without a reply subject");
    size_t size = (size_t)(blank - reply);
    uint8_t *command = buffer_reserve(&connection->out, size + 10);
    memcpy(command, "PUB ", 4);
    memcpy(command + 4, reply, size);
    memcpy(command + 4 + size, " 0\r\n\r\n", 6);
    connection->out.end += size + 10;
}

static void take(struct connection *connection, uint8_t *line, uint8_t *end, uint8_t *payload, size_t size) {
    // A delivery carries the subject that it was published with.
    if (memcmp(line + 4, "done.", 5)) {
        acknowledge(connection, line, end);
        message_delivered(connection, get_hex(payload, 16));
        return;
    }
    if (memmem(payload, size, "\"error\"", 7)) fail("nats: %.*s", (int)size, (char *)payload);
    uint8_t *blank = memchr(line + 4, ' ', (size_t)(end - line - 4));
    message_confirmed(connection, get_hex(blank - 16, 16));
}

static void parse(struct connection *connection) {
    struct buffer *in = &connection->in;
    for (;;) {
        uint8_t *line = in->bytes + in->begin;
        uint8_t *end = memchr(line, '\n', in->end - in->begin);
        if (!end) return;
        if (end > line && end[-1] == '\r') end--;
        if (end - line > 4 && !memcmp(line, "MSG ", 4)) {
            size_t size;
            uint8_t *payload;
            if (!whole(in, end, &size, &payload)) return;
            take(connection, line, end, payload, size);
            in->begin = (size_t)(payload + size + 2 - in->bytes);
            continue;
        }
        if (!memcmp(line, "PING", 4)) buffer_print(&connection->out, "PONG\r\n");
        else if (memcmp(line, "PONG", 4) && memcmp(line, "INFO", 4) && memcmp(line, "+OK", 3))
            fail("nats: unexpected '%.*s'", (int)(end - line), (char *)line);
        in->begin = (size_t)(end + (*end == '\r' ? 2 : 1) - in->bytes);
    }
}

const struct protocol nats_protocol = {
    .name = "nats",
    .greet = greet,
    .log_in = log_in,
    .declare = declare,
    .start_producing = start_producing,
    .put = put,
    .start_consuming = start_consuming,
    .parse = parse,
};
