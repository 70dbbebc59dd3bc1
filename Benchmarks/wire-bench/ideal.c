// Servers that do nothing but one thing: the limits of the machine that every broker runs into.
//
// They speak as much of cmq's protocol as its producer needs. `read` counts lines and answers only a heartbeat;
// `ack` answers each line; `sync` first writes what one burst brought to a file and waits for fdatasync. The file
// is as good as a file gets: its space is written with zeros beforehand and used again from the beginning.
#include "bench.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { burst_bytes = 1024 * 1024, file_bytes = 256 * 1024 * 1024, id_bytes = 36 };

struct session {
    const struct options *options;
    SSL *ssl;
    int fd, file;
    off_t position;
    uint8_t *bytes;
    size_t size;
    struct buffer answers;
};

static int make_file(const char *path) {
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) fail("cannot make %s", path);
    uint8_t *zeros = calloc(1, burst_bytes);
    for (off_t at = 0; at < file_bytes; at += burst_bytes)
        if (pwrite(file, zeros, burst_bytes, at) != burst_bytes) fail("cannot fill %s", path);
    if (fsync(file) != 0) fail("cannot sync %s", path);
    free(zeros);
    unlink(path);
    return file;
}

static void store(struct session *session, size_t size) {
    if (session->position + (off_t)size > file_bytes) session->position = 0;
    if (pwrite(session->file, session->bytes, size, session->position) != (ssize_t)size) fail("cannot write");
    if (fdatasync(session->file) != 0) fail("cannot sync");
    // Whole blocks, so that no block is written twice.
    session->position += (off_t)((size + 4095) & ~(size_t)4095);
}

static void answer(struct session *session, const uint8_t *line, size_t size, bool each) {
    static const char marker[] = "\"message_id\":\"";
    if (size > 8 && !memcmp(line, "publish ", 8)) {
        if (!each) return;
        const uint8_t *id = memmem(line, size < 256 ? size : 256, marker, sizeof marker - 1);
        if (!id) fail("a line without message_id");
        uint8_t *room = buffer_reserve(&session->answers, 5 + id_bytes);
        memcpy(room, "ACK ", 4);
        memcpy(room + 4, id + sizeof marker - 1, id_bytes);
        room[4 + id_bytes] = '\n';
        session->answers.end += 5 + id_bytes;
    } else if (!memcmp(line, "heartbeat", 9)) {
        buffer_print(&session->answers, "Heartbeat\n");
    } else if (!memcmp(line, "declare_queue", 13)) {
        buffer_print(&session->answers, "Queue declared\n");
    } else if (!memcmp(line, "declare_exchange", 16)) {
        buffer_print(&session->answers, "Exchange declared\n");
    } else if (!memcmp(line, "bind", 4)) {
        buffer_print(&session->answers, "Queue bound\n");
    } else {
        fail("a command that the ideal server does not know");
    }
}

// Blocking reads of all that is there; one burst, one write, one answer.
static void *serve(void *argument) {
    struct session *session = argument;
    bool syncs = !strcmp(session->options->mode, "sync"), each = strcmp(session->options->mode, "read");
    for (;;) {
        int count = SSL_read(session->ssl, session->bytes + session->size, (int)(burst_bytes - session->size));
        if (count <= 0) break;
        session->size += (size_t)count;
        // Read on while bytes are waiting; a pending record counts.
        uint8_t byte;
        bool waiting = SSL_has_pending(session->ssl) || recv(session->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
        if (waiting && session->size < burst_bytes - 128 * 1024) continue;
        size_t done = 0;
        for (uint8_t *end; (end = memchr(session->bytes + done, '\n', session->size - done));) {
            answer(session, session->bytes + done, (size_t)(end - session->bytes) - done, each);
            done = (size_t)(end - session->bytes) + 1;
        }
        if (done && syncs) store(session, done);
        memmove(session->bytes, session->bytes + done, session->size - done);
        session->size -= done;
        struct buffer *out = &session->answers;
        while (out->begin < out->end) {
            size_t size = out->end - out->begin;
            int written = SSL_write(session->ssl, out->bytes + out->begin, (int)(size < 16384 ? size : 16384));
            if (written <= 0) break;
            out->begin += (size_t)written;
        }
        out->begin = out->end = 0;
    }
    SSL_free(session->ssl);
    close(session->fd);
    if (syncs) close(session->file);
    free(session->bytes);
    free(session->answers.bytes);
    free(session);
    return NULL;
}

void run_ideal_server(const struct options *options) {
    signal(SIGPIPE, SIG_IGN);
    SSL_CTX *context = server_context(options->certs);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0) fail("port %d is in use", options->port);
    listen(listener, 128);
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct session *session = calloc(1, sizeof *session);
        *session = (struct session){.options = options, .fd = fd, .ssl = SSL_new(context)};
        SSL_set_fd(session->ssl, fd);
        ERR_clear_error();
        if (SSL_accept(session->ssl) != 1) {
            SSL_free(session->ssl);
            close(fd);
            free(session);
            continue;
        }
        session->bytes = malloc(burst_bytes);
        if (!strcmp(options->mode, "sync")) session->file = make_file(options->file);
        pthread_t thread;
        pthread_create(&thread, NULL, serve, session);
        pthread_detach(thread);
    }
}
