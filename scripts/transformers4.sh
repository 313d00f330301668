#!/bin/sh
# Create in $VENV a small environment with transformers 4, without torch: it reads the
# configuration and the tokenizer of exported folders, as programs that stayed with 4 do.
set -eu
PYTHON=${PYTHON:-python3}
VENV=${VENV:-build/transformers4}

[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"
"$VENV/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check \
    'transformers>=4.57,<5' 'jinja2>=3.1' || {
    echo "NOT CHECKED: transformers 4 could not be installed from the package index, so nothing is" >&2
    echo "known of whether it loads an export. Give pip an index, and try again." >&2
    exit 1
}
