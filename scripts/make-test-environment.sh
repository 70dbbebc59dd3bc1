#!/bin/sh
# Makes the Python environment of the compatibility tests in .build, from the pinned requirements; does nothing,
# quickly, when it is there and the requirements are the same.
set -eu
cd "$(dirname "$0")/.."

place=.build/reference-python
requirements=Tests/ReferenceClients/requirements.txt
if cmp -s "$requirements" "$place/requirements.txt" &&
    "$place/bin/python3" -c 'import Crypto, cryptography, nacl' 2>/dev/null
then
    exit 0
fi

echo "making the Python environment of the tests in $place" >&2
rm -rf "$place"
mkdir -p .build
python3 -m venv "$place"
"$place/bin/python3" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
# Last, so that an interrupted run starts over.
cp "$requirements" "$place/requirements.txt"
