#include "measurement.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

static _Thread_local uint64_t allocation_count;

uint64_t measurement_allocation_count(void) { return allocation_count; }

uint64_t measurement_cpu_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

const void *measurement_hide(const void *pointer) {
    __asm__ volatile("" : "+r"(pointer) : : "memory");
    return pointer;
}

void measurement_keep(uint64_t value) { __asm__ volatile("" : : "r"(value) : "memory"); }

// A sanitizer brings an allocator of its own, which must not be replaced.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

// The program's own functions come before those of the C library, for every library that it loads. The C library exports
// its allocator under these names as well.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    allocation_count++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocation_count++;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    allocation_count++;
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    allocation_count++;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    allocation_count++;
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *allocated = __libc_memalign(alignment, size);
    if (allocated == NULL) return ENOMEM;
    *block = allocated;
    return 0;
}

#endif
