"""Claims about which arms come first."""

from __future__ import annotations

from collections.abc import Mapping

from replicate import bootstrap
from replicate.bootstrap import Language
from replicate.decide import Decision
from replicate.ledger import Tested
from replicate.measured import Measured
from replicate.plan import Plan

__all__ = ["rank"]

Arms = Mapping[str, Mapping[Language, Mapping[int, Measured]]]


def rank(tested: Tested, examples: Arms, plan: Plan) -> tuple[Decision, tuple[tuple[str, float], ...]]:
    """The ranking by mean gain, and whether the claimed arms are its top.

    In each bootstrap draw of seeds and examples the arms are ranked again. Replicated when the claimed set is the top
    in at least 95% of the draws, not replicated when in at most 5%, else inconclusive.
    """
    import numpy as np

    seeds = plan.experiment.seeds
    base = examples.get(plan.experiment.baseline, {})
    gains = {}
    for arm in plan.experiment.arms:
        own = examples.get(arm.id, {})
        whole = {task for task, _ in own} == set(plan.experiment.targets)
        if arm.id == plan.experiment.baseline or not whole or not all(len(r) == len(seeds) for r in own.values()):
            continue
        rows = {key: [r[s].examples for s in seeds] for key, r in own.items()}
        other = {key: [r[s].examples for s in seeds] for key, r in base.items()}
        contrasts = bootstrap.contrast(rows, other, count=plan.rule.draws, seed=plan.rule.draw_seed)
        gains[arm.id] = bootstrap.mean([
            bootstrap.mean([c for key, c in contrasts.items() if key[0] == task]) for task in plan.experiment.targets
        ])  # fmt: skip
    ranking = sorted(((name, round(float(g.full.mean()), 4)) for name, g in gains.items()), key=lambda x: (-x[1], x[0]))
    lacking = [name for name in tested.top if name not in gains]
    if lacking or len(gains) <= len(tested.top):
        return Decision("inconclusive", f"not measured in full: {', '.join(lacking) or 'the other arms'}"), tuple(
            ranking
        )
    rng = np.random.default_rng([plan.rule.draw_seed, 2])
    names = sorted(gains)
    stacked = np.stack([gains[name].drawn for name in names])  # [arms, seeds, draws]
    chosen = rng.integers(0, len(seeds), size=(len(seeds), stacked.shape[2]))
    drawn = np.take_along_axis(stacked, chosen[None].repeat(len(names), axis=0), axis=1).mean(axis=1)
    wanted = {names.index(name) for name in tested.top}
    best = np.argsort(-drawn, axis=0, kind="stable")[: len(wanted)]
    share = float(np.mean([set(column) == wanted for column in best.T.tolist()]))
    words = f"{', '.join(tested.top)} are the top in {share:.0%} of the draws"
    if share >= 0.95:
        return Decision("replicated", words), tuple(ranking)
    return Decision("not_replicated" if share <= 0.05 else "inconclusive", words), tuple(ranking)
