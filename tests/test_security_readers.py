"""Files from strangers: what a reader of them may do, may open, may fill and may cost."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import Loopback

from synth import fulltext, lines, read
from synth.errors import InputError
from synth.formats import archives, bibtex, html, jats, jsonl, latex, pdf, tei
from synth.formats.apart import KINDS, Apart
from synth.records import Ids, Paper
from synth.replies import Reply, WebFailure

SECRET = "canary-6174"
PAGE = "<html><head><title>T</title></head><body><h1>T</h1><p>Plain words.</p></body></html>"


@pytest.fixture(scope="module")
def child() -> Iterator[Apart]:
    one = Apart(seconds=60)
    yield one
    one.close()


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


# --- the child ----------------------------------------------------------------------------------------------


def test_a_module_beside_the_papers_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of papers that was unpacked from elsewhere may hold modules named as those that readers import."""
    for name in ("lxml", "pymupdf", "pylatexenc", "json", "synth"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    (tmp_path / "page.html").write_text(PAGE)
    monkeypatch.chdir(tmp_path)
    one = Apart(seconds=60)
    assert one.read("html", Path("page.html")).text == "Plain words."
    one.close()
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="what a process was given is told by Linux only")
def test_a_reader_is_given_no_key_and_can_write_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("SYNTH_LIBRARY_TOKEN", SECRET)
    (tmp_path / "page.html").write_text(PAGE)
    one = Apart(seconds=60)
    one.read("html", tmp_path / "page.html")
    assert one._child is not None
    given = Path(f"/proc/{one._child.pid}/environ").read_bytes()
    limits = Path(f"/proc/{one._child.pid}/limits").read_text()
    one.close()
    assert SECRET.encode() not in given
    assert b"PATH=" in given
    assert any(line.split()[:5] == ["Max", "file", "size", "0", "0"] for line in limits.splitlines())


# --- what a file asks to be opened -----------------------------------------------------------------------------


def hostile(folder: Path, origin: str) -> dict[str, Path]:
    """One file of each kind that wants a file of this machine and an address of the web."""
    secret = folder.parent / "secret.txt"
    secret.write_text(SECRET)
    entities = (
        f'[<!ENTITY a SYSTEM "file://{secret}"><!ENTITY b SYSTEM "{origin}/e"><!ENTITY % c SYSTEM "{origin}/p">%c;]'
    )
    jats_text = (
        f'<!DOCTYPE article {entities}><article xmlns:xi="http://www.w3.org/2001/XInclude"><front><article-meta>'
        "<title-group><article-title>Title</article-title></title-group></article-meta></front><body><p>Words &a; &b;."
        f'<xi:include href="file://{secret}" parse="text"/><xi:include href="{origin}/x"/></p></body></article>'
    )
    external = f'<!DOCTYPE TEI SYSTEM "{origin}/tei.dtd"><TEI><text><body><p>Words.</p></body></text></TEI>'
    page = (
        f'<html><head><title>T</title><link rel="stylesheet" href="{origin}/s"><base href="{origin}/"><script src="/j">'
        f'</script></head><body><h1>T</h1><p>Words. <img src="{origin}/i"><iframe src="file://{secret}"></iframe>'
        f'<object data="file://{secret}"></object><!--#include file="{secret}"--></p></body></html>'
    )
    source = (
        r"\documentclass{article}\begin{document}\title{T}\section{S}Words. \input{" + str(secret) + r"} \input "
        + str(secret) + r" \include{../secret.txt} \input{../secret} \input{link.tex} \write18{touch ran} "
        r"\input{|cat " + str(secret) + r"} \verbatiminput{" + str(secret) + r"} \bibliography{../secret,link}"
        r"\end{document}"
    )  # fmt: skip
    (folder / "link.tex").symlink_to(secret)
    (folder / "link.bib").symlink_to(secret)
    (folder / "main.bbl").symlink_to(secret)
    secret.write_text(rf"{SECRET} \begin{{thebibliography}}{{1}}\bibitem{{k}} {SECRET} \end{{thebibliography}}")
    made = {"jats": jats_text, "tei": external, "html": page, "latex": source}
    files = {kind: folder / f"main.{'tex' if kind == 'latex' else kind}" for kind in made}
    for kind, text in made.items():
        files[kind].write_text(text)
    files["pdf"] = folder / "main.pdf"
    files["pdf"].write_bytes(scripted(origin))
    return files


