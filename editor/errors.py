"""Errors of the ``editor`` package.

EditorError
├── BadConfig           a setting is out of range
├── UnknownArchitecture no layout is known for a model, and none could be discovered and tested
├── UnprovedWeights     weights that cannot be edited exactly yet: quantised, or on several devices
├── UnknownMethod       no editing method has this name
├── NoDevice            the requested device is not available
├── NoModel             a model does not exist, or cannot be read
├── BadTokenizer        a model's tokenizer does not fit it, or lacks what an edit needs
├── BadTemplate         a chat template does not show a question and its answer as they are
├── BadPatch            a patch's file is missing, damaged, or made for another model
├── DiskFull            there is no room left to write a file
├── SubjectNotFound     a prompt does not contain its subject
├── PromptTooLong       a prompt does not fit into the model's positions
├── TooLittleText       a text file is too short for the statistics
├── SingularStatistics  the second moment of a layer's keys cannot be inverted
├── NothingToExport     no live edit differs from the base model
├── NotOnlyWeights      a live patch is a codebook, which cannot be exported as weights
├── DestinationRefused  an export would destroy what is at its place, or mix with it
├── ExportDiffers       an export, read back, does not say what the model says
├── NoGgufForm          llama.cpp does not know the model's architecture
├── PackageMissing      a package that is not installed with OneEdit is needed
├── OutOfMemory         the device's memory does not suffice
├── HostBusy            too many jobs wait for the model
├── TooSlow             the model did not answer in time
├── Cancelled           the caller no longer waits for the answer
└── HostClosed          the model's thread has ended
"""

import errno
from collections.abc import Iterable
from pathlib import Path

from kg_data.errors import ExpectedError

_OUT_OF_MEMORY = (
    "out of memory",  # CUDA, MPS
    "can't allocate memory",  # CPU on Unix
    "not enough memory",  # CPU on Windows
    "cannot allocate memory",  # the operating system, when a file is mapped
    "cublas_status_alloc_failed",
)
"""Lower-case parts of out-of-memory messages that come without an exception type of their own."""


class EditorError(ExpectedError):
    """Base class of the errors that this package raises on purpose."""


class BadConfig(EditorError):
    """A setting is out of range."""

    def __init__(self, name: str, value: object, rule: str) -> None:
        self.name, self.value, self.rule = name, value, rule
        super().__init__(f"{name} = {value!r}: {rule}")


class UnknownArchitecture(EditorError):
    """The model's architecture is not known."""

    exit_code = 2
    http_status = 422

    def __init__(self, model_type: str, known: Iterable[str], reason: str) -> None:
        self.model_type, self.reason = model_type, reason
        super().__init__(
            f"models of type {model_type!r} cannot be edited yet: {reason}; "
            f"known: {', '.join(sorted(known))}"
        )


class UnprovedWeights(EditorError):
    """The weights are of a kind for which exact rollback has not been shown."""

    exit_code = 2
    http_status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the model's weights cannot be edited yet: {reason}; "
            "load it unquantised, in bfloat16 or float32, on one device"
        )


class NoDevice(EditorError):
    """The requested device is not available."""

    exit_code = 2
    http_status = 422

    def __init__(self, device: str) -> None:
        self.device = device
        super().__init__(f"there is no device {device!r} that torch can use; set cpu or auto")


class NoModel(EditorError):
    """A model cannot be loaded."""

    exit_code = 2
    http_status = 422

    def __init__(self, name: str, reason: str, remedy: str = "") -> None:
        self.name = name
        advice = remedy or "Set ONEEDIT_MODEL to a model's folder or to its name on the hub"
        super().__init__(
            f"no model can be loaded from {name!r}: {reason.strip().partition(chr(10))[0]} {advice}"
        )


class BadTokenizer(EditorError):
    """The tokenizer does not fit the model, or lacks what an edit needs."""

    exit_code = 2
    http_status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the model's tokenizer cannot be used: {reason}; name a model with a fitting "
            "tokenizer in ONEEDIT_MODEL"
        )


class BadTemplate(EditorError):
    """A chat template does not show a question and its answer as they are."""

    exit_code = 2
    http_status = 422

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"the model's chat template cannot be used: {reason}; mend the template in the model's "
            "folder, or remove it"
        )


class UnknownMethod(EditorError):
    """No editing method has this name."""

    exit_code = 2
    http_status = 422

    def __init__(self, method: str, known: Iterable[str]) -> None:
        self.method = method
        super().__init__(f"no method {method!r}; there are: {', '.join(known)}")


class BadPatch(EditorError):
    """A patch cannot be read, or belongs to another model."""

    def __init__(self, sha256: str, reason: str) -> None:
        self.sha256, self.reason = sha256, reason
        super().__init__(f"patch {sha256[:12]}: {reason}")


