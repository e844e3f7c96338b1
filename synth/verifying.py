"""Claims held against texts: the arrows Claim -> Evidence -> Verdict in their order, for a report and for others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from synth import gather, surviving, tabulated, verify, weigh
from synth.reading_on import read_on
from synth.records import Claim, Passage, ReadPaper, Window

if TYPE_CHECKING:
    from synth.models.embedding import Embedder
    from synth.models.verifier import Verifier
    from synth.search import Vectors

__all__ = ["verified", "verified_each"]


def verified(
    claims: Sequence[Claim],
    texts: Sequence[ReadPaper],
    among: Sequence[Passage],
    embedder: Embedder,
    verifier: Verifier,
    vectors: Vectors | None = None,
    step: Callable[[], None] = lambda: None,
    *,
    found: bool = True,
    bar: float = 0.5,
    gone: Mapping[str, str] | None = None,
) -> list[Claim]:
    """The claims with verdict and evidence from `among`, the passages of `texts`; `step` is called once a claim, as
    the readings go on: a claim's share of them all.

    `found` says that a search chose the papers; nobody named them for the claims. `bar` is that of `judgement.judge`.
    No word of the papers in `gone` (`surviving.fallen`) is evidence.
    """
    fallen = gone or {}
    windows = gather.windows(claims, gather.pool(texts, among), embedder, vectors)
    sound = [surviving.sound(own, fallen) for own in windows]
    read = sum(passage.paper_id not in fallen for passage in among)
    sound_texts = [text for text in texts if text.paper.id not in fallen]
    upto = _paced(step, len(claims))
    weighed = weigh.weigh(claims, sound, verifier.model, upto)
    made = [
        _verified(claim, own, sound_texts, read, verifier, found, bar)
        for claim, own in zip(claims, weighed, strict=True)
    ]
    upto(1, 1)
    return made


def verified_each(
    asked: Sequence[tuple[Claim, Sequence[ReadPaper], Sequence[Passage]]],
    embedder: Embedder,
    verifier: Verifier,
    vectors: Vectors | None = None,
    *,
    found: bool = True,
    bar: float = 0.5,
    places: Sequence[Mapping[str, int] | None] | None = None,
) -> list[Claim]:
    """`verified` for claims that are held against papers of their own, all embedded and all read at once.

    `places` are, per claim, those of its papers in the ranking of a search that was made for it (`standing.places`);
    papers that were ranked are read on where they speak (`synth.reading_on`).
    """
    if places is not None and verifier.calibrator is not None:
        weighed = read_on(asked, embedder, verifier.model, verifier.calibrator, vectors)
    else:
        pools = [(claim, gather.pool(texts, among)) for claim, texts, among in asked]
        windows = gather.each(pools, embedder, vectors)
        weighed = weigh.weigh([claim for claim, _, _ in asked], windows, verifier.model)
    return [
        _verified(claim, own, texts, len(among), verifier, found, bar, ranked)
        for (claim, texts, among), own, ranked in zip(asked, weighed, places or [None] * len(asked), strict=True)
    ]


def _verified(
    claim: Claim,
    weighed: Sequence[Window],
    texts: Sequence[ReadPaper],
    read: int,
    verifier: Verifier,
    found: bool,
    bar: float,
    places: Mapping[str, int] | None = None,
) -> Claim:
    """The claim with the word of its windows, and of the tables in `texts`."""
    result, evidence = verify.verdict(
        claim, weighed, verifier.calibrator, read=read, found=found, bar=bar, places=places
    )
    calibrated = verifier.calibrator is not None
    result, evidence = tabulated.weighed(claim, result, evidence, texts, calibrated=calibrated)
    return claim.model_copy(update={"verdict": result, "evidence": evidence})


def _paced(step: Callable[[], None], steps: int) -> Callable[[int, int], None]:
    """Calls `step` up to `steps` times while another count goes from 0 to its total."""
    told = 0

    def upto(done: int, total: int) -> None:
        nonlocal told
        while told < steps and (told + 1) * total <= done * steps:
            told += 1
            step()

    return upto
