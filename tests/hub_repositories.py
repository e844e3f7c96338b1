"""Writes the small repositories that the loopback hub serves: `python hub_repositories.py FOLDER`.

Run as a program, so that the heavy libraries stay out of the test process. Every sentence is made up.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

NLI = ["entailment", "neutral", "contradiction"]
NER = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]


def put(root: Path, repository: str, config: str, split: str, rows: dict[str, list[Any]], **classes: Any) -> None:
    """One split as parquet, with the classes of its columns, and a line in the repository's README."""
    from datasets import Dataset

    folder = root / "datasets" / repository
    (folder / config).mkdir(parents=True, exist_ok=True)
    table = Dataset.from_dict(rows)
    for column, feature in classes.items():
        table = table.cast_column(column, feature)
    table.to_parquet(folder / config / f"{split}-00000-of-00001.parquet")


def readme(folder: Path) -> None:
    """Configurations and their files, as the hub's data sets declare them."""
    lines = ["---", "configs:"]
    for config in sorted(path for path in folder.iterdir() if path.is_dir()):
        lines += [f"- config_name: {config.name}", "  data_files:"]
        for file in sorted(config.iterdir()):
            lines += [f"  - split: {file.name.split('-')[0].split('.')[0]}", f"    path: {config.name}/{file.name}"]
    (folder / "README.md").write_text("\n".join([*lines, "---", "Made up."]) + "\n", encoding="utf-8")


def data_sets(root: Path) -> None:
    """One small data set for each shape of hub column that the tasks read."""
    from datasets import ClassLabel, List

    pairs = {"premise": ["It snows.", "A mill stops."], "hypothesis": ["It is warm.", "A mill stops."]}
    put(root, "facebook/xnli", "de", "validation", {**pairs, "label": [2, 0]}, label=ClassLabel(names=NLI))
    glue = {**pairs, "label": [1, 0], "idx": [0, 1]}
    put(root, "nyu-mll/glue", "mnli", "train", glue, label=ClassLabel(names=NLI))
    questions = {"question1": ["Why?"], "question2": ["How?"], "label": [0], "idx": [7]}
    put(root, "nyu-mll/glue", "qqp", "validation", questions, label=ClassLabel(names=["duplicate", "no"]))
    tokens = {"tokens": [["Ada", "Holm"], ["Varn"]], "ner_tags": [[1, 2], [5]], "langs": [["de", "de"], ["de"]]}
    put(root, "google/xtreme", "PAN-X.de", "test", tokens, ner_tags=List(ClassLabel(names=NER)))
    answers = [{"answer_start": [4], "text": ["mill"]}, {"answer_start": [0], "text": ["Kinu"]}]
    spans = {"id": ["english-1-0", "swahili-1-0"], "title": ["", ""], "context": ["The mill.", "Kinu."],
             "question": ["What?", "Nini?"], "answers": answers}  # fmt: skip
    put(root, "google/xtreme", "tydiqa", "train", spans)
    sides = {"source_sentence": ["Ja.\n", "Nein.\n"], "target_sentence": ["Yes.\n", "No.\n"]}
    put(root, "google/xtreme", "tatoeba.deu", "validation", sides)
    kettle = {"ind": [3], "ctx_a": ["A man waits."], "ctx_b": ["he"], "endings": [["sits.", "flies."]], "label": ["0"]}
    put(root, "Rowan/hellaswag", "default", "validation", kettle)
    bread = {"id": ["b"], "question": ["Where is bread?"], "answerKey": ["B"],
             "choices": [{"label": ["A", "B"], "text": ["pond", "oven"]}]}  # fmt: skip
    put(root, "tau/commonsense_qa", "default", "train", bread)
    mined = root / "datasets" / "mteb" / "bucc-bitext-mining" / "zh-en"
    mined.mkdir(parents=True)
    row = {"sentence1": ["今天下雪。", "面包。"], "sentence2": ["Bread.", "The sea.", "It snows."], "gold": [[1, 3]]}
    (mined / "test.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode(), mtime=0))
    rain = {"id": ["c"], "context": ["It rained."], "question": ["And?"], "label": [3]}
    put(root, "allenai/cosmos_qa", "default", "validation", {**rain, **{f"answer{i}": [f"a{i}"] for i in range(4)}})
    script = root / "datasets" / "rajpurkar" / "squad"
    script.mkdir(parents=True)
    (script / "squad.py").write_text("raise SystemExit\n")
    for owner in (root / "datasets").iterdir():
        for folder in owner.iterdir():
            if folder != script:
                readme(folder)


def model(root: Path) -> None:
    """A tiny XLM-R with a Unigram tokenizer trained on a few sentences, seeded."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaModel

    torch.manual_seed(0)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    core = Tokenizer(models.Unigram())
    core.pre_tokenizer = pre_tokenizers.Metaspace()
    text = ["The mill stopped in winter.", "A ferry leaves at six.", "Das Brot ist warm."] * 4
    core.train_from_iterator(text, trainers.UnigramTrainer(vocab_size=80, special_tokens=special, unk_token="<unk>"))
    core.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token="<s>", cls_token="<s>", eos_token="</s>", sep_token="</s>",
        pad_token="<pad>", unk_token="<unk>", mask_token="<mask>",
    )  # fmt: skip
    folder = root / "models" / "made-up" / "tiny-xlmr"
    config = XLMRobertaConfig(
        vocab_size=len(wrapped), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=66, pad_token_id=1, bos_token_id=0, eos_token_id=2, type_vocab_size=1,
    )  # fmt: skip
    XLMRobertaModel(config).save_pretrained(folder)
    wrapped.save_pretrained(folder)


if __name__ == "__main__":
    data_sets(Path(sys.argv[1]))
    model(Path(sys.argv[1]))
