// MQTT 3.1.1 with quality of service 1 in both directions, for a session that outlives its connection.
#include "bench.h"

#include <stdlib.h>
#include <string.h>

static void put_text(struct buffer *to, const char *text) {
    size_t size = strlen(text);
    buffer_put(to, (uint8_t[]){(uint8_t)(size >> 8), (uint8_t)size}, 2);
    buffer_put(to, text, size);
}

// The fixed header: kind and remaining length.
static void put_header(struct buffer *to, uint8_t kind, size_t length) {
    buffer_put(to, &kind, 1);
    do {
        uint8_t digit = (uint8_t)(length & 127);
        length >>= 7;
        if (length) digit |= 128;
        buffer_put(to, &digit, 1);
    } while (length);
}

// Answers of a few bytes: waits for one whose kind must be `kind`, and returns its last byte.
static uint8_t small_answer(struct connection *connection, uint8_t kind, const char *what) {
    connection_need(connection, 2);
    size_t length = connection->in.bytes[connection->in.begin + 1];
    connection_need(connection, 2 + length);
    uint8_t *packet = connection->in.bytes + connection->in.begin;
    if (packet[0] != kind || length > 100) fail("mqtt: unexpected answer %02x to %s", packet[0], what);
    connection->in.begin += 2 + length;
    return packet[1 + length];
}

static void connect_as(struct connection *connection, const char *client, bool keep_session) {
    struct buffer *out = &connection->out;
    put_header(out, 0x10, 10 + 2 + strlen(client));
    put_text(out, "MQTT");
    buffer_put(out, (uint8_t[]){4, keep_session ? 0 : 2, 0, 0}, 4);
    put_text(out, client);
    uint8_t code = small_answer(connection, 0x20, "CONNECT");
    if (code) fail("mqtt: the server refused the connection with code %d", code);
}

static void client_name(struct connection *connection, const char *user, char name[64]) {
    memcpy(name, user, strlen(user) + 1);
    put_hex((uint8_t *)name + strlen(name), connection->lane->token, 16);
    name[strlen(user) + 16] = 0;
}

static void log_in(struct connection *connection, const char *user) {
    char name[64];
    client_name(connection, user, name);
    connect_as(connection, name, !strcmp(user, "bob"));
}

static void subscribe(struct connection *connection) {
    const char *queue = connection->lane->queue;
    put_header(&connection->out, 0x82, 2 + 2 + strlen(queue) + 1);
    buffer_put(&connection->out, (uint8_t[]){0, 1}, 2);
    put_text(&connection->out, queue);
    buffer_put(&connection->out, (uint8_t[]){1}, 1);
    if (small_answer(connection, 0x90, "SUBSCRIBE") != 1) fail("mqtt: the subscription has another quality of service");
}

// A session of its own that subscribes and goes away: the server keeps for it what is published.
static void declare(struct connection *connection) {
    struct connection subscriber = {
        .options = connection->options, .protocol = connection->protocol, .lane = connection->lane};
    connection_open(&subscriber, client_context(connection->options, "bob"));
    log_in(&subscriber, "bob");
    subscribe(&subscriber);
    buffer_put(&subscriber.out, (uint8_t[]){0xe0, 0}, 2);
    connection_flush(&subscriber);
    connection_close(&subscriber);
}

static void start_producing(struct connection *connection) {
    struct buffer packet = {0};
    const char *queue = connection->lane->queue;
    size_t body = (size_t)connection->options->body;
    put_header(&packet, 0x32, 2 + strlen(queue) + 2 + body);
    put_text(&packet, queue);
    connection->number_at = packet.end;
    buffer_put(&packet, (uint8_t[]){0, 0}, 2);
    connection->body_at = packet.end;
    fill_body(buffer_reserve(&packet, body), body);
    connection->template = packet.bytes;
    connection->template_size = packet.end + body;
    connection->ring = calloc(65536, sizeof *connection->ring);
}

static void put(struct connection *connection, uint64_t number) {
    uint8_t *packet = buffer_reserve(&connection->out, connection->template_size);
    memcpy(packet, connection->template, connection->template_size);
    uint16_t id = (uint16_t)(number % 65535 + 1);
    packet[connection->number_at] = (uint8_t)(id >> 8);
    packet[connection->number_at + 1] = (uint8_t)id;
    put_hex(packet + connection->body_at, number, 16);
    connection->ring[id] = number;
    connection->out.end += connection->template_size;
}

static void start_consuming(struct connection *connection) {
    (void)connection;  // The subscription is the session's.
}

static void take_publish(struct connection *connection, uint8_t *packet, size_t length) {
    size_t topic = (size_t)packet[0] << 8 | packet[1];
    if (length < 2 + topic + 2 + 16) fail("mqtt: a short message");
    uint8_t *id = packet + 2 + topic;
    buffer_put(&connection->out, (uint8_t[]){0x40, 2, id[0], id[1]}, 4);
    message_delivered(connection, get_hex(id + 2, 16));
}

static void parse(struct connection *connection) {
    struct buffer *in = &connection->in;
    for (;;) {
        uint8_t *packet = in->bytes + in->begin;
        size_t available = in->end - in->begin, length = 0, header = 1;
        for (int shift = 0;; shift += 7) {
            if (header >= available) return;
            uint8_t digit = packet[header++];
            length |= (size_t)(digit & 127) << shift;
            if (!(digit & 128)) break;
        }
        if (available < header + length) return;
        uint8_t *rest = packet + header;
        if (packet[0] == 0x40) message_confirmed(connection, connection->ring[rest[0] << 8 | rest[1]]);
        else if ((packet[0] & 0xf6) == 0x32) take_publish(connection, rest, length);
        else if (packet[0] != 0x90) fail("mqtt: unexpected packet %02x", packet[0]);
        in->begin += header + length;
    }
}

const struct protocol mqtt_protocol = {
    .name = "mqtt",
    .log_in = log_in,
    .declare = declare,
    .start_producing = start_producing,
    .put = put,
    .start_consuming = start_consuming,
    .parse = parse,
};
