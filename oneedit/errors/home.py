"""Errors about what a home holds: its model, its weights, its files."""

from collections.abc import Sequence
from pathlib import Path

from oneedit.errors.base import OneEditError


class HomeBusy(OneEditError):
    """Another edit holds the home's lock."""

    http_status = 503

    def __init__(self, home: Path, seconds: float) -> None:
        self.home = home
        super().__init__(
            f"another edit has held {home} for more than {seconds:.0f} seconds; try again later"
        )


class GenesisMismatch(OneEditError):
    """The home was created from other sources; ``names`` lists which differ."""

    exit_code = 2
    http_status = 422

    def __init__(self, home: Path, names: Sequence[str], *, in_file: bool = True) -> None:
        self.home, self.names = home, tuple(names)
        database = "" if in_file else ", with an empty database in ONEEDIT_DATABASE_URL"
        weights = " or, if it is the same model, its ONEEDIT_DTYPE" if "base model" in names else ""
        super().__init__(
            f"{home} was made with other {' and '.join(names)}. Restore the files it was made "
            f"with{weights}, or move it away and start anew: mv {home} {home}.old{database}"
        )


class DtypeMismatch(OneEditError):
    """The model's weights were loaded in another dtype than the home was made with."""

    exit_code = 2
    http_status = 422

    def __init__(self, home: Path, made_in: str, found: str) -> None:
        self.home, self.made_in, self.found = home, made_in, found
        super().__init__(
            f"{home} was made with the model's weights in {made_in}, but they were loaded in "
            f"{found}. Set ONEEDIT_DTYPE={made_in}, or leave it out"
        )


class StyleMismatch(OneEditError):
    """The home was created with another prompt style, in which its edits were taught."""

    exit_code = 2
    http_status = 422

    def __init__(self, home: Path, recorded: str, wanted: str) -> None:
        super().__init__(
            f"{home} was made with the prompt style {recorded}, in which its edits were taught, "
            f"not {wanted}. Set ONEEDIT_PROMPT_STYLE to {recorded} or auto, or begin another home"
        )


class ModelNeeded(OneEditError):
    """What was asked for needs the model; whoever has not loaded it loads it, and asks again."""

    def __init__(self) -> None:
        super().__init__("this needs the model, which is not loaded")


class PatchUnusable(OneEditError):
    """The file of a patch that a version needs cannot be used."""

    http_status = 503

    def __init__(
        self, sha256: str, *, edit: int, reason: str, restorable: int | None = None
    ) -> None:
        self.sha256, self.edit, self.restorable = sha256, edit, restorable
        back = (
            ""
            if restorable is None
            else (f"; or go back to the last version without it: oneedit rollback {restorable}")
        )
        super().__init__(
            f"the patch {sha256[:12]} of version {edit} cannot be used: {reason}. Put its files "
            f"back from a backup{back}"
        )


class BadArchive(OneEditError):
    """A backup cannot be read, or holds other bytes than its manifest says."""

    exit_code = 2
    http_status = 422

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} cannot be restored: {reason}; take another backup")


class HomeNotEmpty(OneEditError):
    """A backup would be restored over what is there."""

    exit_code = 2
    http_status = 409

    def __init__(self, home: Path) -> None:
        self.home = home
        super().__init__(
            f"{home} is not empty; name an empty folder with --home, or add --force, which moves "
            "what is there aside"
        )


class StateMismatch(OneEditError):
    """The hash of the weights is not the one recorded for a version."""

    def __init__(self, version: int, *, recorded: str, found: str) -> None:
        self.version, self.recorded, self.found = version, recorded, found
        super().__init__(
            f"the weights of version {version} should have the hash {recorded[:12]}, "
            f"but have {found[:12]}; restore the patches of this home"
        )


class CannotWrite(OneEditError):
    """A file or folder cannot be written."""

    exit_code = 2
    http_status = 422

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"{path} cannot be written ({reason}); name another place")


class NotAFolderForm(OneEditError):
    """Only an export that is a folder can be uploaded; nothing was written."""

    exit_code = 2
    http_status = 422

    def __init__(self, form: str) -> None:
        self.form = form
        super().__init__(
            f"an export in the form {form} is one file, which the hub would not know; "
            "upload the form hf or lora"
        )


class HubRefused(OneEditError):
    """The Hugging Face hub cannot be reached, or refuses an upload.

    Attributes:
        name: of the repository.
        folder: the export, which stays where it is; None if nothing was written.
    """

    exit_code = 2
    http_status = 422

    def __init__(self, name: str, folder: Path | None, reason: str) -> None:
        self.name, self.folder = name, folder
        kept = f"; the export is in {folder}" if folder else "; nothing was written"
        first = reason.strip().partition("\n")[0].rstrip(".")
        super().__init__(f"{name} was not uploaded ({first}){kept}. Log in with: hf auth login")


class NotInstalled(OneEditError):
    """A part that a command needs is missing."""

    def __init__(self, part: str) -> None:
        self.part = part
        super().__init__(f"this installation has no {part}")


class BadReaderModel(OneEditError):
    """The chat model of ``ONEEDIT_READER_MODEL`` cannot be asked."""

    exit_code = 2
    http_status = 422

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"ONEEDIT_READER_MODEL={name}: {reason}")


class HomeExists(OneEditError):
    """A home is to be made where there is one."""

    exit_code = 2
    http_status = 409

    def __init__(self, home: Path, version: int) -> None:
        self.home, self.version = home, version
        super().__init__(
            f"{home} is a home already, at version {version}; nothing was changed. Give another "
            f"folder in ONEEDIT_HOME, move it away (mv {home} {home}.old), or add facts to it with "
            "oneedit pull FILE"
        )


class UnknownShape(OneEditError):
    """No architecture has this name."""

    exit_code = 2
    http_status = 422

    def __init__(self, family: str) -> None:
        self.family = family
        super().__init__(
            f"there is no family of models {family!r}; name one as in gpt2-random-6x256"
        )
