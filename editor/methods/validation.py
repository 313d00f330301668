"""What the settings of a method must keep to."""

from editor.errors import BadConfig


def positive(config: object, *names: str, whole: bool = False) -> None:
    """Check that settings are numbers above 0, whole ones if so asked; NaN is none.

    Raises:
        BadConfig: one is not.
    """
    for name in names:
        value = getattr(config, name)
        if not value > 0 or (whole and value != int(value)):
            raise BadConfig(name, value, f"must be a positive {_kind(whole=whole)}")


def not_negative(config: object, *names: str, whole: bool = False) -> None:
    """Check that settings are numbers from 0 on, whole ones if so asked; NaN is none.

    Raises:
        BadConfig: one is not.
    """
    for name in names:
        value = getattr(config, name)
        if not value >= 0 or (whole and value != int(value)):
            raise BadConfig(name, value, f"must be 0 or a positive {_kind(whole=whole)}")


def _kind(*, whole: bool) -> str:
    return "whole number" if whole else "number"
