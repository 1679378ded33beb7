"""The tokenizer a run reads with: text to ids, and the one id that ends a document.

Text is always text: a page that spells `<|end_of_text|>` gets the ids of those letters, never the end
token, or anybody's web page could cut documents in two. No start token is written (SynE writes none).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from gpu_runner.contract import ROOT
from gpu_runner.errors import TokenizerError
from gpu_runner.source import sha256_file

COMMITTED = ROOT / "models" / "tokenizer" / "tokenizer.json"
END_TOKENS = ("<|end_of_text|>", "<|endoftext|>", "</s>", "<eos>")


@dataclass(frozen=True, kw_only=True)
class TextTokenizer:
    sha256: str
    end_id: int
    vocab_size: int
    backend: Tokenizer

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text, the end token after it."""
        encoded = self.backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [[*item.ids, self.end_id] for item in encoded]


def load_tokenizer(path: Path | None, *, expected_sha256: str | None, mismatch: bool = False) -> TextTokenizer:
    path = path or COMMITTED
    if not path.is_file():
        raise TokenizerError(f"no tokenizer at {path}: give the manifest's tokenizer.json with --tokenizer")
    sha256 = sha256_file(path)
    if expected_sha256 is not None and sha256 != expected_sha256 and not mismatch:
        raise TokenizerError(
            f"{path} has sha-256 {sha256}, the manifest was planned with {expected_sha256}: give that tokenizer.json "
            "with --tokenizer, or --tokenizer-mismatch to read with this one"
        )
    try:
        backend = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises plain Exception
        raise TokenizerError(f"{path} is not a tokenizer.json: {error}") from error
    # Whatever padding or truncation the file asks for would lose or add tokens.
    backend.no_padding()
    backend.no_truncation()
    backend.encode_special_tokens = True
    for name in END_TOKENS:
        end_id = backend.token_to_id(name)
        if end_id is not None:
            return TextTokenizer(
                sha256=sha256, end_id=end_id, vocab_size=backend.get_vocab_size(with_added_tokens=True), backend=backend
            )
    raise TokenizerError(f"{path} has none of {', '.join(END_TOKENS)}: a document needs a token that ends it")