class DiskFull(EditorError):
    """There is no room left to write a file; nothing of it is left behind."""

    http_status = 507

    def __init__(self, path: Path, free: int) -> None:
        self.path, self.free = path, free
        super().__init__(
            f"no room to write {path}: {free / 2**20:.1f} MiB are free there. Nothing was "
            "changed; free some space and try again (oneedit prune removes old patches)"
        )


class SubjectNotFound(EditorError):
    """A prompt does not contain its subject as tokens."""

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        super().__init__(f"the subject was not found in {prompt!r}")


class PromptTooLong(EditorError):
    """A prompt leaves no room for its answer in the model's positions."""

    exit_code = 2
    http_status = 422

    def __init__(self, length: int, limit: int) -> None:
        self.length, self.limit = length, limit
        super().__init__(
            f"the text is {length} tokens long, and this model reads at most {limit} and has room "
            "for an answer; say it in fewer words"
        )


class TooLittleText(EditorError):
    """A text file is too short for the statistics."""

    exit_code = 2
    http_status = 422

    def __init__(self, path: Path, found: int, needed: int, *, length: int) -> None:
        self.path = path
        super().__init__(
            f"{path} holds {found} pieces of {length} tokens, but {needed} are needed; name a "
            "longer text in ONEEDIT_STATISTICS_TEXT, or leave it out to let the model write its own"
        )


class SingularStatistics(EditorError):
    """The second moment of a layer cannot be inverted; more text is needed."""

    def __init__(self, layer: int) -> None:
        self.layer = layer
        super().__init__(f"the statistics of layer {layer} are singular; collect more text")


class NothingToExport(EditorError):
    """No live edit differs from the base model."""

    exit_code = 2
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "there is nothing to export: the model is the base model; tell a fact first"
        )


class NotOnlyWeights(EditorError):
    """A live patch is a codebook, which cannot be exported as weights."""

    exit_code = 2
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "a live edit is an entry of a codebook, which no other program knows; "
            "consolidate first, which writes every edit into the weights"
        )


class DestinationRefused(EditorError):
    """An export would destroy what is at its place, or mix with it; nothing was written."""

    exit_code = 2
    http_status = 409

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} is not written: {reason}. Name another place")


class ExportDiffers(EditorError):
    """An export, read back, does not say what the model says; it was removed."""

    def __init__(self, found: float, allowed: float, *, what: str = "logits") -> None:
        self.found, self.allowed = found, allowed
        super().__init__(
            f"the export was removed: read back, its {what} differ from the model's by "
            f"{found:.3g} ({allowed:.3g} is allowed). Export it with --dtype float32"
        )


class NoGgufForm(EditorError):
    """llama.cpp does not know the model's architecture, or one of its matrices."""

    exit_code = 2
    http_status = 422

    def __init__(self, model_type: str, known: Iterable[str]) -> None:
        self.model_type = model_type
        super().__init__(
            f"llama.cpp has no form for models of type {model_type}; it has one for "
            f"{', '.join(sorted(known))}. Export in another form, such as hf"
        )


class PackageMissing(EditorError):
    """A package is needed that is not installed with OneEdit."""

    exit_code = 2
    http_status = 422

    def __init__(self, package: str, extra: str) -> None:
        self.package, self.extra = package, extra
        super().__init__(
            f"this needs the package {package}; install it: pip install 'oneedit[{extra}]'"
        )


class OutOfMemory(EditorError):
    """The device's memory does not suffice; the model is as it was."""

    http_status = 503

    def __init__(self, detail: str) -> None:
        super().__init__(
            "the device's memory does not suffice; the model is as it was. Set ONEEDIT_DTYPE to "
            f"bfloat16, teach fewer chains (ONEEDIT_CONSEQUENCES), or use another device: {detail}"
        )

    @classmethod
    def of(cls, error: BaseException) -> BaseException:
        """Return an ``OutOfMemory`` for a library's error about memory, other errors as they are.

        torch has an exception type for GPU memory only; CPU memory gives a ``RuntimeError``.
        """
        if not _is_out_of_memory(error):
            return error
        translated = cls(str(error).partition("\n")[0])
        translated.__cause__ = error
        return translated


class HostBusy(EditorError):
    """Too many jobs wait for the model."""

    http_status = 503

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} jobs wait for the model already; try again in a moment")


class TooSlow(EditorError):
    """The model did not answer in time."""

    http_status = 504

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the model did not answer within {seconds:.0f} seconds; try again")


class Cancelled(EditorError):
    """The caller no longer waits for the answer."""

    def __init__(self) -> None:
        super().__init__("the request was cancelled")


class HostClosed(EditorError):
    """The thread that owns the model has ended."""

    http_status = 503

    def __init__(self) -> None:
        super().__init__("the model host is closed")


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    message = str(error).lower()
    return isinstance(error, RuntimeError) and any(part in message for part in _OUT_OF_MEMORY)
