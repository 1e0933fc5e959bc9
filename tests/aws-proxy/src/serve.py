"""Serves moto on a free loopback port, which it prints, until its input ends.

Each line of the input is an account to forget.
"""

import sys

from moto.core.base_backend import BackendDict, backend_lock
from moto.core.common_models import BaseModel
from moto.server import ThreadedMotoServer


def forget(account: str) -> None:
    with backend_lock:
        for backend in BackendDict._instances:
            backend.pop(account, None)


# moto keeps a list of all there ever was, which nothing needs here.
BaseModel.__new__ = lambda cls, *_, **__: object.__new__(cls)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
for line in sys.stdin:
    forget(line.strip())
