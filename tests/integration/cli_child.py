"""The command line around a fake model: ``python -m tests.integration.cli_child ARGUMENT...``.

Solves wait while there is a file named ``hold`` beside the home.
"""

import signal

from oneedit import wiring
from oneedit.cli.app import main
from tests.integration.serve_child import build_held

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" has it ignored
    wiring.build = build_held
    main()
