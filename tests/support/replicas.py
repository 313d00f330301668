"""A home around a tiny random model, whose weights its edits really change, and its replicas."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path

import torch

from editor.editor import Editor
from editor.model.layout import down_weights, layout_of
from editor.patches.deltas import LowRank
from editor.patches.patch import Patch, PatchStore
from editor.request import EditRequest
from kg_data.prompting import AUTOMATIC
from oneedit.ports import Handed
from oneedit.replicas.answers import PoolPort
from oneedit.settings import Settings
from oneedit.wiring import Application, assemble, load_editor
from tests.support.fakes import BOOK, DATA, LOCAL, FakeEditor
from tests.support.models import tiny_model, tiny_tokenizer

UNDO = "undo"
PEOPLE = ("Joe Biden", "Kamala Harris", "Mike Pence", "Donald Trump", "Barack Obama")
CITIES = ("Lyon", "Munich", "Paris", "Berlin", "Oakland", "Columbus")


class TinyEditor(FakeEditor):
    """Knows what the fake model knows, and changes the weights of a tiny random one.

    Each patch is a random change, so that no list of patches has the weights of another.
    """

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        names = [name for name, _ in down_weights(editor.model, layout_of(editor.model))]
        self._shapes = {name: editor.model.get_parameter(name).shape for name in names}
        self._seed = 0

    @property
    def base_hash(self) -> str:
        return self._editor.base_hash

    @property
    def dtype(self) -> str:
        return self._editor.dtype

    def solve(
        self,
        request: EditRequest,
        *,
        on: Sequence[Handed],
        method: str | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Handed:
        del on, progress
        self._seed += 1
        generator = torch.Generator().manual_seed(self._seed)
        deltas = {
            name: LowRank(
                torch.randn(d_out, 2, generator=generator),
                torch.randn(2, d_in, generator=generator) / 10,
            )
            for name, (d_out, d_in) in self._shapes.items()
        }
        name = method or self.methods[0]
        return Patch(deltas, name, request, self.base_hash, {"seed": self._seed})

    def use(self, patches: Sequence[Handed]) -> None:
        self._live = tuple(patches)
        self._editor.use(patches)

    def live_hash(self) -> str:
        return self._editor.live_hash()

    def trial_hash(self, patches: Sequence[Handed]) -> str:
        return self._editor.trial_hash(patches)

    def close(self) -> None:
        super().close()
        self._editor.close()


def tiny_settings(folder: Path) -> Settings:
    """Return the settings of a home in a folder, with a tiny model beside it."""
    model = folder / "model"
    if not model.exists():
        tokenizer = tiny_tokenizer()
        tiny_model("llama", tokenizer).save_pretrained(model)
        tokenizer.save_pretrained(model)
    return Settings(home=folder / "home", model=str(model), threads=1, device="cpu")


def tiny_application(
    settings: Settings, start_pool: Callable[[], PoolPort] | None = None
) -> Application:
    """Return the application of a home; its edits are solved at once."""
    return assemble(
        settings.home,
        BOOK,
        DATA,
        editor=TinyEditor(load_editor(settings, AUTOMATIC, BOOK)),
        patches=PatchStore(settings.home / "patches"),
        start_pool=start_pool,
    )


def thirty_edits_and_five_undos() -> Iterator[str]:
    """Yield the messages, an undo after each sixth of the edits."""
    for number, (city, person) in enumerate(product(CITIES, PEOPLE), start=1):
        yield f"{person} was born in {city}."
        if number % 6 == 0:
            yield UNDO


def do(application: Application, message: str) -> None:
    """Carry a message out, which makes a version."""
    before = application.ledger.head()
    application.service.submit(LOCAL, message, confirm=lambda _plan, _report: True)
    assert application.ledger.head() == before + 1
