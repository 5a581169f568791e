"""Ports of the loopback address, for the programs beside this file."""
import socket, time


def free_port():
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def wait_for(port, folder=None):
    """Waits until somebody listens at `port`, for 10 s at most; `folder` is named as the place where it may be told why nobody does."""
    for _ in range(200):
        try:
            return socket.create_connection(('127.0.0.1', port), 1).close()
        except OSError:
            time.sleep(.05)
    raise SystemExit('nobody listens at %d' % port + ('; see %s' % folder if folder else ''))
