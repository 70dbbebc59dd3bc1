#!/bin/sh
# uninstall.sh PREFIX: removes what install.sh copied, and nothing else.
set -eu
prefix=$1

for command in cmq-broker cmq-certs cmq-keygen cmq-send cmq-recv cmq-admin; do
    rm -f "$prefix/bin/$command" \
        "$prefix/share/bash-completion/completions/$command" \
        "$prefix/share/zsh/site-functions/_$command" \
        "$prefix/share/fish/vendor_completions.d/$command.fish"
    rm -f "$prefix/share/man/man1/$command.1" "$prefix/share/man/man1/$command".*.1
done
