#pragma once

#include <stddef.h>
#include <stdint.h>

// How many bytes at the beginning of a JSON string's content stand for themselves: from 0x20 to 0x7F, but neither a
// quote nor a backslash.
size_t cmq_plain_prefix(const uint8_t *bytes, size_t count);
