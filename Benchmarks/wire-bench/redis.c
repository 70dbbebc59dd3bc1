// Redis streams: XADD, a consumer group, XREADGROUP and XACK, all pipelined.
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect(struct connection *connection, const char *wanted, const char *what) {
    const char *line = connection_line(connection);
    if (strcmp(line, wanted)) fail("redis: the answer to %s is '%s'", what, line);
}

static void log_in(struct connection *connection, const char *user) {
    (void)user;
    buffer_print(&connection->out, "PING\r\n");
    expect(connection, "+PONG", "PING");
}

static void declare(struct connection *connection) {
    buffer_print(&connection->out, "XGROUP CREATE %s group $ MKSTREAM\r\n", connection->lane->queue);
    expect(connection, "+OK", "XGROUP CREATE");
}

static void start_producing(struct connection *connection) {
    struct buffer command = {0};
    const char *queue = connection->lane->queue;
    int body = connection->options->body;
    buffer_print(&command, "*5\r\n$4\r\nXADD\r\n$%zu\r\n%s\r\n$1\r\n*\r\n$1\r\nb\r\n$%d\r\n", strlen(queue), queue,
                 body);
    connection->body_at = command.end;
    fill_body(buffer_reserve(&command, (size_t)body), (size_t)body);
    command.end += (size_t)body;
    buffer_print(&command, "\r\n");
    connection->template = command.bytes;
    connection->template_size = command.end;
}

static void put(struct connection *connection, uint64_t number) {
    uint8_t *command = buffer_reserve(&connection->out, connection->template_size);
    memcpy(command, connection->template, connection->template_size);
    put_hex(command + connection->body_at, number, 16);
    connection->out.end += connection->template_size;
}

static void read_group(struct connection *connection) {
    buffer_print(&connection->out, "XREADGROUP GROUP group bench COUNT %d BLOCK 0 STREAMS %s >\r\n",
                 connection->options->prefetch, connection->lane->queue);
}

static void start_consuming(struct connection *connection) {
    read_group(connection);
}

// --- reading

struct reader {
    uint8_t *at, *end;
};

// The number of a line like `$12` or `*3`; false where the line isn't all there.
static bool read_head(struct reader *reader, char kind, long *value) {
    uint8_t *end = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    if (!end) return false;
    if (*reader->at != (uint8_t)kind) fail("redis: unexpected '%.*s'", (int)(end - reader->at - 1), (char *)reader->at);
    *value = strtol((char *)reader->at + 1, NULL, 10);
    reader->at = end + 1;
    return true;
}

static bool read_text(struct reader *reader, uint8_t **text, long *size) {
    if (!read_head(reader, '$', size) || reader->end - reader->at < *size + 2) return false;
    *text = reader->at;
    reader->at += *size + 2;
    return true;
}

struct entry {
    uint8_t *id, *body;
    long id_size, body_size;
};

static bool read_entry(struct reader *reader, struct entry *entry) {
    long count;
    uint8_t *field;
    return read_head(reader, '*', &count) && read_text(reader, &entry->id, &entry->id_size) &&
           read_head(reader, '*', &count) && read_text(reader, &field, &count) &&
           read_text(reader, &entry->body, &entry->body_size);
}

// [[stream, [[id, [field, value]], …]]]: all entries, or nothing where some of it is still to come. What they
// are acknowledged with goes out in front of the next read, in one command.
static bool take_entries(struct connection *connection) {
    struct buffer *in = &connection->in;
    struct reader reader = {in->bytes + in->begin, in->bytes + in->end};
    long streams, pair, count, size;
    uint8_t *name;
    if (!read_head(&reader, '*', &streams) || !read_head(&reader, '*', &pair) || !read_text(&reader, &name, &size) ||
        !read_head(&reader, '*', &count))
        return false;
    struct reader first = reader;
    struct entry entry;
    for (long index = 0; index < count; index++)
        if (!read_entry(&reader, &entry)) return false;
    const char *queue = connection->lane->queue;
    buffer_print(&connection->out, "*%ld\r\n$4\r\nXACK\r\n$%zu\r\n%s\r\n$5\r\ngroup\r\n", count + 3, strlen(queue),
                 queue);
    for (long index = 0; index < count; index++) {
        read_entry(&first, &entry);
        if (entry.body_size < 16) fail("redis: a short message");
        message_delivered(connection, get_hex(entry.body, 16));
        buffer_print(&connection->out, "$%ld\r\n", entry.id_size);
        buffer_put(&connection->out, entry.id, (size_t)entry.id_size + 2);
    }
    connection->acknowledged += (uint64_t)count;
    in->begin = (size_t)(reader.at - in->bytes);
    read_group(connection);
    return true;
}

static void parse(struct connection *connection) {
    struct buffer *in = &connection->in;
    while (in->begin < in->end) {
        struct reader reader = {in->bytes + in->begin, in->bytes + in->end};
        long value;
        uint8_t *text;
        switch (*reader.at) {
        case '$':
            if (!read_text(&reader, &text, &value)) return;
            // Answers come in the order of the commands.
            message_confirmed(connection, connection->confirmed);
            break;
        case ':':
            if (!read_head(&reader, ':', &value)) return;
            connection->settled += (uint64_t)value;
            break;
        case '*':
            if (!take_entries(connection)) return;
            continue;
        default:
            // An error: says so and ends.
            read_head(&reader, '$', &value);
            return;
        }
        in->begin = (size_t)(reader.at - in->bytes);
    }
}

const struct protocol redis_protocol = {
    .name = "redis",
    .log_in = log_in,
    .declare = declare,
    .start_producing = start_producing,
    .put = put,
    .start_consuming = start_consuming,
    .parse = parse,
};
