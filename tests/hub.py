"""A loopback stand-in for the Hugging Face hub, read-only, over a folder of generated repositories.

The folder holds `datasets/owner/name/...` and `models/owner/name/...`. Served are the calls that the unmodified client
makes to load a data set or a model: repository info, tree, paths-info, and file contents with ETag, commit and ranges.
Each repository has one state; `pins` names further revisions under which it is served, as a hub would serve a commit.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlparse

__all__ = ["serve"]


def _oid(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class _Repository:
    def __init__(self, name: str, folder: Path, pins: Mapping[str, str]) -> None:
        self.name, self.folder = name, folder
        self.files = {str(p.relative_to(folder)): p for p in sorted(folder.rglob("*")) if p.is_file()}
        self.commit = hashlib.sha1("".join(map(str, self.files)).encode()).hexdigest()
        self.revisions = {"main": self.commit, self.commit: self.commit, **pins, **{c: c for c in pins.values()}}

    def entry(self, path: str) -> dict[str, object]:
        if path not in self.files:
            return {"type": "directory", "path": path, "oid": "0" * 40, "size": 0}
        content = self.files[path].read_bytes()
        return {"type": "file", "path": path, "oid": _oid(content), "size": len(content)}

    def tree(self, below: str, recursive: bool) -> list[dict[str, object]]:
        inside = [path for path in self.files if not below or path.startswith(below + "/")]
        if recursive:
            folders = {str(parent) for path in inside for parent in Path(path).parents if str(parent) != "."}
            return [self.entry(path) for path in sorted({*inside, *folders})]
        depth = len(below.split("/")) if below else 0
        return [self.entry(path) for path in sorted({"/".join(path.split("/")[: depth + 1]) for path in inside})]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    repositories: Mapping[tuple[str, str], _Repository]
    asked: list[str]

    def log_message(self, *arguments: object) -> None:
        self.asked.append(f"{self.command} {self.path}")

    def reply(self, status: int, body: bytes | object = b"", **headers: str) -> None:
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content_Type", "application/json")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, code: str) -> None:
        self.reply(401 if code == "RepoNotFound" else 404, {"error": code}, X_Error_Code=code, X_Error_Message=code)

    def handle_request(self, body: bytes = b"") -> None:
        address = urlparse(self.path)
        parts = [unquote(part) for part in address.path.strip("/").split("/")]
        api = parts[0] == "api"
        if api:
            parts = parts[1:]
        kind = parts.pop(0) if parts[0] in {"datasets", "models"} else "models"
        repository = self.repositories.get((kind, "/".join(parts[:2])))
        if repository is None:
            return self.refuse("RepoNotFound")
        verb, *rest = parts[2:] or ["revision", "main"]
        commit = repository.revisions.get(rest[0] if rest else "main")
        if commit is None:
            return self.refuse("RevisionNotFound")
        if api:
            return self.answer(repository, commit, verb, rest, parse_qs(address.query), body)
        return self.send_file(repository, commit, "/".join(rest[1:]))

    def answer(
        self, here: _Repository, commit: str, verb: str, rest: list[str], query: dict[str, list[str]], body: bytes
    ) -> None:
        if verb == "revision":
            siblings = [{"rfilename": path} for path in here.files]
            info = {"id": here.name, "sha": commit, "private": False, "gated": False, "disabled": False, "tags": []}
            return self.reply(200, {**info, "downloads": 0, "likes": 0, "siblings": siblings})
        if verb == "tree":
            below = "/".join(rest[1:])
            entries = here.tree(below, query.get("recursive", ["false"])[0].lower() in {"true", "1"})
            return self.reply(200, entries) if entries else self.refuse("EntryNotFound")
        if verb == "paths-info":
            try:
                wanted = json.loads(body)["paths"]
            except json.JSONDecodeError:
                wanted = parse_qs(body.decode()).get("paths", [])
            known = [path for path in wanted if any(file == path or file.startswith(path + "/") for file in here.files)]
            return self.reply(200, [here.entry(path) for path in known])
        return self.refuse("EntryNotFound")

    def send_file(self, here: _Repository, commit: str, path: str) -> None:
        if path not in here.files:
            return self.refuse("EntryNotFound")
        content = here.files[path].read_bytes()
        headers = {"ETag": f'"{_oid(content)}"', "X_Repo_Commit": commit, "Accept_Ranges": "bytes"}
        asked = self.headers.get("Range", "")
        if asked.startswith("bytes="):
            first, _, last = asked[6:].partition("-")
            start, end = int(first or 0), int(last) if last else len(content) - 1
            part = content[start : end + 1]
            return self.reply(206, part, **headers, Content_Range=f"bytes {start}-{end}/{len(content)}")
        return self.reply(200, content, **headers)

    def do_GET(self) -> None:
        self.handle_request()

    def do_HEAD(self) -> None:
        self.handle_request()

    def do_POST(self) -> None:
        self.handle_request(self.rfile.read(int(self.headers.get("Content-Length", 0))))


@contextmanager
def serve(root: Path, pins: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Serve the repositories of `root`; yields the address for HF_ENDPOINT and the list of requests so far."""
    found: dict[tuple[str, str], _Repository] = {}
    for kind in ("datasets", "models"):
        for folder in sorted((root / kind).glob("*/*")):
            name = f"{folder.parent.name}/{folder.name}"
            found[kind, name] = _Repository(name, folder, pins.get(name, {}))
    asked: list[str] = []
    handler = type("Handler", (_Handler,), {"repositories": found, "asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
