"""SQuAD's JSON (versions 1.1 and 2.0), also the format of XQuAD, MLQA and TyDiQA-GoldP."""

from __future__ import annotations

import json
from collections.abc import Iterator

from replicate.formats.rows import Options, Row, Source, text_of
from synth.errors import InputError

__all__ = ["read"]


def read(sources: tuple[Source, ...], _options: Options) -> Iterator[Row]:
    """Rows of id, title, context, question, answers (`text` and `answer_start`, offsets in characters).

    A question marked `is_impossible` has no answers, whatever plausible ones the file offers. A file of another shape
    raises InputError with the article and question where it differs.
    """
    for source in sources:
        try:
            articles = json.loads(text_of(source))["data"]
        except json.JSONDecodeError as error:
            raise InputError(f"{source}: line {error.lineno} is not JSON ({error.msg})") from error
        except (KeyError, TypeError):
            raise InputError(f'{source}: is not SQuAD JSON: it has no list "data"') from None
        for number, article in enumerate(articles, start=1):
            try:
                for paragraph in article["paragraphs"]:
                    for item in paragraph["qas"]:
                        answers = [] if item.get("is_impossible") else item["answers"]
                        yield Row(f"{source}: question {item['id']}", {
                            "id": str(item["id"]), "title": article.get("title", ""),
                            "context": paragraph["context"], "question": item["question"],
                            "answers": {"text": [one["text"] for one in answers],
                                        "answer_start": [one["answer_start"] for one in answers]},
                        })  # fmt: skip
            except (KeyError, TypeError, AttributeError) as error:
                raise InputError(f"{source}: article {number} is not SQuAD JSON: {error!r} is missing") from error
