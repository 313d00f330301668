"""The interface of an editing method."""

from collections.abc import Generator
from typing import Protocol

from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench


class EditMethod(Protocol):
    """An editing method: it solves a request, that is, it finds a patch that makes it true."""

    name: str

    def solve(self, request: EditRequest, workbench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return a patch on top of the live ones.

        At every yield and at the end, every weight is bit for bit as it was.
        """
        ...
