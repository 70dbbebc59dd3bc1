/*
 * Tells the thread sanitizer of the locks that it cannot see: Swift's `Mutex` takes and gives a lock that somebody else
 * wants in the runtime library, which is not instrumented. For LD_PRELOAD; nothing but a report of races that are none
 * depends on it.
 *
 * The symbols are `Synchronization._MutexHandle._lockSlow(UInt32)`, `._tryLockSlow()` and `._unlockSlow()`; all are part
 * of the library's stable interface, because `Mutex.withLock` is compiled into its callers.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

/* Of the sanitizer's runtime library; processes that are not instrumented have none. */
void __tsan_acquire(void *) __attribute__((weak));
void __tsan_release(void *) __attribute__((weak));

__attribute__((swiftcall)) void lock_slow(uint32_t, __attribute__((swift_context)) void *) __asm__(LOCK_SLOW);
__attribute__((swiftcall)) bool try_lock_slow(__attribute__((swift_context)) void *) __asm__(TRY_LOCK_SLOW);
__attribute__((swiftcall)) void unlock_slow(__attribute__((swift_context)) void *) __asm__(UNLOCK_SLOW);

__attribute__((swiftcall)) void lock_slow(uint32_t thread, __attribute__((swift_context)) void *lock) {
    __typeof__(&lock_slow) original = (__typeof__(&lock_slow))dlsym(RTLD_NEXT, LOCK_SLOW);
    original(thread, lock);
    if (__tsan_acquire) __tsan_acquire(lock);
}

__attribute__((swiftcall)) bool try_lock_slow(__attribute__((swift_context)) void *lock) {
    __typeof__(&try_lock_slow) original = (__typeof__(&try_lock_slow))dlsym(RTLD_NEXT, TRY_LOCK_SLOW);
    bool is_locked = original(lock);
    if (is_locked && __tsan_acquire) __tsan_acquire(lock);
    return is_locked;
}

__attribute__((swiftcall)) void unlock_slow(__attribute__((swift_context)) void *lock) {
    __typeof__(&unlock_slow) original = (__typeof__(&unlock_slow))dlsym(RTLD_NEXT, UNLOCK_SLOW);
    if (__tsan_release) __tsan_release(lock);
    original(lock);
}
