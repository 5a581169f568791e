// OpenSSL 3, with the macros that Swift cannot import written as functions.
#ifndef MASTERGATE_COPENSSL_SHIM_H
#define MASTERGATE_COPENSSL_SHIM_H

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// An encrypted key is an error: nobody sits there to type its passphrase.
static inline int mg_ssl_no_passphrase(char *buffer, int size, int writing, void *context) {
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1;
}

// Neither renegotiation nor compression, and writes that suit a non-blocking socket.
static inline void mg_ssl_prepare(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_passwd_cb(context, mg_ssl_no_passphrase);
}

// From which version on, and with which ciphers; an empty list leaves OpenSSL's own. What a list names that OpenSSL does not know
// it passes over, but for a list of nothing else.
static inline int mg_ssl_set_strength(SSL_CTX *context, int modern_only, const char *ciphers, const char *suites) {
    if (SSL_CTX_set_min_proto_version(context, modern_only ? TLS1_3_VERSION : TLS1_2_VERSION) != 1) return 0;
    if (*ciphers && SSL_CTX_set_cipher_list(context, ciphers) != 1) return 0;
    return *suites == 0 || SSL_CTX_set_ciphersuites(context, suites) == 1;
}

static inline int mg_ssl_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

// Of the protocols that a client offers (RFC 7301), HTTP/2 where it is among them, else HTTP/1.1. Who offers neither is served as if
// it had offered none.
static inline int mg_ssl_choose_http(SSL *ssl, const unsigned char **chosen, unsigned char *length, const unsigned char *offered, unsigned int count, void *context) {
    static const unsigned char ours[] = "\2h2\10http/1.1";
    (void)ssl, (void)context;
    unsigned char *match = NULL;
    if (SSL_select_next_proto(&match, length, ours, sizeof ours - 1, offered, count) != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
    *chosen = match;
    return SSL_TLSEXT_ERR_OK;
}
static inline void mg_ssl_offer_http2(SSL_CTX *context) { SSL_CTX_set_alpn_select_cb(context, mg_ssl_choose_http, NULL); }

static inline int mg_ssl_speaks_h2(const SSL *ssl) {
    const unsigned char *name = NULL;
    unsigned int length = 0;
    SSL_get0_alpn_selected(ssl, &name, &length);
    return length == 2 && memcmp(name, "h2", 2) == 0;
}

// Sessions are taken up again by tickets, which the clients keep; here nothing piles up. OpenSSL wants a name for the tickets'
// context where clients show certificates.
static inline int mg_ssl_keep_no_sessions(SSL_CTX *context) {
    static const unsigned char name[] = "mastergate";
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_session_id_context(context, name, sizeof name - 1);
}

// The one-shot forms allocate nothing and look nothing up, which the newer ones do at each call.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
// Nothing here is secret, so a short text is made the one block that it is by hand (RFC 1321, section 3.1), and nothing is wiped behind it.
static inline void mg_md5(const void *data, size_t length, unsigned char *digest) {
    if (length >= MD5_CBLOCK - 8) {
        MD5(data, length, digest);
        return;
    }
    unsigned char block[MD5_CBLOCK] = {0};
    if (length > 0) memcpy(block, data, length);
    block[length] = 0x80;
    size_t bits = length << 3;
    block[MD5_CBLOCK - 8] = (unsigned char)bits;
    block[MD5_CBLOCK - 7] = (unsigned char)(bits >> 8);
    MD5_CTX state;
    MD5_Init(&state);
    MD5_Transform(&state, block);
    unsigned int words[4] = {state.A, state.B, state.C, state.D};
    for (int word = 0; word < 4; word++) {
        for (int byte = 0; byte < 4; byte++) digest[4 * word + byte] = (unsigned char)(words[word] >> (8 * byte));
    }
}
static inline void mg_sha1(const void *data, size_t length, unsigned char *digest) { SHA1(data, length, digest); }
#pragma GCC diagnostic pop

// The reason of an error in words; NULL where OpenSSL has none.
static inline const char *mg_ssl_reason(unsigned long code) {
    return ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
}

#endif
