// AMQP 0-9-1 as RabbitMQ speaks it: a quorum queue, publisher confirms, explicit acknowledgements.
#include "bench.h"

#include <stdlib.h>
#include <string.h>

enum { frame_method = 1, frame_header = 2, frame_body = 3, frame_heartbeat = 8, frame_end = 0xce };
enum { frame_max = 131072, confirm_ring = 65536 };

static void put_number(struct buffer *to, uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) buffer_put(to, (uint8_t[]){(uint8_t)(value >> shift)}, 1);
}

static uint64_t get_number(const uint8_t *from, int bytes) {
    uint64_t value = 0;
    while (bytes--) value = value << 8 | *from++;
    return value;
}

static void put_short_text(struct buffer *to, const char *text) {
    put_number(to, strlen(text), 1);
    buffer_put(to, text, strlen(text));
}

static void put_long_text(struct buffer *to, const char *text, size_t size) {
    put_number(to, size, 4);
    buffer_put(to, text, size);
}

// Begins a frame and returns where its payload begins, for `end_frame` to write the size in front of it.
static size_t begin_frame(struct buffer *to, uint8_t kind, uint16_t channel) {
    put_number(to, kind, 1);
    put_number(to, channel, 2);
    put_number(to, 0, 4);
    return to->end - to->begin;
}

static void end_frame(struct buffer *to, size_t begin) {
    uint8_t *payload = to->bytes + to->begin + begin;
    uint64_t size = to->end - to->begin - begin;
    for (int index = 0; index < 4; index++) payload[index - 4] = (uint8_t)(size >> (24 - 8 * index));
    put_number(to, frame_end, 1);
}

static size_t begin_method(struct buffer *to, uint16_t channel, uint16_t class, uint16_t method) {
    size_t begin = begin_frame(to, frame_method, channel);
    put_number(to, class, 2);
    put_number(to, method, 2);
    return begin;
}

// Waits for one method of a class; its arguments stay in `in`.
static uint8_t *expect(struct connection *connection, uint16_t class, uint16_t method) {
    connection_need(connection, 7);
    size_t size = get_number(connection->in.bytes + connection->in.begin + 3, 4);
    connection_need(connection, size + 8);
    uint8_t *payload = connection->in.bytes + connection->in.begin + 7;
    connection->in.begin += size + 8;
    uint64_t found = get_number(payload, 4);
    if (found == (10u << 16 | 50) || found == (20u << 16 | 40))
        fail("amqp: the server closes: %.*s", payload[6], (char *)payload + 7);
    if (found != ((uint64_t)class << 16 | method)) fail("amqp: unexpected method %llx", (unsigned long long)found);
    return payload + 4;
}

static void log_in(struct connection *connection, const char *user) {
    struct buffer *out = &connection->out;
    (void)user;
    buffer_put(out, "AMQP\0\0\x09\x01", 8);
    expect(connection, 10, 10);
    size_t begin = begin_method(out, 0, 10, 11);
    put_number(out, 0, 4);
    put_short_text(out, "PLAIN");
    put_long_text(out, "\0guest\0guest", 12);
    put_short_text(out, "en_US");
    end_frame(out, begin);
    expect(connection, 10, 30);
    begin = begin_method(out, 0, 10, 31);
    put_number(out, 16, 2);
    put_number(out, frame_max, 4);
    put_number(out, 0, 2);
    end_frame(out, begin);
    begin = begin_method(out, 0, 10, 40);
    put_short_text(out, "/");
    put_short_text(out, "");
    put_number(out, 0, 1);
    end_frame(out, begin);
    expect(connection, 10, 41);
}

static void open_channel(struct connection *connection) {
    size_t begin = begin_method(&connection->out, 1, 20, 10);
    put_short_text(&connection->out, "");
    end_frame(&connection->out, begin);
    expect(connection, 20, 11);
}

static void declare(struct connection *connection) {
    struct buffer *out = &connection->out, table = {0};
    open_channel(connection);
    put_short_text(&table, "x-queue-type");
    buffer_put(&table, "S", 1);
    put_long_text(&table, "quorum", 6);
    size_t begin = begin_method(out, 1, 50, 10);
    put_number(out, 0, 2);
    put_short_text(out, connection->lane->queue);
    put_number(out, 2, 1);  // durable
    put_long_text(out, (char *)table.bytes, table.end);
    end_frame(out, begin);
    free(table.bytes);
    expect(connection, 50, 11);
}

