#!/bin/sh
# bench-backlog.sh BIN MESSAGES DIRECTORY: fills the broker's core and journal with messages that wait, ends it without
# closing anything, starts from what is there, and hands everything out. One line of JSON for each step.
set -eu

bin=$1
messages=$2
directory=$(mktemp -d "$3/backlog.XXXXXX")
trap 'rm -rf "$directory"' EXIT

"$bin/measure-backlog" fill "$directory" "$messages"
"$bin/measure-backlog" drain "$directory"
