#include "cplaintext.h"

// Swift has no portable way to a mask of a vector's lanes; without one, finding the end of a string costs as much as
// everything else that is done with an envelope.

#if defined(__x86_64__)
#include <emmintrin.h>

// A bit for each of 16 bytes that does not stand for itself. As signed bytes, those from 0x80 on are below 0x20, too.
static inline unsigned special(const uint8_t *bytes) {
    const __m128i block = _mm_loadu_si128((const __m128i *)bytes);
    const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    const __m128i outside = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), outside));
}

static size_t blocks(const uint8_t *bytes, size_t count, int *is_done) {
    size_t index = 0;
    for (; index + 16 <= count; index += 16) {
        const unsigned mask = special(bytes + index);
        if (mask != 0) {
            *is_done = 1;
            return index + (size_t)__builtin_ctz(mask);
        }
    }
    return index;
}
#elif defined(__aarch64__)
#include <arm_neon.h>

static size_t blocks(const uint8_t *bytes, size_t count, int *is_done) {
    size_t index = 0;
    for (; index + 16 <= count; index += 16) {
        const uint8x16_t block = vld1q_u8(bytes + index);
        const uint8x16_t quote = vceqq_u8(block, vdupq_n_u8('"'));
        const uint8x16_t backslash = vceqq_u8(block, vdupq_n_u8('\\'));
        const uint8x16_t outside = vcltq_s8(vreinterpretq_s8_u8(block), vdupq_n_s8(0x20));
        const uint8x16_t any = vorrq_u8(vorrq_u8(quote, backslash), outside);
        // Four bits for each byte.
        const uint64_t mask = vget_lane_u64(
            vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(any), 4)), 0);
        if (mask != 0) {
            *is_done = 1;
            return index + ((size_t)__builtin_ctzll(mask) >> 2);
        }
    }
    return index;
}
#else
static size_t blocks(const uint8_t *bytes, size_t count, int *is_done) { return 0; }
#endif

size_t cmq_plain_prefix(const uint8_t *bytes, size_t count) {
    int is_done = 0;
    size_t index = blocks(bytes, count, &is_done);
    if (is_done) { return index; }
    while (index < count && bytes[index] >= 0x20 && bytes[index] < 0x80 && bytes[index] != '"' && bytes[index] != '\\') {
        index++;
    }
    return index;
}