def scripted(origin: str) -> bytes:
    """A PDF with a script, an action on opening, a file in it, a form and a picture that lies elsewhere."""
    content = b"BT /F1 12 Tf 72 700 Td (Plain words of a page.) Tj ET /X Do"
    link = origin.encode()
    return whole_pdf([
        b"<</Type/Catalog/Pages 2 0 R/OpenAction 6 0 R/Names<</EmbeddedFiles<</Names[(a.exe) 7 0 R]>>"
        b"/JavaScript<</Names[(s) 6 0 R]>>>>/AcroForm<</XFA 8 0 R/Fields[]>>/AA<</WC 9 0 R>>>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>/XObject<</X 10 0 R>>>>"
        b"/Contents 4 0 R/AA<</O 9 0 R>>/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A 9 0 R>>]>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</S/JavaScript/JS(app.launchURL\\('%s/js'\\);this.exportDataObject\\({cName:'a.exe',nLaunch:2}\\))>>" % link,
        b"<</Type/Filespec/F(a.exe)/EF<</F 8 0 R>>>>",
        b"<</Length 4>>stream\nMZ..\nendstream",
        b"<</S/Launch/F<</FS/URL/F(%s/launch)>>/Next<</S/SubmitForm/F<</FS/URL/F(%s/form)>>>>>>" % (link, link),
        b"<</Type/XObject/Subtype/Image/Width 1/Height 1/F<</FS/URL/F(%s/image)>>/Length 0>>stream\n\nendstream" % link,
    ])  # fmt: skip


def whole_pdf(objects: list[bytes]) -> bytes:
    body, starts = bytearray(b"%PDF-1.7\n"), []
    for number, text in enumerate(objects, 1):
        starts.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, text)
    at, size = len(body), len(starts) + 1
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    body += b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Root 1 0 R/Size %d>>\n" % (size, table, size)
    return bytes(body + b"startxref\n%d\n%%%%EOF" % at)


def test_a_file_has_nothing_opened_that_it_names(tmp_path: Path, server: Loopback, child: Apart) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    files = hostile(folder, server.origin)
    assert set(files) == set(KINDS)
    before = sorted(tmp_path.rglob("*"))
    for kind, file in files.items():
        try:
            made = child.read(kind, file).model_dump_json()  # type: ignore[arg-type]
        except InputError as problem:
            made = f"words? {problem}" if kind == "jats" else ""  # an entity that is not resolved may end the file
        assert "words" in made.lower(), kind
        assert SECRET not in made, kind
    assert server.asked == []
    assert sorted(tmp_path.rglob("*")) == before


# --- archives ----------------------------------------------------------------------------------------------


def tar(*members: tuple[str, bytes], kind: int = tarfile.GNU_FORMAT, **headers: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=kind) as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size, member.pax_headers = len(content), dict(headers)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def sparse(size: int) -> bytes:
    """The header of a file of `size` bytes that are all holes: 512 bytes that unpack to any number."""
    member = tarfile.TarInfo("main.tex")
    member.type = tarfile.GNUTYPE_SPARSE
    head = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    head[386:410] = b"%011o\0" % 0 * 2
    head[482:495] = b"\0" + b"%011o\0" % size
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + bytes(1024)


