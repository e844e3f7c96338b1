"""Runs command lines in processes that are hit while they change files: `python faulted.py`, one JSON object a line.

Every line {"words", "cwd", "home", "fault", "at"} is run by a fork of this process, which has the libraries loaded and
no thread. The fork counts the moments at which Python changes a file or folder below `cwd` or `home`. With the fault
"kill" it is killed just before number `at`; with "full" that one and all later ones that want room fail as on a full
disk; with "cut" no connection is made from then on. The answer is {"code", "out", "err", "moments"}; the code of a kill
is -9 and its moments are not known.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import tempfile
import traceback
from typing import Any, TextIO

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink")
_ROOM = ("open", "os.mkdir")  # what a full disk refuses; names can be changed and taken away on one


class Hit:
    """Counts the moments below the folders, and does what the fault says at the one that was chosen."""

    def __init__(self, below: tuple[str, ...], fault: str | None, at: int) -> None:
        self.moments = 0
        self._below, self._fault, self._at = below, fault, at

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        """An audit hook, as `sys.addaudithook` calls it."""
        if event == "open":
            if not isinstance(given[2], int) or not given[2] & _WRITES:
                return
        elif event not in _CHANGES:
            return
        if not isinstance(given[0], str | bytes | os.PathLike):
            return
        path = os.path.join(os.getcwd(), os.fsdecode(given[0]))  # noqa: PTH109, PTH118 (a Path would be slow here)
        if not path.startswith(self._below):
            return
        self.moments += 1
        if self.moments < self._at or not self._at:
            return
        if self._fault == "kill" and self.moments == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._fault == "full" and event in _ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)


def child(asked: dict[str, Any], out: TextIO, err: TextIO, told: int) -> int:
    """The run itself, in the fork; its exit code."""
    os.chdir(asked["cwd"])
    os.environ["SYNTH_HOME"] = asked["home"]
    sys.stdout, sys.stderr = out, err
    from synth.cli import main

    hit = Hit((asked["cwd"] + os.sep, asked["home"] + os.sep, asked["home"]), asked.get("fault"), asked.get("at", 0))
    sys.addaudithook(hit)
    try:
        main([str(word) for word in asked["words"]])
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 (whatever it was, it is told)
        traceback.print_exc(file=err)
        code = 1
    os.write(told, str(hit.moments).encode())
    out.flush()
    err.flush()
    return code


def run(asked: dict[str, Any]) -> dict[str, Any]:
    """One line: fork, wait, tell."""
    reading, writing = os.pipe()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = os.fork()
        if not process:
            os._exit(child(asked, out, err, writing))
        os.close(writing)
        moments = os.read(reading, 20)
        os.close(reading)
        _, status = os.waitpid(process, 0)
        out.seek(0)
        err.seek(0)
        return {
            "code": os.waitstatus_to_exitcode(status), "out": out.read(), "err": err.read(),
            "moments": int(moments or 0),
        }  # fmt: skip


if __name__ == "__main__":
    import onnxruntime  # noqa: F401 (loaded here once)
    import tantivy  # noqa: F401
    import tokenizers  # noqa: F401

    from synth import pipeline, refresh, render, watch  # noqa: F401

    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
