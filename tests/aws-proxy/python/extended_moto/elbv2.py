"""Load balancers: moto changes no TLS listener, and leaves the certificate with a listener that becomes one of HTTP."""

from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeListener

from extended_moto.extending import extend

modify_listener = ELBv2Backend.modify_listener


def change_listener(self: ELBv2Backend, arn: str, port: str, protocol: str, *more: Any) -> FakeListener:
    listener = modify_listener(self, arn, port, None if protocol == "TLS" else protocol, *more)
    if protocol == "TLS":
        listener.protocol = protocol
    if protocol == "HTTP":
        vars(listener).update(certificate=None, certificates=[], ssl_policy=None)
    return listener


extend(ELBv2Backend, "modify_listener", change_listener)
