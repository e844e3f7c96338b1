"""Papers and pages read a second from a folder of PDFs or JATS files, with and without tables.

python benchmarks/reading_speed.py FOLDER [FOLDER ...]
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from pathlib import Path

from synth import __version__, read


def main() -> None:
    """Read all papers of the folders and print the rates."""
    parser = argparse.ArgumentParser(description="Time the reading of papers.")
    parser.add_argument("folders", type=Path, nargs="+")
    folders = parser.parse_args().folders
    before = time.perf_counter()
    papers, skipped = read.files(folders)
    print(f"{'described':<16} {len(papers) / (time.perf_counter() - before):7.1f} papers/s  ({len(skipped)} skipped)")
    for tables in (False, True):
        before = time.perf_counter()
        texts = [read.paper(paper, tables=tables) for paper in papers]
        seconds = time.perf_counter() - before
        pages = sum(len(text.page_starts) for text in texts)
        name = "with tables" if tables else "text only"
        print(f"{name:<16} {len(papers) / seconds:7.1f} papers/s  {pages / seconds:7.1f} pages/s  of {pages} pages")
    names = ", ".join(folder.name for folder in folders)
    print(
        f"synth {__version__}, {names}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
