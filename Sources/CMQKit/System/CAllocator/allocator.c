#include "callocator.h"

#include <malloc.h>
#include <stdlib.h>

// Swift's module of the C library leaves malloc.h out.
void cmq_give_memory_back(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
