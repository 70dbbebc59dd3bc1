#pragma once

// Gives memory that was freed back to the system, as far as the C library can.
void cmq_give_memory_back(void);

// Takes the program's and its libraries' code out of the process' memory; what runs again comes back from the page cache,
// in pieces of a few pages. A start runs a lot of code that nothing needs afterwards.
void cmq_forget_unused_code(void);
