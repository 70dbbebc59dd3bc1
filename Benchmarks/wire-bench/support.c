// What every part needs: failing, time, random numbers, buffers, histograms, memory of processes.
#include "bench.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

_Noreturn void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("wire-bench: error: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    // Other threads may be inside OpenSSL: no handlers of exit.
    _exit(1);
}

uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

void put_hex(uint8_t *to, uint64_t value, int digits) {
    for (int index = digits - 1; index >= 0; index--) {
        to[index] = (uint8_t)"0123456789abcdef"[value & 15];
        value >>= 4;
    }
}

uint64_t get_hex(const uint8_t *from, int digits) {
    uint64_t value = 0;
    for (int index = 0; index < digits; index++) {
        uint8_t digit = from[index];
        value = value << 4 | (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return value;
}

uint64_t next_random(uint64_t *state) {
    uint64_t value = (*state += 0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t count) {
    if (buffer->begin == buffer->end) buffer->begin = buffer->end = 0;
    if (buffer->capacity - buffer->end < count) {
        memmove(buffer->bytes, buffer->bytes + buffer->begin, buffer->end - buffer->begin);
        buffer->end -= buffer->begin;
        buffer->begin = 0;
        while (buffer->capacity - buffer->end < count) {
            buffer->capacity = buffer->capacity ? buffer->capacity * 2 : 4096;
            buffer->bytes = realloc(buffer->bytes, buffer->capacity);
            if (!buffer->bytes) fail("out of memory");
        }
    }
    return buffer->bytes + buffer->end;
}

void buffer_put(struct buffer *buffer, const void *bytes, size_t count) {
    memcpy(buffer_reserve(buffer, count), bytes, count);
    buffer->end += count;
}

void buffer_print(struct buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char text[4096];
    int count = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (count < 0 || (size_t)count >= sizeof text) fail("a command is too long");
    buffer_put(buffer, text, (size_t)count);
}

static size_t bucket_of(uint64_t value) {
    if (value < 128) return value;
    int shift = 63 - __builtin_clzll(value) - 6;
    return (size_t)shift * 64 + (value >> shift);
}

static uint64_t top_of_bucket(size_t bucket) {
    if (bucket < 128) return bucket;
    size_t shift = bucket / 64 - 1;
    return ((bucket - shift * 64 + 1) << shift) - 1;
}

void histogram_record(struct histogram *histogram, uint64_t value) {
    histogram->counts[bucket_of(value)]++;
    histogram->total++;
    if (value > histogram->largest) histogram->largest = value;
}

uint64_t histogram_percentile(const struct histogram *histogram, double percentile) {
    uint64_t wanted = (uint64_t)((double)histogram->total * percentile / 100 + 0.5), found = 0;
    if (wanted < 1) wanted = 1;
    for (size_t bucket = 0; bucket < sizeof histogram->counts / sizeof *histogram->counts; bucket++) {
        found += histogram->counts[bucket];
        if (found >= wanted) {
            uint64_t top = top_of_bucket(bucket);
            return top < histogram->largest ? top : histogram->largest;
        }
    }
    return histogram->largest;
}

// One field of /proc/PID/status, or of its like.
static uint64_t status_field(int pid, const char *name) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    uint64_t value = 0;
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, name, strlen(name))) value = strtoull(line + strlen(name), NULL, 10);
    fclose(file);
    return value;
}

uint64_t resident_kib(int pid) {
    uint64_t total = status_field(pid, "VmRSS:");
    DIR *processes = opendir("/proc");
    if (!processes) return total;
    for (struct dirent *entry; (entry = readdir(processes));) {
        int child = atoi(entry->d_name);
        if (child > 0 && child != pid && status_field(child, "PPid:") == (uint64_t)pid) total += resident_kib(child);
    }
    closedir(processes);
    return total;
}
