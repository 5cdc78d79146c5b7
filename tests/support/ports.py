"""Ports of this machine that nobody uses."""

import socket


def free_port() -> int:
    """One of them.

    >>> free_port() > 0
    True
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
