"""The Hugging Face hub, to which an exported folder may be uploaded; only through its own client.

The upload is made by the process of whoever asks, with the token that this user has logged in with.
"""

from pathlib import Path
from typing import Any, Protocol

from oneedit.errors import HubRefused


class HubApi(Protocol):
    """What is used of ``huggingface_hub.HfApi``."""

    def create_repo(self, repo_id: str, *, private: bool, exist_ok: bool) -> Any:  # noqa: ANN401
        """Create a repository for a model if there is none."""
        ...

    def upload_folder(self, *, repo_id: str, folder_path: str, commit_message: str) -> Any:  # noqa: ANN401
        """Upload all files of a folder as one commit."""
        ...


class Hub:
    """Uploads folders.

    Args:
        api: the client of the hub.
    """

    def __init__(self, api: HubApi) -> None:
        self._api = api

    @classmethod
    def connect(cls) -> "Hub":
        """Return the hub as ``huggingface_hub`` finds it: its address and token."""
        from huggingface_hub import HfApi

        return cls(HfApi())

    def upload(self, folder: Path, name: str) -> str:
        """Upload a folder as one commit; a new repository is private.

        Args:
            folder: what to upload.
            name: of the repository, USER/NAME.

        Returns:
            The address of the repository.

        Raises:
            HubRefused: the hub cannot be reached, or refuses it; the folder stays.
        """
        from httpx import HTTPError
        from huggingface_hub.errors import (
            HfHubHTTPError,
            HFValidationError,
            LocalTokenNotFoundError,
        )

        try:
            repository = self._api.create_repo(name, private=True, exist_ok=True)
            self._api.upload_folder(
                repo_id=name, folder_path=str(folder), commit_message="Edited with OneEdit"
            )
        except (HfHubHTTPError, HFValidationError, LocalTokenNotFoundError, HTTPError) as error:
            raise HubRefused(name, folder, str(error)) from error
        return str(repository)


def check_hub_name(name: str) -> None:
    """Check the name of a repository before anything is written.

    Raises:
        HubRefused: the hub takes no such name.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(name)
    except HFValidationError as error:
        raise HubRefused(name, None, str(error)) from error
