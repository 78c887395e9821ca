#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Checks what memtrace gives to systemd: the unit, the journal's catalog. Prints TAP.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
program=${MEMTRACE:-build/memtrace}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$top/tests/tap.sh"

# Where a system would find them, but below $tmp, and a memtrace to be found in its place.
wrong=$(make -s install DESTDIR="$tmp" PREFIX=/usr 2>&1) && wrong=
report "make install puts unit and catalog in their places" "$wrong$(
	for file in system/memtrace-oom.service catalog/memtrace.catalog; do
		[ -s "$tmp/usr/lib/systemd/$file" ] || echo "there is no $file"
	done
)"
unit=$tmp/usr/lib/systemd/system/memtrace-oom.service
catalog=$tmp/usr/lib/systemd/catalog/memtrace.catalog

report "nothing is left to be filled in" "$(grep -n '@[a-z]*@' "$unit")"

# The options that the unit gives are those of this build.
options=$(sed -n 's/^ExecStart=[^ ]* //p' "$unit")
# shellcheck disable=SC2086
report "the command line of the unit is a right one" "$(
	"$program" $options --help 2>&1 >/dev/null
	echo "$options" | grep -qE '^oom --dir [^ ]+( --journal)?$' || echo "it is: $options"
)"

report "the catalog is about the message that is sent" "$(
	id=$(sed -n 's/.*JOURNAL_MESSAGE_ID "\([0-9a-f]*\)".*/\1/p' src/cli/journal.h)
	grep -qx -- "-- $id" "$catalog" || echo "no '-- $id' in it"
)"

# Fields that the catalog's text quotes are sent.
report "the catalog quotes fields that are sent" "$(
	for field in $(grep -oE '@MEMTRACE_[A-Z_]+@' "$catalog" | tr -d @ | sort -u); do
		case $field in
		MEMTRACE_VICTIM_* | MEMTRACE_TRIGGER_*) name=${field#MEMTRACE_*_} ;;
		*) name=$field ;;
		esac
		grep -q "$name" src/cli/journal.c || echo "$field"
	done
)"

# It ends with 0 whatever it says, and may have something to say about other units.
verify() { # UNIT
	systemd-analyze verify --man=no "$1" 2>&1 | grep memtrace
}
if ! command -v systemd-analyze >/dev/null; then
	n=$((n + 1))
	echo "# skip: machine: there is no systemd-analyze here"
	echo "ok $n - systemd takes the unit # SKIP"
else
	sed -i "s|^ExecStart=[^ ]*|ExecStart=$tmp/usr/sbin/memtrace|" "$unit"
	report "systemd takes the unit" "$(verify "$unit")"
	sed 's/^ProtectClock=.*/ProtectClock=perhaps/' "$unit" >"$tmp/memtrace-bad.service"
	report "systemd would say so if it did not" \
		"$([ -n "$(verify "$tmp/memtrace-bad.service")" ] || echo "it took a wrong one")"
fi
echo "1..$n"
exit $bad