@pytest.mark.parametrize(
    "packed",
    [
        sparse(8_000_000_000),
        tar(("main.tex", b"0\n\n\n"), kind=tarfile.PAX_FORMAT,
            **{"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "8000000000"}),
    ],
    ids=["old", "pax"],
)  # fmt: skip
def test_a_file_of_holes_is_passed_over(packed: bytes) -> None:
    start = time.perf_counter()
    assert archives.unpacked(packed) == {}
    assert archives.unpacked(gzip.compress(packed)) == {}
    assert time.perf_counter() - start < 5


def test_names_that_no_folder_can_hold_are_passed_over() -> None:
    packed = tar(
        ("a.tex", b"1"), ("a.tex/b.tex", b"2"), ("c.tex/d.tex", b"3"), ("c.tex", b"4"), ("n" * 250 + ".tex", b"5"),
        ("half-\udcff.tex", b"6"), ("line\nbreak.tex", b"7"), ("\x1b[2J.tex", b"8"), ("a/../../b.tex", b"9"),
    )  # fmt: skip
    assert archives.unpacked(packed) == {"a.tex": b"1", "c.tex/d.tex": b"3"}


class Scripted:
    """A web that gives `source` as every LaTeX source and nothing else, and notes the hosts it was asked for."""

    def __init__(self, source: bytes = b"") -> None:
        self.source, self.asked = source, []

    def get(self, url: str, **more: object) -> Reply:
        self.asked.append(url)
        if "/e-print/" in url and self.source:
            return Reply(200, "application/gzip", self.source, url, from_cache=False)
        raise WebFailure("http", "not there", 404)


def paper(**ids: str) -> Paper:
    return Paper(id="p", title="Title", authors=(), year=None, ids=Ids(**ids), abstract="Words.", source="t")


def test_a_source_with_impossible_names_costs_no_more_than_the_source(tmp_path: Path) -> None:
    main = rb"\documentclass{a}\begin{document}\title{Title}" + b"Words of the paper. " * 200 + rb"\end{document}"
    packed = tar(("a.tex", main), ("a.tex/b.tex", b"2"), ("half-\udcff.tex", b"3"), ("n" * 250 + ".tex", b"4"))
    web = Scripted(gzip.compress(packed))
    got = fulltext.fetch(paper(arxiv="2101.00001"), web, tmp_path, reader=lambda kind,
    file: latex.read(file))  # type: ignore[arg-type]
    assert got.read is not None
    assert got.read.tier == "latex"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "value",
    ["@evil.example/", "../../../etc", "x@127.0.0.1:80/", "//evil.example/", "\\\\evil.example",
    "1\r\nHost: evil.example",
     ".evil.example", "?u=http://evil.example", "#", "%2e%2e/", "http://169.254.169.254/latest"],
)  # fmt: skip
def test_an_id_leads_to_no_other_host(value: str) -> None:
    """Ids come from files of strangers: whatever stands in one, only the services of the list are asked."""
    from urllib.parse import urlsplit

    web = Scripted()
    for ids in ({"arxiv": value}, {"acl": value}, {"doi": f"10.1/{value}"}, {"openalex": value}, {"s2": value}):
        fulltext.fetch(paper(**ids), web)  # type: ignore[arg-type]
    for url in web.asked:
        parts = urlsplit(url)
        assert (parts.scheme, parts.port, parts.username) == ("https", None, None)
        assert parts.hostname in fulltext.HOSTS


# --- what unpacks to more than it is --------------------------------------------------------------------------


@pytest.mark.parametrize("reader", [lines.read, jsonl.papers])
def test_a_zipped_line_without_an_end_is_refused(tmp_path: Path, reader: object) -> None:
    file = tmp_path / "bomb.jsonl.gz"
    file.write_bytes(gzip.compress(b" " * (lines.MAX_LINE + 2), 9))
    assert file.stat().st_size < 100_000
    with pytest.raises(InputError, match=r"bomb\.jsonl\.gz:1: a line of more than 64 MB"):
        list(reader(file))  # type: ignore[operator]


def test_a_file_is_read_as_far_as_its_bound() -> None:
    stream = io.BytesIO(b"one\ntwo\nthree\n")
    with pytest.raises(InputError, match="x:3: more than"):
        list(lines.bounded(Path("x"), stream, line=10, whole=12))
    assert [found for _, found in lines.bounded(Path("x"), io.BytesIO(b"12345\n6"), line=6)] == [b"12345\n", b"6"]


def test_names_that_stand_for_names_do_not_grow_without_end(tmp_path: Path) -> None:
    """Each name stands for ten of the one before: the ninth would be ten gigabytes."""
    names = ['@string{a0 = "xxxxxxxxxx"}']
    names += [f"@string{{a{n + 1} = {' # '.join([f'a{n}'] * 10)}}}" for n in range(9)]
    file = tmp_path / "bomb.bib"
    file.write_text("\n".join([*names, "@article{big, title = a9}", "@article{good, title = {A Title}, note = a1}"]))
    start = time.perf_counter()
    skipped, good = bibtex.papers(file)
    assert "big" in skipped.reason  # type: ignore[union-attr]
    assert good.title == "A Title"  # type: ignore[union-attr]
    inside = "@article{big, title = a2}\n" + "\n".join(names)  # names after an entry, in its own piece of the file
    file.write_text(inside)
    assert len(next(iter(bibtex.papers(file))).title) == 1000  # type: ignore[union-attr]
    assert time.perf_counter() - start < 20


def test_braces_nested_beyond_reason_cost_their_entry_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep.bib"
    file.write_text("@article{deep, title = {" + "{" * 4000 + "}" * 4000 + "}}\n@article{good, title = {A Title}}\n")
    deep, good = bibtex.papers(file)
    assert "deep" in deep.reason  # type: ignore[union-attr]
    assert good.title == "A Title"  # type: ignore[union-attr]


def test_an_entry_longer_than_any_is_not_parsed_and_costs_itself_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its parser takes seconds for a hundred thousand braces: the file is small, and nobody would wait for its end."""
    monkeypatch.setattr(bibtex, "MAX_ENTRY", 2000)
    file = tmp_path / "long.bib"
    long = "@article{long, title = {" + "{a}" * 700 + "}}\n"
    name = "@string{n = {" + "x " * 20_000 + "}}\n"  # a name as long is none
    joined = "@string{m = {" + "x " * 600 + "}}\n@article{joined, title = m # m}\n"
    file.write_text(long + name + joined + "@article{good, title = {A Title}}\n@article{named, title = n}\n")
    long_, joined_, good, named = bibtex.papers(file)
    assert long_.reason == "the entry 'long' is longer than 2,000 characters; close it, or cut it down"  # type: ignore[union-attr]
    assert "'joined'" in joined_.reason  # type: ignore[union-attr]
    assert good.title == "A Title"  # type: ignore[union-attr]
    assert "'named'" in named.reason  # type: ignore[union-attr]


def test_a_bibtex_file_that_takes_too_long_is_given_up_with_what_was_read(tmp_path: Path) -> None:
    file = tmp_path / "slow.bib"
    file.write_text("@article{one, title = {A}}\n@article{two, title = {B}}\n")
    reading = bibtex.papers(file, seconds=3600.0)
    assert next(reading).title == "A"  # type: ignore[union-attr]
    with pytest.raises(InputError, match=r"slow\.bib line 1: reading to here took more than 0 s; give a part of it"):
        list(bibtex.papers(file, seconds=0.0))
    found, skipped = read.files([file])
    assert (len(found), skipped) == (2, ())


def test_a_list_of_authors_that_is_white_space_is_read_at_once(tmp_path: Path) -> None:
    """Looking for "and" behind any amount of white space takes the square of the amount: half a minute for this."""
    file = tmp_path / "blank.jsonl"
    file.write_text(json.dumps({"id": "a", "title": "T", "authors": "A" + " " * 160_000 + "B and C, and D; E"}))
    began = time.process_time()
    (one,) = jsonl.papers(file)
    assert one.authors == ("A B", "C", "D", "E")  # type: ignore[union-attr]
    assert time.process_time() - began < 5


def test_a_file_of_very_many_entries_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "many.bib"
    file.write_text("@a{k,\n" * (bibtex.MAX_ENTRIES + 1))
    with pytest.raises(InputError, match="more than 50,000 entries"):
        list(bibtex.papers(file))


@pytest.mark.parametrize(
    ("kind", "module", "head"),
    [("jats", jats, "<article>"), ("tei", tei, "<TEI>")],
)
def test_entities_of_entities_are_refused(tmp_path: Path, kind: str, module: object, head: str) -> None:
    steps = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    file = tmp_path / "bomb.xml"
    file.write_text(f'<!DOCTYPE x [<!ENTITY e0 "boom">{steps}]>{head}&e12;')
    start = time.perf_counter()
    with pytest.raises(InputError, match=r"bomb\.xml"):
        module.read(file)  # type: ignore[attr-defined]
    assert time.perf_counter() - start < 5


# --- PDF -----------------------------------------------------------------------------------------------------

LOOPS = {
    "a page that is its own parent": [b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Count 1/Kids[2 0 R]/Parent 2 0 R>>"],
    "two nodes that hold each other": [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 2/Kids[3 0 R]>>",
        b"<</Type/Pages/Count 2/Kids[2 0 R]>>"],
    "no pages": [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"],
    "a count that is not true": [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 2147483647/Kids[]>>"],
    "a count below zero": [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count -5/Kids[]>>"],
    "no catalogue": [b"<</Type/Pages/Count 0/Kids[]>>"],
    "a stream that is longer than the file": [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1e30 1e30]/Contents 4 0 R>>",
        b"<</Length 99999999999>>stream\nBT ET\nendstream"],
    "a form that draws itself": [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</XObject<</X 4 0 R>>>>/Contents 4 0 R>>",
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>/Length 5>>stream\n/X Do\n"
        b"endstream"],
}  # fmt: skip


@pytest.mark.parametrize("objects", LOOPS.values(), ids=LOOPS)
def test_a_pdf_whose_parts_do_not_fit_ends(tmp_path: Path, child: Apart, objects: list[bytes]) -> None:
    file = tmp_path / "loop.pdf"
    file.write_bytes(whole_pdf(objects))
    start = time.perf_counter()
    try:
        told = child.read("pdf", file).text
    except InputError as problem:
        told = str(problem)
    assert told == "" or told.startswith(f"{file}: ")
    assert time.perf_counter() - start < 20


def test_a_page_of_a_million_strokes_or_words_ends(tmp_path: Path) -> None:
    strokes = b"".join(b"%d %d m %d %d l S\n" % (n % 600, n % 790, n % 590, n % 780) for n in range(100_000))
    file = tmp_path / "strokes.pdf"
    file.write_bytes(whole_pdf([
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(strokes) + 60,
        strokes + b"BT /F1 9 Tf 72 700 Td (Table 1: Words) Tj ET".ljust(60)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]))  # fmt: skip
    start = time.perf_counter()
    assert "Words" in pdf.read(file).text
    assert time.perf_counter() - start < 60


# --- links in folders -----------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_a_link_that_leads_out_of_a_folder_is_told_and_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "papers", tmp_path / "private.html"
    folder.mkdir()
    outside.write_text(PAGE.replace("Plain words", SECRET))
    (folder / "inside.html").write_text(PAGE)
    (folder / "again.html").symlink_to("inside.html")
    (folder / "leads-out.html").symlink_to(outside)
    (folder / "up").symlink_to(tmp_path, target_is_directory=True)
    papers, skipped = read.files([folder])
    assert not [one for one in papers if one.location and "leads-out" in one.location]
    assert any("leads-out" in one.name and "link" in one.reason for one in skipped)


def test_a_link_that_leads_up_is_no_folder_to_walk(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "one.html").write_text(PAGE)
    (folder / "round").symlink_to(folder, target_is_directory=True)
    (folder / "gone.html").symlink_to(tmp_path / "gone.html")
    (folder / "self.html").symlink_to(folder / "self.html")
    papers, _ = read.files([folder])
    assert len(papers) == 1


def test_a_pipe_named_as_a_paper_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.html")
    with pytest.raises(InputError, match="not a file"):
        read.path(tmp_path / "pipe.html")
    with pytest.raises(InputError, match="no paper in it"):
        read.files([tmp_path])


def test_a_page_is_read_as_it_is(tmp_path: Path, child: Apart) -> None:
    """The control of all above: the same child reads what is harmless."""
    (tmp_path / "page.html").write_text(PAGE)
    assert child.read("html", tmp_path / "page.html") == html.read(tmp_path / "page.html")
