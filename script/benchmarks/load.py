"""A small load generator: raw sockets, one connection a request as gunicorn's sync workers want it, no parsing.

A few requests are always on their way, so that no worker waits for us. Two processes; what they can do at most is
measured against a server that says "ok" without looking.
"""

from __future__ import annotations

import multiprocessing
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

PROCESSES = 2
IN_FLIGHT = 2
"""Requests each process keeps on their way."""

_CONTEXT = multiprocessing.get_context("fork")
_REPLY = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True)
class Visitor:
    """Requests sent one after the other, again and again or once, and the status every one of them must get."""

    requests: tuple[bytes, ...]
    status: bytes
    once: bool = False


class AnswerUnexpected(Exception):
    """A server answered with another status than the visitor expects."""


def make_request(method: str, cookie: str = "", body: bytes = b"") -> bytes:
    """The bytes of a request to ``/`` as a browser's essential ones."""
    head = f"{method} / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAccept-Language: en\r\n"
    if cookie:
        head += f"Cookie: {cookie}\r\n"
    if method == "POST":
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def exchange(port: int, request: bytes) -> bytes:
    """Send one request and read the whole answer."""
    with _send(port, request) as connection:
        return _receive(connection)


def compute_rate(port: int, visitors: Sequence[Visitor], seconds: float) -> float:
    """Requests answered per second; visitors that come once are all served, whatever the seconds.

    Raises AnswerUnexpected.
    """
    pipes = []
    children = []
    for number in range(PROCESSES):
        mine, its = _CONTEXT.Pipe(duplex=False)
        share = visitors[number::PROCESSES]
        child = _CONTEXT.Process(target=_run, args=(its, port, share, seconds), daemon=True)
        child.start()
        its.close()
        pipes.append(mine)
        children.append(child)
    outcomes = [pipe.recv() for pipe in pipes]
    for child in children:
        child.join()
    wrong = [said for _, _, said in outcomes if said]
    if wrong:
        raise AnswerUnexpected(wrong[0])
    return float(sum(count / taken for count, taken, _ in outcomes if taken))


@contextmanager
def serve_nothing() -> Iterator[int]:
    """A server that answers every connection with the same bytes; gives its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        child = _CONTEXT.Process(target=_reply, args=(listener,), daemon=True)
        child.start()
        try:
            yield listener.getsockname()[1]
        finally:
            child.kill()
            child.join()


def _reply(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        connection.recv(65536)
        connection.sendall(_REPLY)
        connection.close()


def _run(pipe: Connection, port: int, visitors: Sequence[Visitor], seconds: float) -> None:
    outcome: tuple[int, float, str]
    try:
        outcome = (*_visit(port, visitors, seconds), "")
    except (AnswerUnexpected, OSError) as error:
        outcome = (0, 0.0, f"{type(error).__name__}: {error}")
    pipe.send(outcome)


def _visit(port: int, visitors: Sequence[Visitor], seconds: float) -> tuple[int, float]:
    waiting = deque((visitor, 0) for visitor in visitors)
    open_: deque[tuple[socket.socket, Visitor, int]] = deque()
    start = time.perf_counter()
    end, count = start + seconds, 0
    last = start
    while open_ or (waiting and (waiting[0][0].once or last < end)):
        while waiting and len(open_) < IN_FLIGHT and (waiting[0][0].once or last < end):
            visitor, place = waiting.popleft()
            open_.append((_send(port, visitor.requests[place]), visitor, place))
        connection, visitor, place = open_.popleft()
        answer = _receive(connection)
        connection.close()
        if answer[9:12] != visitor.status:
            raise AnswerUnexpected(answer[:200].decode("latin-1"))
        last = time.perf_counter()
        count += 1
        place += 1
        if place < len(visitor.requests):
            waiting.append((visitor, place))
        elif not visitor.once:
            waiting.append((visitor, 0))
    return count, last - start


def _send(port: int, request: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(request)
    return connection


def _receive(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)
