"""Statistics: second moments of keys, spectra, and sampled text."""

import threading
from pathlib import Path

import pytest
import torch
from torch import Tensor

from editor.errors import BadConfig, SingularStatistics, TooLittleText
from editor.model.host import finish
from editor.model.layout import layout_of
from editor.statistics.corpus import PIECE_LENGTH
from editor.statistics.moments import Spectrum, spectrum_of
from editor.statistics.statistics import Statistics
from editor.text.encoding import Encoder
from tests.support.models import tiny_model, tiny_tokenizer

TOKENIZER = tiny_tokenizer()


def statistics(cache: Path, seed: int = 0, text: Path | None = None) -> Statistics:
    model = tiny_model("llama", TOKENIZER, seed=seed)
    found = Statistics(model, Encoder(TOKENIZER), layout_of(model), text)
    finish(found.prepare(range(3), cache=cache, base_hash=str(seed)))
    return found


def test_a_second_moment_is_symmetric_and_solved_with_its_factor(tmp_path: Path) -> None:
    found = statistics(tmp_path)
    moment = found.second_moment(1).double()
    assert torch.equal(moment, moment.T)
    keys = torch.randn(48, 3).double()
    torch.testing.assert_close(moment @ found.solve(1, keys), keys, atol=1e-4, rtol=1e-4)


def test_statistics_are_cached_by_the_hash_of_the_weights(tmp_path: Path) -> None:
    first = statistics(tmp_path)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")}
    assert len(files) == 4  # a text and three layers
    again = statistics(tmp_path)
    assert files == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")}
    other = statistics(tmp_path, seed=1)
    assert torch.equal(first.second_moment(0), again.second_moment(0))
    assert first.prefixes(20) == again.prefixes(20)
    assert not torch.equal(first.second_moment(0), other.second_moment(0))


def test_prefixes_end_a_sentence_and_are_no_more_than_were_sampled(tmp_path: Path) -> None:
    found = statistics(tmp_path)
    assert found.prefixes(0) == ()
    assert all(prefix.endswith(". ") for prefix in found.prefixes(20))
    with pytest.raises(BadConfig, match="prefixes = 21: at most 20"):
        found.prefixes(21)


def test_a_text_file_replaces_text_sampled_from_the_model(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("Joe Biden was born in Scranton, Pennsylvania.\n" * 2000, encoding="utf-8")
    from_file = statistics(tmp_path / "cache", text=text)
    own = statistics(tmp_path / "cache")
    assert not torch.equal(from_file.second_moment(0), own.second_moment(0))
    again = statistics(tmp_path / "cache", text=text)
    assert torch.equal(from_file.second_moment(0), again.second_moment(0))
    text.write_text("Scranton was born in Joe Biden, Pennsylvania.\n" * 2000, encoding="utf-8")
    other = statistics(tmp_path / "cache", text=text)
    assert not torch.equal(from_file.second_moment(0), other.second_moment(0))


def test_pieces_of_ordinary_text_are_sampled_once_and_cached(tmp_path: Path) -> None:
    first = finish(statistics(tmp_path).texts(5))
    assert first.shape == (5, PIECE_LENGTH)
    assert torch.equal(first, finish(statistics(tmp_path).texts(5)))
    assert not torch.equal(first, finish(statistics(tmp_path, seed=1).texts(5)))


def test_pieces_of_ordinary_text_come_from_a_text_file_up_to_its_end(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("Joe Biden was born in Scranton, Pennsylvania.\n" * 2000, encoding="utf-8")
    found = statistics(tmp_path / "cache", text=text)
    few, all_of_it = finish(found.texts(3)), finish(found.texts(100_000))
    assert few.shape == (3, PIECE_LENGTH)
    assert torch.equal(all_of_it[:3], few)
    words = Encoder(TOKENIZER).decode(all_of_it.flatten().tolist())
    assert words.startswith("Joe Biden was born")
    assert len(words) <= text.stat().st_size < len(words) + 64 * 20


def test_a_text_file_is_read_only_as_far_as_needed(tmp_path: Path) -> None:
    text = tmp_path / "text"
    line = "Joe Biden was born in Scranton, Pennsylvania. " * 4000
    text.write_bytes(line.encode() + b"\xff")
    statistics(tmp_path / "cache", text=text)


@pytest.mark.parametrize("name", ["sampled", "1.moment", "1.spectrum"])
def test_a_truncated_file_is_computed_again(tmp_path: Path, name: str) -> None:
    first = statistics(tmp_path)
    moment, spectrum = first.second_moment(1).clone(), first.spectrum(1)
    (path,) = tmp_path.rglob(f"{name}.safetensors")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    again = statistics(tmp_path)
    assert torch.equal(moment, again.second_moment(1))
    assert all(map(torch.equal, spectrum, again.spectrum(1)))
    assert path.read_bytes() == whole


def test_groups_of_layers_give_the_same_second_moments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = statistics(tmp_path / "at once")
    monkeypatch.setattr("editor.statistics.statistics.MAX_SUM_BYTES", 1)
    one_by_one = statistics(tmp_path / "one by one")
    for layer in range(3):
        assert torch.equal(at_once.second_moment(layer), one_by_one.second_moment(layer))


def test_a_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "latin"
    text.write_bytes("Zürich liegt in der Schweiz.\n".encode("latin-1") * 10)
    with pytest.raises(BadConfig, match="ONEEDIT_STATISTICS_TEXT"):
        statistics(tmp_path, text=text)


def test_a_text_that_is_too_short_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "short"
    text.write_text("Joe Biden.", encoding="utf-8")
    with pytest.raises(TooLittleText, match=r"0 pieces of 64 tokens.*ONEEDIT_STATISTICS_TEXT"):
        statistics(tmp_path, text=text)


def test_singular_statistics_are_refused(tmp_path: Path) -> None:
    found = statistics(tmp_path)
    found.second_moment(2).zero_()
    with pytest.raises(SingularStatistics, match="layer 2"):
        found.solve(2, torch.ones(48, 1))


def test_a_spectrum_is_that_of_the_second_moment_and_is_computed_once(tmp_path: Path) -> None:
    first, again = statistics(tmp_path), statistics(tmp_path)
    for _ in first.decompose([1]):
        pass
    found = first.spectrum(1)
    values, vectors = found
    torch.testing.assert_close(vectors * values @ vectors.T, first.second_moment(1))
    torch.testing.assert_close(vectors.T @ vectors, torch.eye(len(values)))
    again.second_moment(1).zero_()
    assert all(map(torch.equal, again.spectrum(1), found))


def test_the_job_yields_while_a_spectrum_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slowly(moment: Tensor) -> Spectrum:
        go_on.wait(5)
        return spectrum_of(moment)

    monkeypatch.setattr("editor.statistics.statistics.spectrum_of", slowly)
    found = statistics(tmp_path)
    job = found.decompose([1])
    next(job)
    go_on.set()
    list(job)
    assert len(found.spectrum(1).values) == len(found.second_moment(1))


def test_a_spectrum_of_unknown_moments_is_refused(tmp_path: Path) -> None:
    found = statistics(tmp_path)
    with pytest.raises(FileNotFoundError):
        list(found.decompose([99]))
