#pragma once

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `count` bytes, continued from `crc`.
/// Start with 0; the result of one call may be the `crc` of the next.
uint32_t cmq_crc32c(uint32_t crc, const void *bytes, size_t count);
