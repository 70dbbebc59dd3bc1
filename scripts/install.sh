#!/bin/sh
# install.sh BIN_DIRECTORY PREFIX: copies commands, man pages and completions.
set -eu
binaries=$1
prefix=$2
cd "$(dirname "$0")/.."

install -d "$prefix/bin"
for command in cmq-broker cmq-certs cmq-keygen cmq-send cmq-recv cmq-admin; do
    install --strip -m 0755 "$binaries/$command" "$prefix/bin/$command"
done

scripts/generate-manual.sh "$binaries" >&2
install -d "$prefix/share/man/man1" "$prefix/share/bash-completion/completions" \
    "$prefix/share/zsh/site-functions" "$prefix/share/fish/vendor_completions.d"
for page in man/*.1; do install -m 0644 "$page" "$prefix/share/man/man1/"; done
for file in completions/bash/*; do install -m 0644 "$file" "$prefix/share/bash-completion/completions/"; done
for file in completions/zsh/*; do install -m 0644 "$file" "$prefix/share/zsh/site-functions/"; done
for file in completions/fish/*; do install -m 0644 "$file" "$prefix/share/fish/vendor_completions.d/"; done
echo "installed to $prefix" >&2
