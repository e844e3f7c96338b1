"""Readers of strangers' bytes under a fuzzer: any bytes in, a value or the one line of an InputError out, in time.

    python tests/fuzzing.py [TARGET]... [--seconds 60] [--engine atheris|mutation] [--store]

With atheris (no dependency of this project: `pip install atheris`) the lines of this project that a case reaches lead
the search; without it the same seeds are changed blindly, which finds less. `--store` lays what came out into the file
that docs/reliability.md is made from. A fault is told with the bytes that show it.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 10.0  # seconds of one case
_MODULES = (  # loaded, and watched, before the first case
    "synth.read", "synth.audit.documents", "synth.formats.archives", "synth.formats.bibtex", "synth.formats.html",
    "synth.formats.jats", "synth.formats.jsonl", "synth.formats.latex", "synth.formats.markup", "synth.formats.pdf",
    "synth.formats.tei", "synth.formats.tex", "synth.formats.references", "synth.formats.cells", "synth.quantities",
    "synth.sources.arxiv", "synth.lines", "synth.tables.verdict", "synth.facets", "synth.numerals", "synth.scopes",
)  # fmt: skip


class Target(NamedTuple):
    """A reader: what it is given to begin with, what it does with bytes, and what a case must hold."""

    seeds: tuple[bytes, ...]
    work: Callable[[bytes, Path], None]
    words: tuple[bytes, ...] = ()  # pieces of the grammar that a change may put in


def _outcome(work: Callable[[], Any]) -> Any:
    """The value, or the line of an InputError. Anything else is a fault."""
    from synth.errors import InputError

    try:
        return work()
    except InputError as problem:
        told = str(problem)
        assert told.strip()
        assert "\n" not in told, "a message of more than one line"
        return None


def _read(module: str, name: str) -> Callable[[bytes, Path], None]:
    def work(data: bytes, place: Path) -> None:
        file = place / name
        file.write_bytes(data)
        made = _outcome(lambda: import_module(f"synth.formats.{module}").read(file))
        if made is not None:
            assert all(0 <= s.start <= s.end <= len(made.text) for s in made.sections)
            assert all(len(row) == len(table.columns) for table in made.tables for row in table.rows)
            assert type(made).model_validate_json(made.model_dump_json()) == made

    return work


def _listed(module: str, name: str) -> Callable[[bytes, Path], None]:
    def work(data: bytes, place: Path) -> None:
        file = place / name
        file.write_bytes(data)
        _outcome(lambda: [one.model_dump_json() for one in import_module(f"synth.formats.{module}").papers(file)])

    return work


def _card(data: bytes, place: Path) -> None:
    file = place / "card.md"
    file.write_bytes(data)
    _outcome(lambda: import_module("synth.audit.documents").read(file))


def _atom(data: bytes, _: Path) -> None:
    from synth.records import Query
    from synth.replies import Reply

    class Saying:
        def get(self, url: str, *_: object, **__: object) -> Reply:
            return Reply(200, "application/atom+xml", data, url, from_cache=False)

        def forget(self, reply: Reply) -> None:
            """Nothing is kept."""

    query = Query(text="How do pears transfer?", groups=(("pear",),))
    source = import_module("synth.sources").open_source("arxiv", Saying(), environ={})
    found, coverage = source.search(query, 3)
    assert coverage.outcome in ("found", "empty", "failed")
    assert len([paper.model_dump_json() for paper in found]) <= 3


def _latex_table(data: bytes, place: Path) -> None:
    table = b"\\documentclass{a}\\begin{document}\\section{S}Words.\\begin{table}\\caption{C}\\begin{tabular}{lrr}"
    _read("latex", "main.tex")(table + data + b"\\end{tabular}\\end{table}\\end{document}", place)


def _quantities(data: bytes, _: Path) -> None:
    quantities = import_module("synth.quantities")
    text = data.decode("utf-8", "replace")[:600]
    for mention in quantities.mentions(text):
        quantities.quantity(text, mention)


def _pdf_text(data: bytes, place: Path) -> None:
    _read("pdf", "page.pdf")(_pdf(data), place)


def _pdf(content: bytes) -> bytes:
    """A PDF of one page with this content stream."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )  # fmt: skip
    body, starts = bytearray(b"%PDF-1.7\n"), []
    for number, text in enumerate(objects, 1):
        starts.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, text)
    at = len(body)
    body += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % start for start in starts)
    return bytes(body + b"trailer<</Root 1 0 R/Size 6>>\nstartxref\n%d\n%%%%EOF" % at)


