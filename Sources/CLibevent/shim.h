// libevent's core, and the few system calls that Glibc's Swift module does not offer.
#ifndef MASTERGATE_CLIBEVENT_SHIM_H
#define MASTERGATE_CLIBEVENT_SHIM_H

// Before any event2 header: event-config.h defines _GNU_SOURCE, and another fd_set than SwiftGlibc's would be seen.
#include <sys/types.h>
#include <sys/time.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <fcntl.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

// Whether the loop waits for the event. event_pending() asks for more, and through a call.
static inline int mg_event_is_added(const struct event *event) {
    return event->ev_evcallback.evcb_flags & EVLIST_INSERTED;
}

static inline int mg_accept(int fd, struct sockaddr_storage *address, socklen_t *length) {
    return accept4(fd, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static inline int mg_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static inline int mg_blocking_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static inline int mg_datagram_socket(void) {
    return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

// To a Unix socket; a name that begins with `@` is one of the abstract namespace.
static inline ssize_t mg_send_to_unix(int fd, const char *name, const void *bytes, size_t count) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    if (length >= sizeof(address.sun_path)) return -1;
    memcpy(address.sun_path, name, length);
    if (name[0] == '@') address.sun_path[0] = 0;
    return sendto(fd, bytes, count, MSG_NOSIGNAL, (const struct sockaddr *)&address,
                  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}

static inline int mg_connect(int fd, const struct sockaddr_storage *address, socklen_t length) {
    return connect(fd, (const struct sockaddr *)address, length);
}

static inline int mg_bind(int fd, const struct sockaddr_storage *address, socklen_t length) {
    return bind(fd, (const struct sockaddr *)address, length);
}

static inline int mg_getsockname(int fd, struct sockaddr_storage *address, socklen_t *length) {
    return getsockname(fd, (struct sockaddr *)address, length);
}

static inline int mg_getpeername(int fd, struct sockaddr_storage *address, socklen_t *length) {
    return getpeername(fd, (struct sockaddr *)address, length);
}

static inline ssize_t mg_send(int fd, const void *bytes, size_t count) {
    return send(fd, bytes, count, MSG_NOSIGNAL);
}

static inline int mg_set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value);
}

// A close that sends RST and throws away what the kernel had not sent yet.
static inline int mg_abort(int fd) {
    struct linger l = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    return close(fd);
}

// Whether the peer has closed its side or the connection is broken, whatever still lies unread before that.
static inline int mg_peer_has_left(int fd) {
    const short rdhup = 0x2000;  // POLLRDHUP, which glibc declares with _GNU_SOURCE only
    struct pollfd p = {fd, rdhup, 0};
    return poll(&p, 1, 0) == 1 && (p.revents & (rdhup | POLLHUP | POLLERR)) != 0;
}

static inline int mg_socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

int pthread_setname_np(pthread_t thread, const char *name);
// The name that top and gdb show; at most 15 characters.
static inline void mg_name_thread(pthread_t thread, const char *name) { pthread_setname_np(thread, name); }

// glibc declares these two with _GNU_SOURCE only, which would change other declarations under Swift's feet.
int pipe2(int ends[2], int flags);
static inline int mg_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

// A second process that goes on in the background; Swift does not let fork be called. -1 on failure, 0 in the child.
static inline int mg_fork(void) { return (int)fork(); }

// To give a file away that was opened by its path alone; both are declared with _GNU_SOURCE only.
static inline int mg_path_only(void) { return 010000000; }
static inline int mg_give_path(int fd, uid_t user, gid_t group) { return fchownat(fd, "", user, group, 0x1000); }

// For a thread that waits for nothing else.
static inline int mg_blocking_eventfd(void) { return eventfd(0, EFD_CLOEXEC); }

int setgroups(size_t count, const gid_t *groups);
// Leaves every group but this one.
static inline int mg_set_only_group(gid_t group) { return setgroups(1, &group); }

static inline int mg_eventfd(void) {
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

// Raises the soft limit of open files to the hard one, and returns what holds then.
static inline unsigned long mg_raise_file_limit(void) {
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0) return 0;
    if (r.rlim_cur < r.rlim_max) {
        rlim_t before = r.rlim_cur;
        r.rlim_cur = r.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &r) != 0) return before;
    }
    return r.rlim_cur;
}

#endif
