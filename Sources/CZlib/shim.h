#ifndef MASTERGATE_CZLIB_SHIM_H
#define MASTERGATE_CZLIB_SHIM_H
#include <string.h>
#include <zlib.h>

// deflateInit2 is a macro, which Swift does not see. 15 bits of window, and 16 for the head and the tail of gzip.
static inline int mg_gzip_init(z_stream *stream, int level) {
    memset(stream, 0, sizeof *stream);
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
#endif
