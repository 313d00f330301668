"""Range checks for the settings of methods."""

from editor.errors import BadConfig


def positive(config: object, *names: str, whole: bool = False) -> None:
    """Check that settings are numbers above 0, and whole numbers if ``whole``; NaN is refused.

    Raises:
        BadConfig: one is not.
    """
    for name in names:
        value = getattr(config, name)
        if not value > 0 or (whole and value != int(value)):
            raise BadConfig(name, value, f"must be a positive {_kind(whole=whole)}")


def not_negative(config: object, *names: str, whole: bool = False) -> None:
    """Check that settings are 0 or above, and whole numbers if ``whole``; NaN is refused.

    Raises:
        BadConfig: one is not.
    """
    for name in names:
        value = getattr(config, name)
        if not value >= 0 or (whole and value != int(value)):
            raise BadConfig(name, value, f"must be 0 or a positive {_kind(whole=whole)}")


def _kind(*, whole: bool) -> str:
    return "whole number" if whole else "number"
