"""Each operation on tables that can be checked by hand."""

from __future__ import annotations

import pytest

from synth.records import Table
from synth.tables import grid as grids
from synth.tables.operations import NAMES, readings
from synth.tables.ordering import lower_is_better
from synth.tables.scene import Reading, scene

MODELS = Table(
    label=None,
    caption="Results on the test set",
    page=None,
    columns=("Model", "Accuracy (%)", "Perplexity", "Parameters", "Family"),
    rows=(
        ("Alder", "81.2", "12.0", "110", "encoder"),
        ("Birch", "**84.5** ± 0.3", "10.5", "340", "encoder"),
        ("Cedar", "79.0", "15.1", "110", "decoder"),
        ("Dogwood", "n/a", "18.4", "60", "decoder"),
    ),
)
SPLITS = Table(
    label=None,
    caption="Sizes of the data sets",
    page=None,
    columns=("Data set", "Train", "Development", "Test"),
    rows=(("Heron", "1,000", "200", "300"), ("Ibis", "2,500", "200", "400")),
)
DOSES = Table(
    label=None,
    caption="Response by dose",
    page=None,
    columns=("Dose", "Response", "Weight"),
    rows=(("1 mg", "10", "9"), ("2 mg", "20", "7"), ("4 mg", "35", "6"), ("8 mg", "50", "2")),
)


def read(claim: str, table: Table, *operations: str) -> list[Reading]:
    assert set(operations) <= set(NAMES)
    found = readings(scene(claim, grids.read(table)))
    return sorted((x for x in found if x.operation in operations), key=lambda x: -x.quality)


CASES = [
    # lookups
    ("The accuracy of Birch is 84.5.", MODELS, "lookup", True, (1, 1)),
    ("The accuracy of Birch is 81.2.", MODELS, "lookup", False, (1, 1)),
    ("The accuracy of Birch is 81.2.", MODELS, "elsewhere", False, (0, 1)),
    ("The accuracy of Birch is 66.6.", MODELS, "nowhere", False, (1, 1)),
    ("Heron has 1000 training examples.", SPLITS, "lookup", True, (0, 1)),
    ("Alder is an encoder.", MODELS, "words", True, (0, 4)),
    ("Alder is a decoder.", MODELS, "words", False, (0, 4)),
    ("The accuracy of Dogwood is not given.", MODELS, "absent", True, (3, 1)),
    ("The accuracy of Birch is not given.", MODELS, "absent", False, (1, 1)),
    # extremes
    ("Birch has the highest accuracy.", MODELS, "extreme_item", True, (1, 1)),
    ("Alder has the highest accuracy.", MODELS, "extreme_item", False, (1, 1)),
    ("Cedar has the lowest accuracy.", MODELS, "extreme_item", True, (2, 1)),
    ("Alder has the second highest accuracy.", MODELS, "extreme_item", True, (0, 1)),
    ("Cedar has the second highest accuracy.", MODELS, "extreme_item", False, (0, 1)),
    ("The highest accuracy is 84.5.", MODELS, "extreme_number", True, (1, 1)),
    ("The highest accuracy is 81.2.", MODELS, "extreme_number", False, (1, 1)),
    ("Birch has the best perplexity.", MODELS, "extreme_item", True, (1, 2)),
    ("Dogwood has the best perplexity.", MODELS, "extreme_item", False, (1, 2)),
    ("Birch has the best accuracy.", MODELS, "extreme_item", True, (1, 1)),
    ("For Heron, the train part is the largest.", SPLITS, "extreme_item", True, (0, 1)),
    ("For Heron, the test part is the largest.", SPLITS, "extreme_item", False, (0, 1)),
    # comparisons
    ("Birch has a higher accuracy than Alder.", MODELS, "compare", True, (1, 1)),
    ("Alder has a higher accuracy than Birch.", MODELS, "compare", False, (0, 1)),
    ("Alder has a lower perplexity than Cedar.", MODELS, "compare", True, (0, 2)),
    ("Birch has a better perplexity than Cedar.", MODELS, "compare", True, (1, 2)),
    ("Birch does not have a higher accuracy than Alder.", MODELS, "compare", False, (1, 1)),
    ("Birch has more than 300 parameters.", MODELS, "threshold", True, (1, 3)),
    ("Alder has more than 300 parameters.", MODELS, "threshold", False, (0, 3)),
    # counts
    ("There are four models.", MODELS, "count_names", True, (0, 0)),
    ("There are 5 models.", MODELS, "count_names", False, (0, 0)),
    ("There are two different families.", MODELS, "count_names", True, (0, 4)),
    ("The table has 5 columns.", MODELS, "count_lines", True, None),
    ("The table has 7 columns.", MODELS, "count_lines", False, None),
    ("Two models are of the encoder family.", MODELS, "count_cells", True, (0, 4)),
    ("Three models are of the encoder family.", MODELS, "count_cells", False, None),
    ("2 models have a perplexity of more than 14.", MODELS, "count_beyond", True, (2, 2)),
    ("3 models have a perplexity of more than 14.", MODELS, "count_beyond", False, None),
    # sameness and quantifiers
    ("Alder and Cedar have the same parameters.", MODELS, "same_pair", True, (0, 3)),
    ("Alder and Birch have the same parameters.", MODELS, "same_pair", False, (0, 3)),
    ("The development size is the same for all.", SPLITS, "same_all", True, (0, 2)),
    ("The test size is the same for all.", SPLITS, "same_all", False, (0, 3)),
    ("The values of perplexity are unique.", MODELS, "same_all", True, (0, 2)),
    ("The values of parameters are unique.", MODELS, "same_all", False, (0, 3)),
    ("All models are of the encoder family.", MODELS, "all", False, (0, 4)),
    ("No model is an encoder.", MODELS, "none", False, (0, 4)),
    ("All perplexity values are above 10.", MODELS, "all_numbers", True, (0, 2)),
    ("All perplexity values are above 11.", MODELS, "all_numbers", False, (0, 2)),
    # arithmetic
    ("The total train size is 3500.", SPLITS, "sum", True, (0, 1)),
    ("The total train size is 3600.", SPLITS, "sum", False, (0, 1)),
    ("The average response is 28.75.", DOSES, "mean", True, (0, 1)),
    ("The average response is 30.75.", DOSES, "mean", False, (0, 1)),
    ("The difference in accuracy between Birch and Alder is 3.3.", MODELS, "difference", True, (1, 1)),
    ("The difference in accuracy between Birch and Alder is 5.3.", MODELS, "difference", False, (1, 1)),
    ("Birch is 3.3 points above Alder in accuracy.", MODELS, "difference", True, (1, 1)),
    ("Alder is 3.3 points above Birch in accuracy.", MODELS, "difference", False, (1, 1)),
    ("Birch has a better perplexity than Alder by 1.5.", MODELS, "difference", True, (1, 2)),
    ("Alder has a better perplexity than Birch by 1.5.", MODELS, "difference", False, (1, 2)),
    ("The response at 2 mg is twice the response at 1 mg.", DOSES, "ratio", True, None),
    ("The response at 1 mg is twice the response at 2 mg.", DOSES, "ratio", False, None),
    ("The response at 1 mg is half the response at 2 mg.", DOSES, "ratio", True, None),
    # ranges and trends
    ("The perplexity ranges from 10.5 to 18.4.", MODELS, "range", True, (1, 2)),
    ("The perplexity ranges from 10.5 to 15.1.", MODELS, "range", False, (1, 2)),
    ("The response increases with the dose.", DOSES, "trend", True, (0, 1)),
    ("The weight increases with the dose.", DOSES, "trend", False, (0, 2)),
    ("The weight decreases with the dose.", DOSES, "trend", True, (0, 2)),
]


