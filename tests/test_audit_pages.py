"""The pages of an audit: claims are linked where they are named, nothing is told twice, and paper gets whole pages."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import pytest
from test_audit_findings import BASE, OTHER, PEPPER, SALT, Case, card, claim, found, quote, verdict

from synth.audit import pages
from synth.audit.stated import Audit, AuditAnswer, AuditedClaim, CardFacts, CitedPaper, Finding, Stated
from synth.audit.view import view
from synth.records import Evidence, Verdict

ANSWER = "No paper that was read studies salt and stew together. Nearest evidence: Salt helps [2]."


def finding(message: str, *indexes: int, kind: Any = "overclaim") -> Finding:
    return Finding(kind=kind, severity="medium", message=message, claim_indexes=indexes)


def audited(index: int, *evidence: Evidence, label: Any = "supported", cut: bool = False) -> AuditedClaim:
    made: Verdict = verdict(label)
    return AuditedClaim(
        index=index, text=SALT, cut=cut, stated_verified=True, stated_confidence=0.2, verdict=made,
        evidence=evidence, same_as=None,
    )  # fmt: skip


def audit(*findings: Finding, claims: tuple[AuditedClaim, ...] | None = None) -> Audit:
    return Audit(
        file="card.txt",
        card=CardFacts(title="On Soup", question="Does salt help stew?", date=None, stated=Stated()),
        claims=claims if claims is not None else tuple(audited(n, quote(SALT)) for n in (1, 2, 3, 11)),
        findings=findings, answer=AuditAnswer(status="not_studied", text=ANSWER),
        references=(CitedPaper(number=1, raw="Reference 1", version=None, held=(), base=False),), papers=(), notes=(),
    )  # fmt: skip


# --- findings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "texts", "cut", "said"),
    [
        ("Does intermediate-task training help XLM-R on PAWS-X?", ("Intermediate-task training helps XLM-R.",), False,
         "does not say so: no claim speaks of PAWS-X."),
        ("Does intermediate-task training help XLM-R on PAWS-X?", ("Intermediate-task training helps.",), True,
         "does not say so: no claim, as far as it is printed, speaks of XLM-R or PAWS-X."),
        # each is named, if apart: what lacks is their being studied together, which the answer tells
        ("Does intermediate-task training help XLM-R on PAWS-X?", ("Intermediate-task training helps.",
                                                                   "XLM-R is large.", "PAWS-X is hard."), False,
         "does not say so."),
    ],
)  # fmt: skip
def test_an_unanswered_question_names_what_no_claim_speaks_of(
    question: str, texts: tuple[str, ...], cut: bool, said: str
) -> None:
    told = card(*(claim(n, text, cut=cut) for n, text in enumerate(texts, 1)), question=question)
    (one,) = (f for f in found(Case(told, status="not_studied", spoken=False)) if f.kind == "question_not_answered")
    assert one.message.endswith(said)
    assert "As told." not in one.message  # the answer stands in the answer


def test_the_last_piece_of_a_claim_that_breaks_off_breaks_off_too() -> None:
    text = "Salt improves the score of taste models, whereas pepper reduces the scores of the ben"
    (one,) = (f for f in found(Case(card(claim(1, text, cut=True)))) if f.kind == "compound_claim")
    assert "“Salt improves the score of taste models”; “Pepper reduces the scores ...”" in one.message


def test_a_claim_rejected_though_true_is_shown_with_what_its_own_paper_says() -> None:
    wide = quote("SoupBench holds nine tasks, and salt raises the score of models.", paper=OTHER, independent=True)
    own = quote("The authors test salt.")
    case = Case(card(claim(1, SALT, False)), {1: verdict("supported")}, {1: (wide, own)}, (BASE, OTHER))
    (one,) = (f for f in found(case) if f.kind == "true_claim_rejected")
    assert "The authors test salt" in one.message
    case = case._replace(evidence={1: (wide,)})
    (one,) = (f for f in found(case) if f.kind == "true_claim_rejected")
    assert "SoupBench holds nine tasks" in one.message


# --- the page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "indexes", "linked", "left"),
    [
        ("Claim 1 says more than its source.", (1,), [1], ()),
        ("Claims 1, 2 and 3: marked as verified.", (1, 2, 3), [1, 2, 3], ()),
        ("Claim 2 says the same as claim 11.", (2, 11), [2, 11], ()),
        # a claim of another report, a reference and a count are none of this report's claims
        ("Claim 2 is marked; claim 11 of other.txt and claim 1 of third.txt say it.", (2,), [2], ()),
        ("Reference 1 was retracted.", (1, 3), [], (1, 3)),
        ("Claim 1 breaks off after 11 characters.", (1,), [1], ()),
        ("12 papers are named.", (), [], ()),
        ("Claims 1, 2 ...: too many.", tuple(range(1, 20)), [1, 2], ()),
    ],
)
def test_a_finding_links_the_claims_that_it_names(
    message: str, indexes: tuple[int, ...], linked: list[int], left: tuple[int, ...]
) -> None:
    (group,) = view(audit(finding(message, *indexes))).groups
    (told,) = group.findings
    assert "".join(text for text, _ in told.parts) == message
    assert [index for _, index in told.parts if index is not None] == linked
    assert all(text == str(index) for text, index in told.parts if index is not None)
    assert told.shown_indexes == left


def test_the_answer_links_the_claims_it_rests_on_and_is_told_once() -> None:
    page = pages.to_html(audit(finding("The claims do not answer it.", kind="question_not_answered"))).decode()
    assert '[<a href="#claim-2">2</a>]' in page
    assert page.count("Nearest evidence") == 1


def test_that_a_claim_breaks_off_is_told_in_the_list_and_marked_in_place() -> None:
    one = audited(1, quote(SALT), cut=True)
    page = pages.to_html(audit(finding("Claim 1 breaks off.", 1, kind="claim_cut"), claims=(one,))).decode()
    assert page.count("breaks off") == 2
    assert "[breaks off]" in page


def test_quotes_that_take_no_side_are_left_out_beside_a_verdict_that_takes_one() -> None:
    aside = quote(PEPPER, "neutral", OTHER, independent=True)
    decided, open_ = (view(audit(claims=(audited(1, quote(SALT), aside, label=label),))).claims[0]
                      for label in ("supported", "not_enough_evidence"))  # fmt: skip
    assert [q.text for q in decided.quotes] == [SALT]
    assert decided.aside == "Quotes that take no side, in audit.json: 1"
    alone = view(audit(claims=(audited(1, aside, label="not_enough_evidence"),))).claims[0]
    assert ([q.text for q in alone.quotes], alone.aside) == ([PEPPER], "")
    assert len(open_.quotes) == 1


def test_links_are_made_by_the_page_and_not_by_the_text() -> None:
    order = 'Claim 1 says “<a href="#claim-2">claim 3</a>”.'
    page = pages.to_html(audit(finding(order, 1))).decode()
    assert "&lt;a href=" in page
    assert '<a href="#claim-1">1</a>' in page
    assert '“<a href="#claim-2">' not in page


# --- on paper -------------------------------------------------------------------------------------------------------

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.slow
@pytest.mark.skipif(not (_CHROMIUM and importlib.util.find_spec("playwright")), reason="needs Chromium and playwright")
def test_printed_pages_are_filled(tmp_path: Path) -> None:
    """Claims with many quotes go on over the page's end: no page but the last is left half empty."""
    import pymupdf
    from playwright.sync_api import sync_playwright

    many = tuple(quote(f"{SALT} It was seen in kitchen {n}, where cooks weighed it.", "neutral") for n in range(14))
    claims = tuple(audited(n, *many, label="not_enough_evidence") for n in range(1, 8))
    file = tmp_path / "audit.html"
    file.write_bytes(pages.to_html(audit(claims=claims)))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"], timeout=180_000)
        page = browser.new_page()
        page.goto(file.as_uri(), timeout=180_000)
        page.pdf(path=tmp_path / "audit.pdf", format="A4", prefer_css_page_size=True)
        browser.close()
    with pymupdf.open(tmp_path / "audit.pdf") as made:
        filled = [max(block[3] for block in page.get_text("blocks")) / page.rect.height for page in made]
        edges = [min(block[0] for block in page.get_text("blocks")) for page in made]
    assert len(filled) > 4
    assert min(filled[:-1]) > 0.8
    assert min(edges) > 40  # points: print has margins of its own
