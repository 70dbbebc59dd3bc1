#!/bin/sh
# generate-manual.sh BIN_DIRECTORY: writes man pages to man/ and completions to completions/, from the
# commands' own declarations, so that they cannot say anything else than --help.
set -eu
binaries=$1
cd "$(dirname "$0")/.."
mkdir -p man completions/bash completions/zsh completions/fish

for command in cmq-broker cmq-certs cmq-keygen cmq-send cmq-recv cmq-admin; do
    python3 scripts/manual.py "$binaries/$command" "man/$command.1"
    "$binaries/$command" --generate-completion-script bash >"completions/bash/$command"
    "$binaries/$command" --generate-completion-script zsh >"completions/zsh/_$command"
    "$binaries/$command" --generate-completion-script fish >"completions/fish/$command.fish"
done
