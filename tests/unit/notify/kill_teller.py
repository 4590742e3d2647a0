"""Publish and tell in a child, kill it at a random moment; as a program of its own.

Usage: ``python -m tests.unit.notify.kill_teller FOLDER ROUNDS SEED``; prints counts as JSON.
Apart from the test because it forks, which only a process of one thread may do safely. The
receiver is a process of its own, which writes down each letter before it answers.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socketserver
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from tests.interop.loopback import free_port
from tests.interop.receivers import project_of, publish, shelf_of


def serve(port: int, book: Path) -> None:
    """Take mail as a server does that is slow to answer; write down each as it is taken."""

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                word = line[:4].upper()
                if word == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                self.wfile.write(b"354 go on\r\n" if word == b"DATA" else b"250 ok\r\n")
                if word == b"DATA":
                    self.take()

        def take(self) -> None:
            text = b""
            while not text.endswith(b"\r\n.\r\n"):
                piece = self.rfile.readline()
                if not piece:
                    return  # cut off before its end: not taken
                text += piece
            mark = next(row for row in text.splitlines() if row.startswith(b"Message-ID"))
            with book.open("ab") as written:
                written.write(mark + b"\n")
            self.wfile.write(b"250 taken\r\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A killed client hangs up; that is what this is about."""

    with Server(("127.0.0.1", port), Session) as server:
        server.serve_forever()


def tell(folder: Path, number: int, port: int) -> None:
    from reportgen.report import NotifyRule

    rule = NotifyRule(to="mailto:team@example.com", page="none")
    shelf, _ = shelf_of(replace(project_of(folder, rule, port=port)))
    publish(
        shelf, folder / f"render-{os.getpid()}", f"20{number // 50 + 13}-W{number % 50 + 1:02}"
    )


def main(folder: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    port, book = free_port(), folder / "book.txt"
    receiver = os.fork()
    if receiver == 0:
        serve(port, book)
    time.sleep(0.5)
    try:
        began = time.monotonic()
        tell(folder, 0, port)
        longest_s = 1.5 * (time.monotonic() - began) + 0.1
        for number in range(1, rounds + 1):
            child = os.fork()
            if child == 0:
                tell(folder, number, port)
                os._exit(0)
            time.sleep(chance.uniform(0, longest_s))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        tell(folder, rounds + 1, port)
        from reportgen.report import NotifyRule

        rule = NotifyRule(to="mailto:team@example.com", page="none")
        shelf, _ = shelf_of(project_of(folder, rule, port=port))
        shelf.refresh()
        counts = Counter(entry.state for entry in shelf.outbox.entries(finished=True))
        told = Counter(book.read_text().splitlines())
        print(
            json.dumps(
                {
                    "published": len(shelf.editions()),
                    "told": len(told),
                    "twice": sum(times > 1 for times in told.values()),
                    "last": told.most_common()[-1][1],
                    **{state.replace(" ", "_"): count for state, count in counts.items()},
                }
            )
        )
    finally:
        os.kill(receiver, signal.SIGKILL)
        os.waitpid(receiver, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
