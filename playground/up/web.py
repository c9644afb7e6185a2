"""The web server child: `python -m playground.up.web --fd N [--ready N]`, on a socket that `up` listens on.

`manage.py serve web` runs the same server on a port of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import threading
from collections.abc import Sequence
from typing import Any


def warm() -> None:
    """Load what the first page and the first analysis need; torch alone takes over a second."""
    import gc
    import importlib

    for name in ("playground.urls", "torch"):
        importlib.import_module(name)
    from playground.datasets.services import builtin_entries, open_builtin
    from playground.designs.code import registry_json
    from playground.papers import catalogue

    registry_json(None)
    catalogue.cards()
    for entry in builtin_entries():
        open_builtin(entry.id)
    # What is loaded stays. Without this it is searched for garbage again and again, each time a tenth of a second long.
    gc.collect()
    gc.freeze()


class Server:
    """uvicorn on one socket; tells `up` when it serves. `proxies` are whose word is taken for who asks, and how."""

    def __init__(self, listening: socket.socket, ready: int | None = None, proxies: Sequence[str] = ()) -> None:
        import uvicorn

        from playground.asgi import application

        self.listening, self.ready = listening, ready
        self.server = uvicorn.Server(
            uvicorn.Config(
                application,
                # Django's ASGI handler knows no lifespan.
                lifespan="off",
                log_level="warning",
                log_config=None,
                access_log=False,
                server_header=False,
                # Where nothing stands between us and the browser, a header must not say who it is.
                proxy_headers=bool(proxies),
                forwarded_allow_ips=list(proxies),
                timeout_graceful_shutdown=3,
                ws_max_size=64 * 1024,
            )
        )

    async def serve(self) -> None:
        serving = asyncio.create_task(self.server.serve(sockets=[self.listening]))
        while not self.server.started and not serving.done():
            await asyncio.sleep(0.01)
        if self.server.started:
            self._tell()
            threading.Thread(target=warm, name="warm", daemon=True).start()
        await serving

    def _tell(self) -> None:
        if self.ready is not None:
            os.write(self.ready, b"1")
            os.close(self.ready)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--ready", type=int)
    given = parser.parse_args()
    run(Server(socket.socket(fileno=given.fd), given.ready))


def run(server: Server) -> None:
    """Serve until told to end."""
    try:
        import uvloop

        runner: Any = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    except ImportError:
        runner = asyncio.Runner()
    with runner:
        runner.run(server.serve())


if __name__ == "__main__":
    main()
