"""moto with what it lacks: each module extends one of its services, and `python -m extended_moto` serves them.

What is about requests and answers in general, such as waits, refusals and faults, is the proxy's, in `../../src`.
"""
