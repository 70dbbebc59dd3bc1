// One TLS connection: many commands go into one record of 16 KiB, many records are read at once.
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { record_bytes = 16384, read_burst = 256 * 1024 };

static void use_files(SSL_CTX *context, const char *ca, const char *certificate, const char *key) {
    if (SSL_CTX_load_verify_locations(context, ca, NULL) != 1) fail("cannot read %s", ca);
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) fail("cannot read %s", certificate);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) fail("cannot read %s", key);
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    // The cheapest suite on machines with AES instructions, for every server that lets the client choose.
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, 128 * 1024);
}

SSL_CTX *client_context(const struct options *options, const char *name) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    char ca[512], certificate[512], key[512];
    snprintf(ca, sizeof ca, "%s/ca.crt", options->certs);
    snprintf(certificate, sizeof certificate, "%s/clients/%s/client.crt", options->certs, name);
    snprintf(key, sizeof key, "%s/clients/%s/client.key", options->certs, name);
    use_files(context, ca, certificate, key);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return context;
}

SSL_CTX *server_context(const char *certs) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    char ca[512], certificate[512], key[512];
    snprintf(ca, sizeof ca, "%s/ca.crt", certs);
    snprintf(certificate, sizeof certificate, "%s/server.crt", certs);
    snprintf(key, sizeof key, "%s/server.key", certs);
    use_files(context, ca, certificate, key);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return context;
}

bool connection_try_open(struct connection *connection, SSL_CTX *context) {
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)connection->options->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(connection->fd);
        return false;
    }
    int on = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connection->protocol->greet) connection->protocol->greet(connection);
    connection->ssl = SSL_new(context);
    SSL_set_tlsext_host_name(connection->ssl, "localhost");
    SSL_set1_host(connection->ssl, "localhost");
    SSL_set_fd(connection->ssl, connection->fd);
    ERR_clear_error();
    if (SSL_connect(connection->ssl) != 1) {
        connection_close(connection);
        return false;
    }
    fcntl(connection->fd, F_SETFL, fcntl(connection->fd, F_GETFL) | O_NONBLOCK);
    return true;
}

void connection_open(struct connection *connection, SSL_CTX *context) {
    if (connection_try_open(connection, context)) return;
    unsigned long code = ERR_peek_last_error();
    fail("port %d: %s", connection->options->port, code ? ERR_reason_error_string(code) : strerror(errno));
}

void connection_close(struct connection *connection) {
    SSL_free(connection->ssl);
    connection->ssl = NULL;
    close(connection->fd);
}

static void check(struct connection *connection, int result, const char *what) {
    int error = SSL_get_error(connection->ssl, result);
    if (error == SSL_ERROR_WANT_READ) return;
    if (error == SSL_ERROR_WANT_WRITE) {
        connection->wants_write = true;
        return;
    }
    unsigned long code = ERR_peek_last_error();
    fail("%s: the server ended the connection while this %s: %s", connection->protocol->name, what,
         code ? ERR_reason_error_string(code) : "end of stream");
}

void connection_flush(struct connection *connection) {
    struct buffer *out = &connection->out;
    connection->wants_write = false;
    while (out->begin < out->end) {
        size_t count = out->end - out->begin;
        if (count > record_bytes) count = record_bytes;
        ERR_clear_error();
        int written = SSL_write(connection->ssl, out->bytes + out->begin, (int)count);
        if (written <= 0) {
            check(connection, written, "wrote");
            return;
        }
        out->begin += (size_t)written;
    }
}

static size_t read_available(struct connection *connection) {
    size_t total = 0;
    connection->more_to_read = false;
    while (total < read_burst) {
        uint8_t *room = buffer_reserve(&connection->in, record_bytes);
        ERR_clear_error();
        int count = SSL_read(connection->ssl, room, (int)(connection->in.capacity - connection->in.end));
        if (count <= 0) {
            check(connection, count, "read");
            return total;
        }
        connection->in.end += (size_t)count;
        total += (size_t)count;
    }
    connection->more_to_read = true;
    return total;
}

void connection_step(struct connection *connection, uint64_t timeout_ns) {
    connection_flush(connection);
    if (read_available(connection) > 0 || connection->more_to_read) return;
    struct pollfd poll = {.fd = connection->fd, .events = POLLIN};
    if (connection->wants_write) poll.events |= POLLOUT;
    struct timespec timeout = {
        .tv_sec = (time_t)(timeout_ns / 1000000000), .tv_nsec = (long)(timeout_ns % 1000000000)};
    if (ppoll(&poll, 1, &timeout, NULL) > 0) {
        if (poll.revents & POLLOUT) connection_flush(connection);
        read_available(connection);
    }
}

void connection_need(struct connection *connection, size_t count) {
    uint64_t limit = now_ns() + 30000000000;
    while (connection->in.end - connection->in.begin < count) {
        if (now_ns() > limit) fail("%s: no answer within 30 s", connection->protocol->name);
        connection_step(connection, 1000000000);
    }
}

char *connection_line(struct connection *connection) {
    struct buffer *in = &connection->in;
    size_t count = 0;
    for (;;) {
        connection_need(connection, count + 1);
        uint8_t *line = in->bytes + in->begin;
        uint8_t *end = memchr(line, '\n', in->end - in->begin);
        if (end) {
            in->begin += (size_t)(end + 1 - line);
            *end = 0;
            if (end > line && end[-1] == '\r') end[-1] = 0;
            return (char *)line;
        }
        count = in->end - in->begin;
    }
}
