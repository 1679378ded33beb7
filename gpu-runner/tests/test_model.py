"""The model against Hugging Face's Llama, packed against separate documents, scores against a plain loop."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import LlamaForCausalLM

from gpu_runner import hf
from gpu_runner.errors import CheckpointError, RecipeError
from gpu_runner.holdout import score_documents
from gpu_runner.inference import forward_of
from gpu_runner.model import build_model
from gpu_runner.reading import IGNORED
from gpu_runner.shape import PRESETS, ModelShape, preset

SHAPE = ModelShape(vocab_size=256, d_model=32, n_layers=2, n_heads=4, n_kv_heads=2, d_ff=96)


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    torch.manual_seed(0)
    made = build_model(SHAPE, init_device="cpu")
    made.init_weights(device=torch.device("cpu"))
    # The default start is near uniform; wider weights make a wrong mask visible.
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim == 2:
                parameter.mul_(8)
    return made.eval()


def test_packed_documents_equal_separate_ones(model: torch.nn.Module) -> None:
    lengths = torch.tensor([[9, 1, 22, 0], [5, 7, 11, 9]])
    ids = torch.randint(0, 256, (2, 32))
    with torch.no_grad():
        packed = model(ids, doc_lens=lengths, max_doc_lens=[22, 11])
        unmasked = model(ids)
        for row in range(2):
            start = 0
            for length in [length for length in lengths[row].tolist() if length]:
                alone = model(ids[row : row + 1, start : start + length])[0]
                torch.testing.assert_close(packed[row, start : start + length], alone, atol=2e-5, rtol=1e-4)
                start += length
    # The mask does something: without it the second document reads the first.
    assert (packed[0, 9:] - unmasked[0, 9:]).abs().max() > 1e-2


def test_a_mask_of_one_document_is_plain_causal_attention(model: torch.nn.Module) -> None:
    ids = torch.randint(0, 256, (2, 16))
    with torch.no_grad():
        masked = model(ids, doc_lens=torch.tensor([[16], [16]]), max_doc_lens=[16, 16])
        torch.testing.assert_close(masked, model(ids), atol=2e-5, rtol=1e-4)


def test_export_and_import_are_one_model(model: torch.nn.Module, tmp_path: Path) -> None:
    state = model.state_dict()
    hf.save(state, tmp_path, SHAPE, seq_len=64, end_id=1)
    theirs = LlamaForCausalLM.from_pretrained(tmp_path).eval()
    assert theirs.config.eos_token_id == 1
    ids = torch.randint(0, 256, (3, 40))
    with torch.no_grad():
        torch.testing.assert_close(theirs(input_ids=ids).logits, model(ids), atol=1e-4, rtol=1e-4)
    back = hf.load(tmp_path, SHAPE)
    assert all(torch.equal(back[name], tensor) for name, tensor in state.items())
    assert set(back) == set(state)


def test_export_in_several_files(model: torch.nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hf, "MAX_FILE_BYTES", 40_000)
    hf.save(model.state_dict(), tmp_path, SHAPE, seq_len=64, end_id=1)
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    assert len(set(index["weight_map"].values())) > 1
    ids = torch.randint(0, 256, (1, 8))
    with torch.no_grad():
        theirs = LlamaForCausalLM.from_pretrained(tmp_path).eval()(input_ids=ids).logits
        torch.testing.assert_close(theirs, model(ids), atol=1e-4, rtol=1e-4)


def test_weights_of_another_model_are_refused(model: torch.nn.Module, tmp_path: Path) -> None:
    state = dict(model.state_dict())
    state.pop("lm_head.norm.weight")
    with pytest.raises(CheckpointError, match=r"lm_head\.norm\.weight missing or unknown"):
        hf.save(state, tmp_path, SHAPE, seq_len=64, end_id=1)
    with pytest.raises(CheckpointError, match=r"no \.safetensors"):
        hf.load(tmp_path, SHAPE)


@pytest.mark.parametrize("seq_len", [4, 16, 64])
@pytest.mark.parametrize("batch", [1, 3])
def test_scores_are_the_sum_of_a_plain_loop(model: torch.nn.Module, seq_len: int, batch: int) -> None:
    rng = np.random.default_rng(1)
    documents = [rng.integers(0, 256, size) for size in (1, 2, 5, 16, 17, 33, 40)]
    scores = score_documents(
        forward_of(model), documents, seq_len=seq_len, batch=batch, pad_id=0, device=torch.device("cpu")
    )
    for document, score in zip(documents, scores, strict=True):
        expected, count = 0.0, 0
        for start in range(0, len(document) - 1, seq_len):
            window = torch.from_numpy(document[start : start + seq_len + 1])[None]
            with torch.no_grad():
                logits = model(window[:, :-1])
            expected += torch.nn.functional.cross_entropy(logits[0], window[0, 1:], reduction="sum").item()
            count += window.shape[1] - 1
        assert score.tokens == count == len(document) - 1
        assert score.nll == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_ignored_labels_cost_nothing(model: torch.nn.Module) -> None:
    ids = torch.randint(0, 256, (1, 8))
    losses = forward_of(model)(ids, torch.full_like(ids, IGNORED))
    assert losses.tolist() == [[0.0] * 8]


def test_the_8b_preset_is_llama_3_8b() -> None:
    shape = PRESETS["llama3_8b"](128256)
    assert shape.parameters == 8_030_261_248
    built = build_model(shape, init_device="meta")
    assert sum(parameter.numel() for parameter in built.parameters()) == shape.parameters


def test_presets_and_their_overrides() -> None:
    assert preset("tiny", 8192, {}).parameters == 2_884_736
    assert preset("tiny", 8192, {"n_layers": 1}).n_layers == 1
    with pytest.raises(RecipeError, match="preset 'huge' is unknown"):
        preset("huge", 8192, {})
    with pytest.raises(RecipeError, match="no such setting"):
        preset("tiny", 8192, {"layers": 1})
    with pytest.raises(RecipeError, match="even head dimension"):
        preset("tiny", 8192, {"d_model": 100, "n_heads": 3})


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_cuda_mask_equals_the_cpu_s(model: torch.nn.Module) -> None:
    lengths, ids = torch.tensor([[9, 1, 22], [5, 7, 20]]), torch.randint(0, 256, (2, 32))
    with torch.no_grad():
        expected = model(ids, doc_lens=lengths, max_doc_lens=[22, 20])
        on_gpu = build_model(SHAPE, init_device="cuda")
        on_gpu.load_state_dict(model.state_dict())
        with torch.autocast("cuda", dtype=torch.bfloat16):
            got = on_gpu.eval()(ids.cuda(), doc_lens=lengths.cuda(), max_doc_lens=[22, 20])
    assert (got.float().cpu() - expected).abs().max() < 0.1 * expected.abs().max()
