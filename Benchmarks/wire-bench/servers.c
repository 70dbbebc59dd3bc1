// Works about the server itself: how fast it starts, what idle connections cost.
#include "bench.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void rest(double seconds) {
    struct timespec time = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

struct opener {
    pthread_t thread;
    struct connection *connections;
    SSL_CTX *context;
    _Atomic int *next;
};

static void *open_some(void *argument) {
    struct opener *opener = argument;
    const struct options *options = opener->connections->options;
    for (int index; (index = atomic_fetch_add(opener->next, 1)) < options->connections;) {
        struct connection *connection = &opener->connections[index];
        connection_open(connection, opener->context);
        connection->protocol->log_in(connection, "alice");
    }
    return NULL;
}

// Opens many connections and leaves them alone.
void run_idle(const struct options *options, const struct protocol *protocol) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    struct connection *connections = calloc((size_t)options->connections + 1, sizeof *connections);
    struct lane *lanes = calloc((size_t)options->connections + 1, sizeof *lanes);
    for (int index = 0; index <= options->connections; index++) {
        lanes[index].token = (uint64_t)index;
        connections[index].options = options;
        connections[index].protocol = protocol;
        connections[index].lane = &lanes[index];
    }
    SSL_CTX *context = client_context(options, "alice");
    // The first connection makes what is made once.
    connection_open(&connections[options->connections], context);
    protocol->log_in(&connections[options->connections], "alice");
    rest(1);
    uint64_t before = resident_kib(options->pid), start = now_ns();
    enum { threads = 8 };
    struct opener openers[threads];
    _Atomic int next = 0;
    for (int index = 0; index < threads; index++) {
        openers[index] = (struct opener){.connections = connections, .context = context, .next = &next};
        pthread_create(&openers[index].thread, NULL, open_some, &openers[index]);
    }
    for (int index = 0; index < threads; index++) pthread_join(openers[index].thread, NULL);
    double seconds = (double)(now_ns() - start) / 1e9;
    rest(1);
    uint64_t after = resident_kib(options->pid);
    printf("{\"work\":\"idle\",\"protocol\":\"%s\",\"label\":\"%s\",\"connections\":%d,\"handshakes_per_second\":%.1f,"
           "\"resident_before_kib\":%llu,\"resident_after_kib\":%llu,\"kib_per_connection\":%.1f}\n",
           protocol->name, options->label, options->connections, options->connections / seconds,
           (unsigned long long)before, (unsigned long long)after,
           ((double)after - (double)before) / options->connections);
}

// Starts a server and leaves it running; says when it first let a client in, and its memory when idle.
void run_start(const struct options *options, const struct protocol *protocol) {
    uint64_t start = now_ns();
    int child = fork();
    if (child == 0) {
        // A process group of its own, to be stopped as one. Standard output is the report's.
        setsid();
        dup2(2, 1);
        execvp(options->command[0], options->command);
        fail("cannot run %s", options->command[0]);
    }
    if (options->pid_file) {
        FILE *file = fopen(options->pid_file, "w");
        if (!file) fail("cannot write %s", options->pid_file);
        fprintf(file, "%d\n", child);
        fclose(file);
    }
    SSL_CTX *context = client_context(options, "alice");
    struct lane lane = {0};
    struct connection connection;
    for (;;) {
        connection = (struct connection){.options = options, .protocol = protocol, .lane = &lane};
        if (connection_try_open(&connection, context)) break;
        if (now_ns() - start > 60000000000) fail("%s lets nobody in after a minute", options->command[0]);
        if (waitpid(child, NULL, WNOHANG) == child) fail("%s has ended", options->command[0]);
        rest(0.001);
    }
    double milliseconds = (double)(now_ns() - start) / 1e6;
    protocol->log_in(&connection, "alice");
    double logged_in = (double)(now_ns() - start) / 1e6;
    connection_close(&connection);
    rest(2);
    printf("{\"work\":\"start\",\"protocol\":\"%s\",\"label\":\"%s\",\"first_handshake_ms\":%.1f,\"logged_in_ms\":%.1f,"
           "\"idle_resident_kib\":%llu}\n",
           protocol->name, options->label, milliseconds, logged_in, (unsigned long long)resident_kib(child));
}