_ATOM = (
    b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" '
    b'xmlns:o="http://a9.com/-/spec/opensearch/1.1/"><o:totalResults>1</o:totalResults><entry>'
    b"<id>http://arxiv.org/abs/2101.00001v1</id><title>How pears transfer</title><summary>Pears move.</summary>"
    b"<published>2020-01-01T00:00:00Z</published><updated>2020-01-01T00:00:00Z</updated><author><name>A</name></author>"
    b"</entry></feed>"
)
_JATS = (
    b"<article><front><article-meta><title-group><article-title>Pears</article-title></title-group><abstract><p>We "
    b"count.</p></abstract></article-meta></front><body><sec><title>Results</title><p>Ten pears.</p><table-wrap><table>"
    b'<tr><th>A</th><th colspan="2">B</th></tr><tr><td rowspan="2">1</td><td>2</td><td>3</td></tr></table></table-wrap>'
    b"</sec></body><back><ref-list><ref><mixed-citation>Writer. Pears. 2020.</mixed-citation></ref></ref-list></back>"
    b"</article>"
)
_TEI = (
    b'<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>Pears</title></titleStmt>'
    b"</fileDesc><profileDesc><abstract><p>We count.</p></abstract></profileDesc></teiHeader><text><body><div><head>"
    b"R</head><p>Ten pears.</p><figure type='table'><table><row><cell>1</cell></row></table></figure></div></body>"
    b"</text></TEI>"
)
_HTML = (
    b"<html><head><title>Pears</title></head><body><h1>Pears</h1><h2>Abstract</h2><p>We count &amp; weigh.</p><table>"
    b'<caption>C</caption><tr><th>A</th><td colspan="2">1</td></tr><tr><td rowspan="2">2</td></tr></table></body>'
    b"</html>"
)
_LATEX = (
    b"\\documentclass{article}\\newcommand{\\x}[1]{#1 pears}\\begin{document}\\title{Pears}\\begin{abstract}We count."
    b"\\end{abstract}\\section{Results}\\x{Ten} of $10^2$, \\cite{a}.\\begin{tabular}{l|r}\\hline A & "
    b"\\multicolumn{2}{c}{B} \\\\ 1 & 2\\end{tabular}\\bibliography{refs}\\end{document}"
)
_CARD = (
    b"# Do pears transfer?\n\n**Answer.** They do.\n\nPapers: 2. Claims: 1 (1 verified). Score: 6.0/10\n\n## Claims\n\n"
    b"1. [verified, 80%] Pears transfer by 3.1 points. (Writer 2020)\n\n## References\n\n- Writer, A. Pears. 2020.\n"
)
_XML = (b"<![CDATA[", b"]]>", b"<!--", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"&#0;", b"&#x202e;", b"xmlns='x'")
TARGETS: dict[str, Target] = {
    "archives": Target((b"", b"a.tex"), lambda data, _: _outcome(
        lambda: import_module("synth.formats.archives").unpacked(data)) and None),
    "atom": Target((_ATOM,), _atom, (*_XML, b"<entry>", b"</entry>", b"<id>", b"<published>", b"<link/>")),
    "bibtex": Target((
        b'@string{v = "Pears"}\n@article{a2020, title = {On {P}ears}, author = {A. Writer and B. Second}, year = 2020, '
        b'journal = v # " Letters", doi = "10.1/x"}\n@comment{x}\n@inproceedings(b, title="T")',
    ), _listed("bibtex", "x.bib"), (b"@string{", b"@preamble", b"#", b"{", b"}", b'"', b"= ", b",\n", b"\\'e")),
    "card": Target((_CARD,), _card, (b"## ", b"- ", b"| ", b"[verified", b"%]", b"/10", b"**", b"http://")),
    "html": Target((_HTML,), _read("html", "x.html"), (b"<table>", b"<td colspan='9999999'>", b"</p>", b"<math>",
        b"<script>", b"<!--", b"&#xD800;", b"<h2>")),
    "jats": Target((_JATS,), _read("jats", "x.xml"), (*_XML, b"<sec>", b"<td rowspan='99999'>", b"</sec>", b"<xref/>")),
    "jsonl": Target((
        b'{"id": "a", "title": "Pears", "abstract": "We count.", "authors": ["A"], "year": 2020, "venue": "V"}\n'
        b'{"id": "b", "title": "P", "abstract": ["One.", "Two."], "full_text": "Text", "url": "https://x/y"}\n',
    ), _listed("jsonl", "x.jsonl"), (b"null", b"1e999", b"NaN", b'"\\ud800"', b"[", b"{", b"}\n{", b'"is_retracted":')),
    "latex": Target((_LATEX,), _read("latex", "main.tex"), (b"\\begin{", b"\\end{", b"\\input{main}", b"\\def\\x",
        b"$$", b"\\\\", b"%", b"\\newcommand", b"{", b"}")),
    "latex tables": Target((
        b"\\hline A & B & C \\\\ \\multirow{2}{*}{x} & 1.5 & $\\pm$ 2 \\\\ & \\multicolumn{2}{c}{3} \\\\ \\bottomrule",
    ), _latex_table, (b"&", b"\\\\", b"\\multicolumn{99999}{c}{", b"\\multirow{-9}{*}{", b"\\cmidrule(lr){2-3}", b"}")),
    "pdf": Target((_pdf(b"BT /F1 12 Tf 72 700 Td (Ten pears) Tj ET"),), _read("pdf", "x.pdf"), (b"obj", b"endobj",
        b"<<", b">>", b"/Kids[3 0 R]", b"stream", b"/Count 99999")),
    "pdf text": Target((
        b"BT /F1 12 Tf 72 700 Td (Ten pears in a row) Tj 0 -14 Td (Table 1: pears) Tj ET 72 600 m 300 600 l S",
        b"BT /F1 9 Tf 1 0 0 1 72 500 Tm [(A) -200 (1.5)] TJ 0 -10 Td (References) Tj 0 -10 Td ([1] W. Pears.) Tj ET",
    ), _pdf_text, (b"Tj", b"Td", b"TJ", b"Tm", b"re f", b"1e9 0 0 1e-9 0 0 cm", b"BI", b"q", b"Q", b"(\\377)")),
    "quantities": Target((
        b"We improve by 8.2 points (from 60.1 to 68.3) over XLM-R on PAWS-X, p < 0.05, 1,000 times.",
        "twice as many, ½ of 10^3 ± 2 %, –1.5, 3×10−4, sixty-two to 70.".encode(),
    ), _quantities, (b"%", b" to ", b" by ", b"10^", b"1,000", b" points", "±".encode(), "−".encode(), "²".encode())),
    "tei": Target((_TEI,), _read("tei", "x.xml"), (*_XML, b"<div>", b"<head>", b"<biblStruct>", b"<row>", b"<cell>")),
}  # fmt: skip


