// Counts allocations and, under valgrind's callgrind, instructions, of this process and all its threads.
#ifndef CMQ_COUNTING_H
#define CMQ_COUNTING_H

#include <stdint.h>

// Calls of malloc, calloc, realloc and their aligned relatives since the start.
uint64_t counting_allocations(void);
// Forgets the instructions so far. Does nothing outside of callgrind.
void counting_begin(void);
// Writes callgrind's counts since `counting_begin` into a file of their own, which names `name`.
void counting_end(const char *name);

#endif
