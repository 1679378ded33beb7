"""datatrove's verdicts: rules-peers.py en|zh DOCUMENTS ANSWERS, both NDJSON; the last line of stderr: documents, bytes, processor seconds.

English: Gopher repetition, Gopher quality, C4 without terminal punctuation, FineWeb, in FineWeb's order. Chinese: FineWeb-2's
configuration cmn_Hani in its order. An answer is {id, rule, words, editedWords, sentences}: the first failing filter and reason
(null: kept), datatrove's words of the text, and of what C4 left the number of words and of sentences (null: not reached).
"""

import json
import logging
import sys
import time

from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
    c4_filters,
)
from datatrove.utils.text import split_into_words

logging.getLogger("jieba").setLevel(logging.ERROR)
LANG, DOCUMENTS, ANSWERS = sys.argv[1:4]
HANI = "cmn_Hani"

sentences = 0


def counting(split):
    def count(text, language):
        global sentences
        found = split(text, language)
        sentences += len(found)
        return found

    return count


c4_filters.split_into_sentences = counting(c4_filters.split_into_sentences)

ENGLISH = [
    ("gopher-repetition", GopherRepetitionFilter()),
    ("gopher-quality", GopherQualityFilter()),
    ("c4", C4QualityFilter(filter_no_terminal_punct=False)),
    ("fineweb", FineWebQualityFilter()),
]
CHINESE = [
    (
        "gopher-repetition",
        GopherRepetitionFilter(
            language=HANI,
            dup_para_frac=0,
            dup_para_char_frac=0,
            dup_line_frac=0.287,
            dup_line_char_frac=0,
            top_n_grams=((2, 0.256), (3, 0.201), (4, 0.171)),
            dup_n_grams=(
                (5, 0.198),
                (6, 0.182),
                (7, 0.167),
                (8, 0.154),
                (9, 0.14),
                (10, 0.127),
            ),
        ),
    ),
    (
        "fineweb",
        FineWebQualityFilter(
            language=HANI,
            short_line_thr=999,
            char_duplicates_ratio=0.1,
            line_punct_thr=0.106,
            new_line_ratio=0.178,
        ),
    ),
    (
        "gopher-quality",
        GopherQualityFilter(
            language=HANI,
            min_avg_word_length=1,
            max_avg_word_length=5,
            max_non_alpha_words_ratio=0.735,
            stop_words=list("的年在月是和日了於·為有被人中为他與後也而由"),
            min_stop_words=2,
        ),
    ),
]


def verdict(document, filters):
    for name, rules in filters:
        passed = rules.filter(document)
        if passed is not True:
            return f"{name}:{passed[1] if isinstance(passed, tuple) else 'false'}"
    return None


def main():
    global sentences
    language, filters = ("en", ENGLISH) if LANG == "en" else (HANI, CHINESE)
    count = size = 0
    seconds = 0.0
    with (
        open(DOCUMENTS, encoding="utf-8") as rows,
        open(ANSWERS, "w", encoding="utf-8") as out,
    ):
        for row in map(json.loads, rows):
            document = Document(text=row["text"], id=row["id"])
            sentences = 0
            begun = time.process_time()
            rule = verdict(document, filters)
            seconds += time.process_time() - begun
            is_edited = LANG == "en" and (rule is None or rule.startswith("fineweb:"))
            answer = {
                "id": row["id"],
                "rule": rule,
                "words": split_into_words(row["text"], language),
                "editedWords": len(split_into_words(document.text, language))
                if is_edited
                else None,
                "sentences": sentences if LANG == "en" else None,
            }
            out.write(json.dumps(answer, ensure_ascii=False) + "\n")
            count += 1
            size += len(row["text"].encode("utf-8", "surrogatepass"))
    print(
        json.dumps({"documents": count, "bytes": size, "seconds": seconds}),
        file=sys.stderr,
    )


main()