@pytest.mark.parametrize(("claim", "table", "operation", "truth", "cell"), CASES, ids=[case[0] for case in CASES])
def test_an_operation_comes_to_what_the_table_says(
    claim: str, table: Table, operation: str, truth: bool, cell: tuple[int, int] | None
) -> None:
    found = read(claim, table, operation)
    assert found, f"no reading by {operation}"
    assert found[0].truth is truth, found[0]
    if cell is not None:
        assert cell in found[0].cells


@pytest.mark.parametrize(
    ("name", "lower"),
    [("Loss", True), ("Word error rate", True), ("Perplexity", True), ("Time (s)", True), ("Rank", True),
     ("Accuracy", False), ("F1", False), ("BLEU", False)],
)  # fmt: skip
def test_the_sense_of_best_is_known_by_the_metric(name: str, lower: bool) -> None:
    assert lower_is_better(name) is lower


def test_totals_are_no_competitors() -> None:
    table = SPLITS.model_copy(update={"rows": (*SPLITS.rows, ("Total", "3,500", "400", "700"))})
    assert read("Ibis has the highest train size.", table, "extreme_item")[0].cells == ((1, 1),)
    assert read("The total train size is 3500.", table, "sum")[0].truth


@pytest.mark.parametrize(
    ("claim", "truth"),
    [
        ("The accuracy of Birch is 84.5%.", True),
        ("The accuracy of Birch is 84.", False),
        ("The accuracy of Birch is 84.51.", False),
        ("The accuracy of Alder is 81.", False),
    ],
)
def test_a_number_agrees_as_far_as_it_is_written(claim: str, truth: bool) -> None:
    best = max(read(claim, MODELS, "lookup"), key=lambda x: x.quality)
    assert best.truth is truth or best.quality < 0.7


def test_a_number_in_a_name_is_not_looked_up() -> None:
    assert read("Table 4 shows the accuracy of Birch.", MODELS, "lookup", "lookup_small") == []
