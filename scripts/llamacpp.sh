#!/bin/sh
# Create in $VENV a small environment with llama.cpp (the wheel of xllamacpp), which runs an
# exported adapter.
set -eu
PYTHON=${PYTHON:-python3}
VENV=${VENV:-build/llamacpp}

[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: xllamacpp || {
    echo "NOT CHECKED: there is no wheel of llama.cpp for this machine, or no package index, so" >&2
    echo "nothing is known of whether it runs an adapter in GGUF. Give pip an index, and try again." >&2
    exit 1
}
