#include "cchecksum.h"

#include <string.h>

// Swift has no portable intrinsic for the CRC instructions of x86 and ARM; without
// them a checksum would cost more than the write it protects.

static uint32_t table[256];

__attribute__((constructor)) static void fill_table(void) {
    for (uint32_t index = 0; index < 256; index++) {
        uint32_t value = index;
        for (int bit = 0; bit < 8; bit++) {
            value = (value >> 1) ^ (0x82F63B78u & (0u - (value & 1u)));
        }
        table[index] = value;
    }
}

static uint32_t portable(uint32_t crc, const uint8_t *bytes, size_t count) {
    while (count-- > 0) {
        crc = (crc >> 8) ^ table[(crc ^ *bytes++) & 0xFF];
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t accelerated(uint32_t crc, const uint8_t *bytes, size_t count) {
    uint64_t wide = crc;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        wide = __builtin_ia32_crc32di(wide, word);
        bytes += 8;
        count -= 8;
    }
    crc = (uint32_t)wide;
    while (count-- > 0) {
        crc = __builtin_ia32_crc32qi(crc, *bytes++);
    }
    return crc;
}

static int has_acceleration(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__)
#include <sys/auxv.h>

__attribute__((target("arch=armv8-a+crc"))) static uint32_t accelerated(uint32_t crc, const uint8_t *bytes, size_t count) {
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        crc = __builtin_arm_crc32cd(crc, word);
        bytes += 8;
        count -= 8;
    }
    while (count-- > 0) {
        crc = __builtin_arm_crc32cb(crc, *bytes++);
    }
    return crc;
}

static int has_acceleration(void) { return (getauxval(AT_HWCAP) & (1UL << 7)) != 0; }
#else
static uint32_t accelerated(uint32_t crc, const uint8_t *bytes, size_t count) { return portable(crc, bytes, count); }
static int has_acceleration(void) { return 0; }
#endif

uint32_t cmq_crc32c(uint32_t crc, const void *bytes, size_t count) {
    crc = ~crc;
    crc = has_acceleration() ? accelerated(crc, bytes, count) : portable(crc, bytes, count);
    return ~crc;
}
