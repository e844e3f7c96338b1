"""Full texts are fetched from the most exact place that has them, and every place that had none says why."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import Answer, Loopback

from synth import fulltext
from synth.errors import InputError
from synth.formats import archives, html, jats, latex, pdf
from synth.records import Ids, Paper, ReadPaper
from synth.web import Web

TITLE = "Counting Digits With Small Models"
FILLER = " ".join(f"In trial {i} the model counted {i + 3} digits without a mistake." for i in range(40))
ORIGINS = (
    "https://arxiv.org", "https://export.arxiv.org", "https://aclanthology.org", "https://api.openalex.org",
    "https://api.semanticscholar.org", "https://www.ebi.ac.uk",
)  # fmt: skip
PAGE = Answer(
    f"""<html><body><div>arXiv:2001.00001v3 [cs.CL]</div><article class="ltx_document"><h1>{TITLE}</h1>
    <h2>1 Results</h2><p>{FILLER}</p><table><caption>Table 1: Digits</caption>
    <thead><tr><th>Model</th><th>Right</th></tr></thead><tbody><tr><td>small</td><td>91.2</td></tr></tbody></table></article></body></html>""".encode(),
    content_type="text/html; charset=utf-8",
)
TEX = rf"""\documentclass{{article}}\title{{{TITLE}}}\begin{{document}}\maketitle\section{{Results}}
{FILLER}\input{{part}}\end{{document}}"""
MISSING = Answer(b"nothing", status=404, content_type="text/html")


def tar(files: dict[str, bytes], compress: bool = True) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(stream.getvalue()) if compress else stream.getvalue()


SOURCE = Answer(
    tar({"main.tex": TEX.encode(), "part.tex": b"The included part counts too.", "figure.png": b"\x89PNG"}),
    content_type="application/gzip",
)


@pytest.fixture(scope="module")
def printed() -> Answer:
    import pymupdf

    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((60, 80), TITLE, fontsize=16)
    page.insert_textbox((60, 120, 540, 800), FILLER, fontsize=9)
    return Answer(document.tobytes(), content_type="application/pdf")


XML = Answer(
    f"""<article><front><article-meta><title-group><article-title>{TITLE}</article-title></title-group></article-meta>
    </front><body><sec><title>Results</title><p>{FILLER}</p></sec></body></article>""".encode(),
    content_type="application/xml",
)


def here(kind: str, file: Path) -> ReadPaper:
    """The readers in this process: the child has tests of its own."""
    return {"html": html.read, "latex": latex.read, "pdf": pdf.read, "jats": jats.read}[kind](file)


def paper(abstract: str | None = "We count digits.", version: str | None = None, **ids: str) -> Paper:
    return Paper(
        id="p", title=TITLE, authors=("Ada Berg",), year=2020, ids=Ids(**ids), abstract=abstract, version=version,
        source="arxiv",
    )  # fmt: skip


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def fetch(server: Loopback, wanted: Paper, script: dict[str, Answer], **limits: float) -> fulltext.Fetched:
    server.script = {path: [answer] for path, answer in script.items()}
    with Web(
        None, base_urls=dict.fromkeys(ORIGINS, server.origin), intervals=dict.fromkeys(
            [o.removeprefix("https://") for o in ORIGINS], 0.0), retries=0, timeout=(1.0, limits.get("silence", 5.0)),
    ) as web:  # fmt: skip
        return fulltext.fetch(wanted, web, reader=here)


def outcomes(fetched: fulltext.Fetched) -> list[tuple[str, str]]:
    return [(a.place, a.outcome) for a in fetched.attempts]


def test_html_comes_first_and_keeps_tables_and_version(server: Loopback) -> None:
    got = fetch(server, paper(arxiv="2001.00001"), {"/html/2001.00001": PAGE, "/e-print/2001.00001": SOURCE})
    assert outcomes(got) == [("arXiv HTML", "read")]
    assert got.read is not None
    assert (got.read.tier, got.read.paper.tier, got.read.paper.version, got.read.paper.id) == (
        "html",
        "html",
        "v3",
        "p",
    )
    assert got.read.tables[0].rows == (("small", "91.2"),)
    assert "trial 7" in got.read.text
    assert got.reason == "full text from arXiv HTML"
    assert server.asked[0].path == "/html/2001.00001"


def test_the_version_asked_for_is_fetched(server: Loopback) -> None:
    page = Answer(PAGE.body.replace(b"arXiv:2001.00001v3", b""), content_type="text/html")
    got = fetch(server, paper(arxiv="2001.00001", version="v2"), {"/html/2001.00001v2": page})
    assert got.read is not None
    assert got.read.paper.version == "v2"


def test_source_comes_second_with_its_parts(server: Loopback) -> None:
    got = fetch(server, paper(arxiv="2001.00001"), {"/html/2001.00001": MISSING, "/e-print/2001.00001": SOURCE})
    assert outcomes(got) == [("arXiv HTML", "absent"), ("arXiv source", "read")]
    assert got.read is not None
    assert got.read.tier == "latex"
    assert "The included part counts too." in got.read.text


def test_pdf_comes_third(server: Loopback, printed: Answer) -> None:
    got = fetch(server, paper(arxiv="2001.00001"), {"/pdf/2001.00001": printed})
    assert outcomes(got) == [("arXiv HTML", "absent"), ("arXiv source", "absent"), ("arXiv PDF", "read")]


def test_a_source_that_is_a_pdf_is_not_fetched_twice(server: Loopback, printed: Answer) -> None:
    got = fetch(server, paper(arxiv="2001.00001"), {"/e-print/2001.00001": printed})
    assert outcomes(got)[1:] == [("arXiv source", "absent"), ("arXiv PDF", "read")]
    assert server.times("/pdf/2001.00001") == 0


def test_anthology(server: Loopback, printed: Answer) -> None:
    got = fetch(server, paper(acl="2020.made-up.1"), {"/2020.made-up.1.pdf": printed})
    assert outcomes(got) == [("ACL Anthology PDF", "read")]


def test_a_catalogue_leads_to_another_id_or_to_pmc(server: Loopback) -> None:
    entry = {"externalIds": {"ArXiv": "2001.00001"}, "openAccessPdf": None}
    named = Answer(json.dumps(entry).encode())
    path = "/graph/v1/paper/DOI:10.5555/x"
    got = fetch(server, paper(doi="10.5555/x"), {path: named, "/html/2001.00001": PAGE})
    assert outcomes(got) == [("OpenAlex", "absent"), ("Semantic Scholar", "absent"), ("arXiv HTML", "read")]
    other = {"ids": {"pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC77"}, "locations": []}
    got = fetch(
        server,
        paper(doi="10.5555/x"),
        {
            "/works/doi:10.5555/x": Answer(json.dumps(other).encode()),
            "/europepmc/webservices/rest/PMC77/fullTextXML": XML,
        },
    )
    assert outcomes(got)[-1] == ("Europe PMC", "read")


def test_an_address_on_another_host_is_told_and_not_followed(server: Loopback) -> None:
    link = f"{server.origin}/somewhere.pdf"
    entry = {"locations": [{"is_oa": True, "pdf_url": link, "landing_page_url": None}], "ids": {}}
    got = fetch(server, paper(doi="10.5555/x"), {"/works/doi:10.5555/x": Answer(json.dumps(entry).encode())})
    assert ("PDF named by OpenAlex", "not_allowed") in outcomes(got)
    assert server.times("/somewhere.pdf") == 0
    assert got.read is not None
    assert got.read.tier == "abstract"


def test_a_redirect_to_another_host_is_not_followed(server: Loopback) -> None:
    away = Answer(b"", status=302, headers={"Location": "https://elsewhere.example/paper.html"})
    got = fetch(server, paper(arxiv="2001.00001"), {"/html/2001.00001": away, "/e-print/2001.00001": SOURCE})
    assert outcomes(got) == [("arXiv HTML", "not_allowed"), ("arXiv source", "read")]
    assert got.attempts[0].reason == "arxiv.org redirects to elsewhere.example, which may not be asked"
    near = Answer(b"", status=302, headers={"Location": "https://export.arxiv.org/html/2001.00001v3"})
    got = fetch(server, paper(arxiv="2001.00001"), {"/html/2001.00001": near, "/html/2001.00001v3": PAGE})
    assert outcomes(got) == [("arXiv HTML", "read")]


def test_what_is_kept_by_its_bytes_is_not_read_again(server: Loopback) -> None:
    class Kept:
        def __init__(self) -> None:
            self.by_key: dict[str, ReadPaper] = {}

        def reading(self, key: str) -> ReadPaper | None:
            return self.by_key.get(key)

        def keep_reading(self, key: str, paper: ReadPaper) -> None:
            self.by_key[key] = paper

    count = []

    def counting(kind: str, file: Path) -> ReadPaper:
        count.append(kind)
        return here(kind, file)

    kept = Kept()
    server.script = {"/html/2001.00001": [PAGE]}
    with Web(None, base_urls=dict.fromkeys(ORIGINS, server.origin), sleep=lambda _: None) as web:
        for wanted in (paper(arxiv="2001.00001"), paper(abstract=None, arxiv="2001.00001")):
            got = fulltext.fetch(wanted, web, reader=counting, kept=kept)
            assert outcomes(got) == [("arXiv HTML", "read")]
        other = Answer(PAGE.body.replace(b"trial 7", b"trial seven"), content_type="text/html")
        server.script = {"/html/2001.00001": [other]}
        fulltext.fetch(paper(arxiv="2001.00001"), web, reader=counting, kept=kept)
    assert count == ["html", "html"]


@pytest.mark.parametrize(
    ("answer", "outcome", "word"),
    [
        (MISSING, "absent", "not there"),
        (Answer(b"", status=403), "failed", "403"),
        (Answer(b"", status=429), "failed", "429"),
        (Answer(b"", status=500), "failed", "500"),
        (Answer(PAGE.body, content_type="application/json"), "unusable", "application/json"),
        (Answer(PAGE.body, content_type="text/html", cut=200), "failed", "broke off"),
        (Answer(PAGE.body, content_type="text/html", delay=1.5), "failed", "silent"),
        (Answer(b"", status=302, headers={"Location": "/html/2001.00001"}), "failed", "redirects"),
        (Answer(b"<html><body>No HTML of this</body></html>", content_type="text/html"), "unusable", "characters"),
        (
            Answer(PAGE.body.replace(TITLE.encode(), b"Baking Bread"), content_type="text/html"),
            "unusable",
            "another paper",
        ),
        (Answer(b" ", content_type="text/html"), "unusable", "empty"),
    ],
)
def test_what_can_go_wrong_at_a_place(server: Loopback, answer: Answer, outcome: str, word: str) -> None:
    got = fetch(server, paper(arxiv="2001.00001", acl="2020.made-up.1"), {"/html/2001.00001": answer}, silence=0.5)
    assert got.attempts[0].outcome == outcome
    assert word in (got.attempts[0].reason or "")
    assert "/tmp" not in (got.attempts[0].reason or "")
    assert got.read is not None
    assert got.read.tier == "abstract"
    assert got.read.notes[0].startswith("only the abstract was read")


def test_without_an_abstract_there_is_nothing_and_a_reason(server: Loopback) -> None:
    got = fetch(server, paper(abstract=None, arxiv="2001.00001", acl="2020.made-up.1"), {})
    assert got.read is None
    places = "arXiv HTML, arXiv source, arXiv PDF, ACL Anthology PDF"
    assert got.reason == f"no full text ({places}: not there)"
    assert fulltext.fetch(paper(abstract=None), Web(None)).reason.startswith("no full text (no id")


# --- archives -----------------------------------------------------------------------------------------------


def test_unpacking_takes_only_safe_names() -> None:
    files = {"../out.tex": b"x", "/abs.tex": b"x", "a/b.tex": b"kept", "c.png": b"x", "refs.bib": b"kept"}
    assert archives.unpacked(tar(files)) == {"a/b.tex": b"kept", "refs.bib": b"kept"}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        link = tarfile.TarInfo("link.tex")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert archives.unpacked(stream.getvalue()) == {}


def test_one_file_may_come_bare_or_zipped() -> None:
    assert (
        archives.unpacked(gzip.compress(TEX.encode())) == archives.unpacked(TEX.encode()) == {"main.tex": TEX.encode()}
    )


@pytest.mark.parametrize(
    ("packed", "word"),
    [
        (gzip.compress(b"0" * 70_000_000, 9), "more than"),
        (tar({f"{i}.tex": b"" for i in range(3100)}), "files"),
        (gzip.compress(TEX.encode())[:-40], "broken"),
        (tar({"a.tex": b"x" * 5000}, compress=False)[:3000], "broken"),
    ],
)
def test_bombs_and_broken_archives_end_in_a_line(packed: bytes, word: str) -> None:
    with pytest.raises(InputError, match=word):
        archives.unpacked(packed)
