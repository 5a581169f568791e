// nghttp2: frames, HPACK and flow control of HTTP/2, without any input or output of its own.
#ifndef MASTERGATE_CNGHTTP2_SHIM_H
#define MASTERGATE_CNGHTTP2_SHIM_H

#include <nghttp2/nghttp2.h>
#include <string.h>
#include <sys/types.h>

// The members of the union in a frame, which Swift would copy whole.
static inline uint32_t mg_h2_error_code(const nghttp2_frame *frame) {
    if (frame->hd.type == NGHTTP2_GOAWAY) return frame->goaway.error_code;
    return frame->hd.type == NGHTTP2_RST_STREAM ? frame->rst_stream.error_code : 0;
}
static inline int mg_h2_is_request(const nghttp2_frame *frame) {
    return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
}
static inline int mg_h2_ends_stream(const nghttp2_frame *frame) { return (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0; }

// The settings that the server announces: as many streams, so large a window of each, so long a list of fields.
static inline int mg_h2_announce(nghttp2_session *session, uint32_t streams, uint32_t window, uint32_t fields) {
    nghttp2_settings_entry entries[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, fields},
    };
    return nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries, sizeof entries / sizeof *entries);
}

// Body bytes that come from `read`, which is given the stream's number.
static inline int mg_h2_respond(
    nghttp2_session *session, int32_t stream, const nghttp2_nv *fields, size_t count, nghttp2_data_source_read_callback read) {
    nghttp2_data_provider provider = {{0}, read};
    return nghttp2_submit_response(session, stream, fields, count, read ? &provider : NULL);
}

// A field, which nghttp2 copies.
static inline nghttp2_nv mg_h2_field(const uint8_t *name, size_t name_length, const uint8_t *value, size_t value_length) {
    nghttp2_nv field = {(uint8_t *)name, (uint8_t *)value, name_length, value_length, NGHTTP2_NV_FLAG_NONE};
    return field;
}

#endif
