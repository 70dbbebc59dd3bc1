/*
 * Ends the process with SIGKILL at its n-th call that leaves a trace outside of it: what a crash at that moment
 * does. For LD_PRELOAD.
 *
 * KILL_AT_CALL=n    dies before the n-th call, counted from 1 over all threads
 * KILL_TORN=1       a write to a file gets through in part first, as when a disk fills or the power fails
 *
 * Standard error doesn't count; the name of the call goes there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static long kill_at;
static int is_torn;

__attribute__((constructor)) static void read_orders(void) {
    const char *at = getenv("KILL_AT_CALL");
    const char *torn = getenv("KILL_TORN");
    kill_at = at ? atol(at) : 0;
    is_torn = torn && strcmp(torn, "1") == 0;
}

static int is_last(void) {
    return kill_at > 0 && atomic_fetch_add(&calls, 1) + 1 == kill_at;
}

static void die(const char *call) {
    char text[96];
    int length = snprintf(text, sizeof text, "killed before call %ld, %s\n", kill_at, call);
    syscall(SYS_write, STDERR_FILENO, text, length);
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/* A little more than half: half of two lines of one length would be a whole line. */
static size_t part(size_t count) {
    return count / 2 + 7 < count ? count / 2 + 7 : count / 2;
}

static int is_file(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t count) {
    if (fd != STDERR_FILENO && is_last()) {
        if (is_torn && is_file(fd)) syscall(SYS_write, fd, bytes, part(count));
        die("write");
    }
    return syscall(SYS_write, fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    if (is_last()) {
        if (is_torn) syscall(SYS_pwrite64, fd, bytes, part(count), offset);
        die("pwrite");
    }
    return syscall(SYS_pwrite64, fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    return pwrite(fd, bytes, count, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (fd != STDERR_FILENO && is_last()) die("writev");
    return syscall(SYS_writev, fd, parts, count);
}

#define COUNTED(type, name, parameters, arguments, types) \
    type name parameters {                               \
        if (is_last()) die(#name);                       \
        return REAL(type, name, types) arguments;        \
    }
#define TYPES(...) __VA_ARGS__

COUNTED(ssize_t, send, (int fd, const void *bytes, size_t count, int flags), (fd, bytes, count, flags),
        TYPES(int, const void *, size_t, int))
COUNTED(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags),
        TYPES(int, const struct msghdr *, int))
COUNTED(int, fsync, (int fd), (fd), TYPES(int))
COUNTED(int, fdatasync, (int fd), (fd), TYPES(int))
COUNTED(int, rename, (const char *from, const char *to), (from, to), TYPES(const char *, const char *))
COUNTED(int, unlink, (const char *path), (path), TYPES(const char *))
COUNTED(int, ftruncate, (int fd, off_t length), (fd, length), TYPES(int, off_t))
COUNTED(int, ftruncate64, (int fd, off64_t length), (fd, length), TYPES(int, off64_t))

/* Opening counts where it may make a file. */
#define OPEN(name)                                                              \
    int name(const char *path, int flags, ...) {                                \
        mode_t mode = 0;                                                        \
        if (flags & (O_CREAT | O_TMPFILE)) {                                    \
            va_list rest;                                                       \
            va_start(rest, flags);                                              \
            mode = va_arg(rest, mode_t);                                        \
            va_end(rest);                                                       \
        }                                                                       \
        if ((flags & O_CREAT) && is_last()) die(#name);                         \
        return REAL(int, name, const char *, int, mode_t)(path, flags, mode);   \
    }
OPEN(open)
OPEN(open64)