class Tally:
    """Cases that were tried and the distinct faults among them, laid down now and then: a fuzzer ends as it likes."""

    def __init__(self, target: Target, place: Path, file: Path | None = None) -> None:
        self.cases = 0
        self.faults: dict[str, str] = {}
        self.slowest = 0.0
        self._target, self._place, self._file = target, place, file

    def __call__(self, data: bytes) -> None:
        """Try one case."""
        began = time.process_time()
        try:
            self._target.work(data, self._place)
        except Exception as problem:  # noqa: BLE001 (that is what is looked for)
            self._fault(_where(problem), data)
        took = time.process_time() - began
        self.slowest = max(self.slowest, took)
        if took > LONGEST:
            self._fault(f"over {LONGEST:g} s", data)
        self.cases += 1
        if self.cases % 100 == 0:
            self.lay()

    def _fault(self, what: str, data: bytes) -> None:
        if what not in self.faults:
            self.faults[what] = base64.b64encode(data).decode()
            self.lay()

    def lay(self) -> None:
        """What is known by now, into the file."""
        if self._file is not None:
            self._file.write_text(json.dumps({"cases": self.cases, "slowest": self.slowest, "faults": self.faults}))


def _where(problem: Exception) -> str:
    """The fault in words: its kind and the last line of this project that it passed."""
    ours = [f for f in traceback.extract_tb(problem.__traceback__) if f"{os.sep}synth{os.sep}" in f.filename]
    at = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "the harness"
    return f"{type(problem).__name__} at {at}"


