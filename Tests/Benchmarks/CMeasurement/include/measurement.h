#ifndef MEASUREMENT_H
#define MEASUREMENT_H

#include <stdint.h>

/// Blocks of memory that this thread has asked the C library for, by whichever of its functions.
uint64_t measurement_allocation_count(void);

/// CPU time of this thread in nanoseconds: a busy machine disturbs it less than a clock on the wall.
uint64_t measurement_cpu_nanoseconds(void);

/// The pointer given. To the optimiser it may be any other, with other bytes behind it.
const void *measurement_hide(const void *pointer);

/// Makes the optimiser believe that `value` is needed.
void measurement_keep(uint64_t value);

#endif
