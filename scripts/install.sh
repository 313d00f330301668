#!/bin/sh
# Create the environment in $VENV and install OneEdit into it, editable, with its tools.
# If the interpreter already imports a good enough torch (a GPU machine's own build), the
# environment sees the system's packages and torch is not installed a second time.
set -eu
PYTHON=${PYTHON:-python3}
VENV=${VENV:-.venv}

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "OneEdit needs Python 3.11 or newer; $("$PYTHON" --version) is what '$PYTHON' starts." >&2
    echo "Give another one: make PYTHON=python3.12 ..." >&2
    exit 1
}
system=""
if "$PYTHON" -c 'import sys, torch
sys.exit(tuple(map(int, torch.__version__.split("+")[0].split(".")[:2])) < (2, 9))' 2>/dev/null; then
    system="--system-site-packages"
    echo "keeping the torch that is installed"
fi
if [ -z "$system" ]; then
    echo "Installing OneEdit into $VENV with PyTorch and its CUDA libraries: about 3.2 GB to download and"
    echo "6 GB of disk, two minutes on a fast line. The Python index has no PyTorch for CPUs alone; where"
    echo "you have one, install it first and this environment uses it. pip shows how far it is:"
fi
[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv $system "$VENV"
"$VENV/bin/python" -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[dev,data]'