static void start_producing(struct connection *connection) {
    struct buffer *out = &connection->out, frames = {0};
    size_t body = (size_t)connection->options->body;
    size_t begin = begin_method(out, 1, 85, 10);
    put_number(out, 0, 1);
    end_frame(out, begin);
    expect(connection, 85, 11);

    begin = begin_method(&frames, 1, 60, 40);
    put_number(&frames, 0, 2);
    put_short_text(&frames, "");
    put_short_text(&frames, connection->lane->queue);
    put_number(&frames, 0, 1);
    end_frame(&frames, begin);
    begin = begin_frame(&frames, frame_header, 1);
    put_number(&frames, 60, 2);
    put_number(&frames, 0, 2);
    put_number(&frames, body, 8);
    put_number(&frames, 0x1000, 2);  // the delivery mode follows
    put_number(&frames, 2, 1);       // persistent
    end_frame(&frames, begin);
    if (body > frame_max - 8) fail("amqp: a body of more than one frame");
    begin = begin_frame(&frames, frame_body, 1);
    connection->body_at = frames.end;
    fill_body(buffer_reserve(&frames, body), body);
    frames.end += body;
    end_frame(&frames, begin);
    connection->template = frames.bytes;
    connection->template_size = frames.end;
    connection->ring = calloc(confirm_ring / 64, sizeof *connection->ring);
    connection->number_at = 1;  // the oldest unconfirmed delivery tag
}

static void put(struct connection *connection, uint64_t number) {
    uint8_t *frames = buffer_reserve(&connection->out, connection->template_size);
    memcpy(frames, connection->template, connection->template_size);
    put_hex(frames + connection->body_at, number, 16);
    connection->out.end += connection->template_size;
}

static void start_consuming(struct connection *connection) {
    struct buffer *out = &connection->out;
    open_channel(connection);
    size_t begin = begin_method(out, 1, 60, 10);
    put_number(out, 0, 4);
    put_number(out, (uint64_t)connection->options->prefetch, 2);
    put_number(out, 0, 1);
    end_frame(out, begin);
    expect(connection, 60, 11);
    begin = begin_method(out, 1, 60, 20);
    put_number(out, 0, 2);
    put_short_text(out, connection->lane->queue);
    put_short_text(out, "bench");
    put_number(out, 0, 1);
    put_number(out, 0, 4);
    end_frame(out, begin);
    expect(connection, 60, 21);
}

// Confirms may overtake one another, and one may stand for all before it.
static void confirm(struct connection *connection, uint64_t tag, bool multiple) {
    uint64_t first = multiple ? connection->number_at : tag;
    for (uint64_t each = first; each <= tag; each++) {
        uint64_t *word = &connection->ring[each % confirm_ring / 64], bit = (uint64_t)1 << (each % 64);
        if (*word & bit) continue;
        *word |= bit;
        message_confirmed(connection, each - 1);
    }
    for (;; connection->number_at++) {
        uint64_t oldest = connection->number_at;
        uint64_t *word = &connection->ring[oldest % confirm_ring / 64], bit = (uint64_t)1 << (oldest % 64);
        if (!(*word & bit)) return;
        *word &= ~bit;
    }
}

static void take_method(struct connection *connection, uint8_t *payload) {
    uint64_t method = get_number(payload, 4);
    uint8_t *arguments = payload + 4;
    if (method == (60u << 16 | 80)) {
        confirm(connection, get_number(arguments, 8), arguments[8] & 1);
    } else if (method == (60u << 16 | 60)) {
        // consumer tag, delivery tag: the acknowledgement leaves when the body has come.
        connection->number_at = get_number(arguments + 1 + arguments[0], 8);
    } else if (method == (10u << 16 | 50) || method == (20u << 16 | 40)) {
        fail("amqp: the server closes: %.*s", arguments[2], (char *)arguments + 3);
    } else {
        fail("amqp: unexpected method %llx", (unsigned long long)method);
    }
}

static void take_body(struct connection *connection, uint8_t *payload, size_t size) {
    if (size < 16) fail("amqp: a short message");
    message_delivered(connection, get_hex(payload, 16));
    uint8_t *ack = buffer_reserve(&connection->out, 21);
    memcpy(ack, "\1\0\1\0\0\0\15\0\74\0\120", 11);
    for (int index = 0; index < 8; index++) ack[11 + index] = (uint8_t)(connection->number_at >> (56 - 8 * index));
    ack[19] = 0;
    ack[20] = frame_end;
    connection->out.end += 21;
}

static void parse(struct connection *connection) {
    struct buffer *in = &connection->in;
    for (;;) {
        uint8_t *frame = in->bytes + in->begin;
        size_t available = in->end - in->begin;
        if (available < 7) return;
        size_t size = get_number(frame + 3, 4);
        if (available < size + 8) return;
        if (frame[7 + size] != frame_end) fail("amqp: a frame without its end");
        if (frame[0] == frame_method) take_method(connection, frame + 7);
        else if (frame[0] == frame_body) take_body(connection, frame + 7, size);
        in->begin += size + 8;
    }
}

const struct protocol amqp_protocol = {
    .name = "amqp",
    .log_in = log_in,
    .declare = declare,
    .start_producing = start_producing,
    .put = put,
    .start_consuming = start_consuming,
    .parse = parse,
};
