"""Plays the server that plugins are downloaded from, on loopback."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Downloads:
    """Serves the files of a directory, whatever folder they are asked for in, and notes what was asked for.

    It is a proxy as well, so that packages can name a server that the test decides on: `host.invalid`, say.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.asked: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def as_proxy(self) -> dict[str, str]:
        """What lets programs ask this server for everything that is not on loopback."""
        names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
        return dict.fromkeys(names, self.address) | {
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, downloads: Downloads, *arguments: object) -> None:
        self.downloads = downloads
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.downloads.asked.append(self.path)
        file = self.downloads.directory / Path(unquote(urlsplit(self.path).path)).name
        if not file.is_file():
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(file.stat().st_size))
        self.end_headers()
        with file.open("rb") as content:
            shutil.copyfileobj(content, self.wfile)

    def do_CONNECT(self) -> None:
        """Nothing but plugins is to be had."""
        self.downloads.asked.append(self.path)
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(directory: Path) -> Iterator[Downloads]:
    server = Downloads(directory)
    try:
        yield server
    finally:
        server.stop()
