"""The port every editing method implements."""

from collections.abc import Generator
from typing import Protocol

from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench


class EditMethod(Protocol):
    """Finds a patch that makes a request true."""

    name: str

    def solve(self, request: EditRequest, workbench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch.

        Every weight is bit-identical at every yield and at the end; the patch comes on top of
        the patches that are live.
        """
        ...
