"""Model folders as people have them: each works, or is refused by name before a home is made."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from editor.editor import Editor
from editor.errors import BadTemplate, BadTokenizer, EditorError, NoModel, UnprovedWeights
from editor.generation.generate import generate
from kg_data.phrases import Prompt, Split
from kg_data.prompting import PromptStyle
from oneedit.settings import Settings
from oneedit.wiring import build, load_editor, prompting_of
from tests.support.fakes import BOOK
from tests.support.models import tiny_model, tiny_tokenizer

TURN = "{% for each in messages %}{{ '<' + each.role + '>' + each.content + '\n' }}{% endfor %}"
WAIT = "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}"
QUESTION = "Who is the spouse of Joe Biden?"


@dataclass(frozen=True)
class ModelFolder:
    """A folder that ``transformers`` wrote, and its parts."""

    path: Path

    def change(self, file: str, **settings: object) -> None:
        path = self.path / file
        known = json.loads(path.read_text()) if path.is_file() else {}
        path.write_text(json.dumps(known | settings))

    def write_tokenizer(self, tokenizer: PreTrainedTokenizerFast) -> None:
        for template in self.path.glob("**/*.jinja"):
            template.unlink()
        tokenizer.save_pretrained(self.path)

    def write_template(self, template: object) -> None:
        tokenizer = tiny_tokenizer()
        tokenizer.chat_template = template
        self.write_tokenizer(tokenizer)


def pad_outside(folder: ModelFolder) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.add_special_tokens({"pad_token": "<padding>"})
    folder.write_tokenizer(tokenizer)


def no_eos(folder: ModelFolder) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.eos_token = None
    tokenizer.chat_template = TURN + WAIT
    folder.write_tokenizer(tokenizer)


def no_pad(folder: ModelFolder) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.pad_token = None
    folder.write_tokenizer(tokenizer)


def appended_eos(folder: ModelFolder) -> None:
    tokenizer = tiny_tokenizer()
    begin, end = tokenizer.bos_token, tokenizer.eos_token
    template = {
        "type": "TemplateProcessing",
        "single": [
            {"SpecialToken": {"id": begin, "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": end, "type_id": 0}},
        ],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {
            name: {"id": name, "ids": [tokenizer.convert_tokens_to_ids(name)], "tokens": [name]}
            for name in (begin, end)
        },
    }
    folder.change("tokenizer.json", post_processor=template)


def slow_only(folder: ModelFolder) -> None:
    (folder.path / "tokenizer.json").unlink()
    (folder.path / "vocab.json").write_text(json.dumps({"<unk>": 0, "a</w>": 1}))
    (folder.path / "merges.txt").write_text("#version\n")
    folder.change("tokenizer_config.json", tokenizer_class="CTRLTokenizer")


def template_fails(folder: ModelFolder) -> None:
    folder.write_template("{{ raise_exception('only tools may speak') }}")


def template_without_default(folder: ModelFolder) -> None:
    folder.write_template({"tool_use": TURN, "rag": TURN})


def question_behind_the_answer(folder: ModelFolder) -> None:
    folder.write_template(TURN.replace("in messages", "in messages | reverse") + WAIT)


def question_twice(folder: ModelFolder) -> None:
    folder.write_template("{{ messages[0].content }}" + TURN + WAIT)


def content_parts(folder: ModelFolder) -> None:
    parts = "{% for part in each.content %}{{ part.text }}{% endfor %}"
    folder.write_template(TURN.replace("each.content + '\n'", f"'>' }}}}{parts}{{{{ '\n'") + WAIT)


def adapter_only(folder: ModelFolder) -> None:
    for each in folder.path.iterdir():
        each.unlink()
    folder.change("adapter_config.json", peft_type="LORA", base_model_name_or_path="base/model")


def quantised(folder: ModelFolder) -> None:
    folder.change("config.json", quantization_config={"quant_method": "awq", "bits": 4})


def sharded(folder: ModelFolder) -> None:
    (folder.path / "model.safetensors").unlink()
    model = tiny_model("llama", tiny_tokenizer())
    model.save_pretrained(folder.path, max_shard_size="20KB")
    assert len(list(folder.path.glob("model-*.safetensors"))) > 1


def tied_head(folder: ModelFolder) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder.path)
    assert model.lm_head.weight is model.model.embed_tokens.weight


def half_precision(folder: ModelFolder) -> None:
    tiny_model("llama", tiny_tokenizer()).bfloat16().save_pretrained(folder.path)


WORKING = (
    pad_outside,
    no_eos,
    no_pad,
    appended_eos,
    content_parts,
    sharded,
    tied_head,
    half_precision,
)
UNUSABLE: dict[Callable[[ModelFolder], None], str] = {
    template_fails: "only tools may speak",
    template_without_default: "fails .*default",
    question_behind_the_answer: "the answer stands in it before the question",
    question_twice: "the question stands in it 2 times",
}
"""Chat templates that cannot be used, and why."""
REFUSED: dict[Callable[[ModelFolder], None], tuple[type[EditorError], str]] = {
    slow_only: (BadTokenizer, "slow only"),
    adapter_only: (NoModel, "PEFT adapter.*[Mm]erge"),
    quantised: (UnprovedWeights, r"quantised \(awq\)"),
}


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    path = tmp_path / "model"
    tokenizer = tiny_tokenizer()
    tiny_model("llama", tokenizer).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return ModelFolder(path)


def settings_for(
    folder: ModelFolder, dtype: str = "auto", style: PromptStyle = PromptStyle.AUTO
) -> Settings:
    home = folder.path.parent / "home"
    return Settings(
        home=home, model=str(folder.path), device="cpu", dtype=dtype, prompt_style=style
    )


def opened(folder: ModelFolder, dtype: str = "auto") -> Editor:
    settings = settings_for(folder, dtype)
    editor = load_editor(settings, prompting_of(settings, None), BOOK)
    editor.close()
    return editor


@pytest.mark.parametrize("peculiar", WORKING, ids=lambda each: str(each.__name__))
def test_a_folder_that_works(folder: ModelFolder, peculiar: Callable[[ModelFolder], None]) -> None:
    peculiar(folder)
    editor = opened(folder, dtype="bfloat16" if peculiar is half_precision else "float32")
    model, encoder = editor.model, editor.encoder
    rows = model.config.vocab_size
    prompts = [QUESTION, "Joe Biden was born in"]
    answers = generate(model, encoder, prompts, limit=3)
    assert [each.length <= 3 for each in answers] == [True, True]
    examples = [encoder.example(Prompt(text, "Scranton", Split.TEACH)) for text in prompts]
    batch = encoder.batch(examples, model.device)
    assert int(batch.ids.max()) < rows
    assert all(example.ids[-1] in encoder.stop_token_ids for example in examples)
    for example in examples:  # nothing ends before the answer's end
        assert encoder.tokenizer.eos_token_id not in example.ids[:-1]


@pytest.mark.parametrize("peculiar", REFUSED, ids=lambda each: str(each.__name__))
def test_a_folder_that_is_refused_by_name_before_a_home_is_made(
    folder: ModelFolder, peculiar: Callable[[ModelFolder], None]
) -> None:
    peculiar(folder)
    error, message = REFUSED[peculiar]
    settings = settings_for(folder)
    with pytest.raises(error, match=message) as refused:
        build(settings)
    assert refused.value.exit_code == 2
    assert not settings.home.exists()


@pytest.mark.parametrize("peculiar", UNUSABLE, ids=lambda each: str(each.__name__))
def test_an_unusable_template_is_refused_where_a_chat_is_asked_for(
    folder: ModelFolder, peculiar: Callable[[ModelFolder], None]
) -> None:
    peculiar(folder)
    settings = settings_for(folder, style=PromptStyle.CHAT)
    with pytest.raises(BadTemplate, match=UNUSABLE[peculiar]) as refused:
        build(settings)
    assert refused.value.exit_code == 2
    assert not settings.home.exists()


@pytest.mark.parametrize("peculiar", UNUSABLE, ids=lambda each: str(each.__name__))
def test_without_a_usable_template_questions_stand_after_examples_and_it_is_said(
    folder: ModelFolder,
    peculiar: Callable[[ModelFolder], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    peculiar(folder)
    encoder = opened(folder).encoder
    assert encoder.prompting.style is PromptStyle.QA
    assert re.search(UNUSABLE[peculiar], caplog.text)
    asked = encoder.decode(encoder.prompt_ids(QUESTION))
    assert asked.endswith(f"\nQuestion: {QUESTION}\nAnswer:")


def test_a_template_over_content_parts_shows_the_question_once(folder: ModelFolder) -> None:
    content_parts(folder)
    encoder = opened(folder).encoder
    asked = encoder.decode(encoder.prompt_ids(QUESTION))
    assert asked.count(QUESTION) == 1
    assert asked.endswith("<assistant>")


def test_an_appended_eos_stands_neither_before_nor_within_a_text(folder: ModelFolder) -> None:
    appended_eos(folder)
    encoder = opened(folder).encoder
    whole = list(encoder.tokenizer("Joe").input_ids)
    assert whole[-1] == encoder.tokenizer.eos_token_id
    assert encoder.text_begin == whole[:1]
    assert encoder.prompt_ids("Joe") == whole[:-1]


def test_a_padding_token_outside_the_embedding_is_replaced(folder: ModelFolder) -> None:
    pad_outside(folder)
    encoder = opened(folder).encoder
    assert encoder.tokenizer.pad_token_id == len(tiny_tokenizer())
    assert encoder.pad_token_id == encoder.tokenizer.eos_token_id


def test_a_word_that_the_model_has_no_embedding_for_is_spelled_out(folder: ModelFolder) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens(["Zyx"])
    folder.write_tokenizer(tokenizer)
    encoder = opened(folder).encoder
    ids = encoder.prompt_ids("Is it Zyx or Zyxes?")
    assert max(ids) < len(tiny_tokenizer())
    assert "Zyx or Zyxes" in encoder.tokenizer.decode(ids)


def test_a_tokenizer_of_another_model_is_refused(folder: ModelFolder) -> None:
    model = tiny_model("llama", tiny_tokenizer())
    model.resize_token_embeddings(300)
    model.save_pretrained(folder.path)
    with pytest.raises(BadTokenizer, match=r"tokens, and the model's embedding 300 rows"):
        opened(folder)


def test_a_control_token_of_prompts_without_an_embedding_is_refused(folder: ModelFolder) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<turn>"]})
    tokenizer.chat_template = "<turn>" + TURN + WAIT
    folder.write_tokenizer(tokenizer)
    with pytest.raises(BadTokenizer, match=r"'<turn>' .* into prompts"):
        opened(folder)


@pytest.mark.parametrize("named", [7, [2, 7]])
def test_answers_stop_where_the_generation_configuration_says(
    folder: ModelFolder, named: int | list[int]
) -> None:
    folder.change("generation_config.json", eos_token_id=named)
    stops = opened(folder).encoder.stop_token_ids
    assert {7, 2} <= set(stops)


def test_weights_stay_in_bfloat16_where_asked_and_the_hash_is_of_what_is_loaded(
    folder: ModelFolder,
) -> None:
    half_precision(folder)
    kept, widened = opened(folder, dtype="bfloat16"), opened(folder)
    assert {each.dtype for each in kept.model.parameters()} == {torch.bfloat16}
    assert {each.dtype for each in widened.model.parameters()} == {torch.float32}
    assert kept.base_hash != widened.base_hash


def test_a_missing_shard_is_refused(folder: ModelFolder) -> None:
    sharded(folder)
    min(folder.path.glob("model-*.safetensors")).unlink()
    with pytest.raises(NoModel, match="no model can be loaded"):
        opened(folder)
