#pragma once

// Gives memory that was freed back to the system, as far as the C library can.
void cmq_give_memory_back(void);
