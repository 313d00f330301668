"""Who is asking."""

import getpass

from controller.actor import Actor, Role


def local_user() -> Actor:
    """Return the one user of an installation without accounts."""
    try:
        return Actor(getpass.getuser(), Role.LOCAL)
    except (KeyError, OSError):  # a container's user may have no name
        return Actor("local", Role.LOCAL)