def mutated(target: Target, draw: random.Random) -> bytes:
    """A seed with a few changes: bytes turned, pieces cut, doubled, moved, words of the grammar put in."""
    data = bytearray(draw.choice(target.seeds))
    for _ in range(draw.randint(1, 8)):
        at, to = sorted(draw.randint(0, len(data)) for _ in range(2))
        to = min(to, at + 64)
        kind = draw.randrange(6)
        if kind == 0 and data:
            data[draw.randrange(len(data))] = draw.randrange(256)
        elif kind == 1:
            del data[at:to]
        elif kind == 2:
            data[at:at] = data[at:to] * draw.choice((1, 1, 2, 30))
        elif kind == 3 and target.words:
            data[at:at] = draw.choice(target.words)
        elif kind == 4:
            data[at:at] = draw.choice(("\u202e", "\u0663", "²", "\x00", "é", "9" * 40, "\n", " ")).encode()
        else:
            piece = data[at:to]
            del data[at:to]
            put = draw.randint(0, len(data))
            data[put:put] = piece
    return bytes(data[:8192])


def by_mutation(target: Target, place: Path, *, cases: int, seed: int = 0, seconds: float = 1e9) -> Tally:
    """So many changed seeds, or as many as there is time for; the same seed gives the same cases."""
    tally, draw, ends = Tally(target, place), random.Random(seed), time.monotonic() + seconds
    for data in target.seeds:
        tally(data)
    while tally.cases < cases and time.monotonic() < ends:
        tally(mutated(target, draw))
    return tally


def by_atheris(name: str, seconds: int, file: Path) -> None:
    """Fuzz one target in this process, which libFuzzer ends."""
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=["synth"]):
        for module in _MODULES:
            with contextlib.suppress(ModuleNotFoundError):
                import_module(module)
    target = TARGETS[name]
    place = file.parent
    seeds = place / "seeds"
    seeds.mkdir()
    for n, seed in enumerate(target.seeds):
        (seeds / str(n)).write_bytes(seed)
    words = place / "words"
    words.write_text("".join(f'"{"".join(f"{chr(92)}x{byte:02x}" for byte in word)}"\n' for word in target.words))
    tally = Tally(target, place, file)
    options = [f"-max_total_time={seconds}", "-max_len=8192", "-timeout=60", "-rss_limit_mb=4096", "-seed=1",
               "-verbosity=0", f"-artifact_prefix={place}/", *([f"-dict={words}"] if target.words else [])]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(seeds)], tally)
    atheris.Fuzz()


def fuzzed(name: str, engine: str, seconds: int) -> dict[str, Any]:
    """One target by one engine, as a line of docs/reliability.md."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tally.json"
        began = time.monotonic()
        if engine == "mutation":
            tally = by_mutation(TARGETS[name], Path(folder), cases=10**9, seconds=seconds)
            found: dict[str, Any] = {"cases": tally.cases, "faults": tally.faults, "slowest": tally.slowest}
        else:
            words = [sys.executable, __file__, name, "--inside", str(file), "--seconds", str(seconds)]
            ended = subprocess.run(words, capture_output=True, text=True, check=False)
            found = json.loads(file.read_text()) if file.is_file() else {"cases": 0, "faults": {}, "slowest": 0.0}
            if ended.returncode:
                found["faults"][f"the fuzzer ended with {ended.returncode}"] = ended.stderr[-600:]
        return {"target": name, "engine": engine, "seconds": round(time.monotonic() - began), **found}


def main() -> int:
    """Fuzz, print a line each, store where that is asked for; 1 where a fault was found."""
    line = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    line.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    line.add_argument("--seconds", type=int, default=60)
    line.add_argument("--engine", choices=("atheris", "mutation"), default="atheris")
    line.add_argument("--store", action="store_true")
    line.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = line.parse_args()
    if given.inside:
        by_atheris(given.targets[0], given.seconds, given.inside)
        return 0
    lost = 0
    for name in given.targets or TARGETS:
        found = fuzzed(name, given.engine, given.seconds)
        print(json.dumps(found), flush=True)
        lost += len(found["faults"])
        if given.store:
            from counting import builder

            page = builder()
            stored = page.stored()
            told = {**found, "faults": len(found["faults"]), "found": "; ".join(found["faults"])}
            told.pop("slowest")
            kept = [one for one in stored.get("fuzzed", []) if (one["target"], one["engine"]) != (name, given.engine)]
            stored["fuzzed"] = sorted([*kept, told], key=lambda one: (one["target"], one["engine"]))
            page.store(stored)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
