#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Checks what `memtrace export` writes by readers that have nothing of memtrace (export/rules.py),
# where it writes it, and that a terminal is shown how reading goes on. Prints TAP. MEMTRACE names the
# program, build/memtrace by default.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
program=$(realpath "${MEMTRACE:-$top/build/memtrace}")
maker=$top/build/tests/unit/export
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$top/tests/tap.sh"
cd "$tmp" || exit 1

rules() { # FORMAT FILE RECORDING [TABLE]: what is wrong
	python3 "$top/tests/export/rules.py" "$@" 2>&1
}

# What is wrong with a run's exit status, or with what it says.
status() { # WANTED COMMAND...
	wanted=$1
	shift
	"$@" >out 2>err
	is=$?
	[ $is -eq "$wanted" ] || echo "status $is, not $wanted: $*; $(cat err)"
}

export_to() { # FILE RECORDING OPTION...
	file=$1
	shift
	"$program" export "$@" -o "$file" 2>&1
}

for events in export jitter hostile oom churn ustacks squeeze losses nothing; do
	"$maker" --recording "$top/tests/golden/$events.events" $events.mtr || exit 1
done

for name in export jitter hostile oom churn ustacks squeeze losses nothing; do
	for format in chrome folded jsonl; do
		report "$name: $format keeps the rules of its format" \
			"$(export_to $name.$format $name.mtr --format $format &&
				rules $format $name.$format $name.mtr)"
	done
	report "$name: a CSV file per kind of event" \
		"$(export_to $name.d $name.mtr --format csv; [ -s $name.d/meta.csv ] || echo "no meta.csv")"
	wrong=
	for file in "$name".d/*.csv; do
		table=$(basename "$file" .csv)
		[ "$table" = task ] || wrong="$wrong$(rules csv "$file" $name.mtr "$table")"
	done
	report "$name: CSV keeps RFC 4180 and says what the recording has" "$wrong"
done

for name in export jitter hostile; do
	"$program" stalls -r $name.mtr -j | grep '"type":"stall"' >live
	"$program" export $name.mtr --format jsonl --table stall >exported
	report "$name: JSON Lines are those of stalls -j" "$(cmp live exported 2>&1)"
	"$program" -r $name.mtr -j >live
	"$program" export $name.mtr --format jsonl | tail -n 1 >exported
	report "$name: the last one is that of the summary" "$(cmp live exported 2>&1)"
done

# What viewers would make of tracks that do not nest.
sed 's/"dur":100000\.000,"cat":"fault"/"dur":75000.000,"cat":"fault"/' export.chrome >bent
report "the rules notice slices that do not nest" \
	"$([ -n "$(rules chrome bent export.mtr)" ] || echo "they do not")"

"$program" export jitter.mtr --format csv --table stall -p 5310 --min 5ms >part.csv
report "filters apply" "$(awk -F, 'NR > 1 && ($4 != 5310 || $8 < 5000000) { print }
	END { if (NR < 3) print "nothing" }' part.csv)"
"$program" export jitter.mtr --format csv --table stall --from +2.5s --to +3.5s >part.csv
report "ranges apply, to whole intervals" "$(awk -F, 'NR > 1 && ($1 < "2026-11-21T12:00:02" || $1 > "2026-11-21T12:00:04.1") { print }
	END { if (NR < 3) print "nothing" }' part.csv)"
report "a table without rows has its header" \
	"$("$program" export nothing.mtr --format csv --table oom_kill | grep -c . | grep -vx 1)"

report "CSV wants a table or a directory" "$(status 2 "$program" export jitter.mtr --format csv)"
report "a timeline is made of all tables" \
	"$(status 2 "$program" export jitter.mtr --format chrome --table stall)"

before=$(sha256sum jitter.mtr)
ln -s jitter.mtr link
ln jitter.mtr hard
for file in jitter.mtr link hard; do
	report "the recording is not written over: -o $file" \
		"$(status 1 "$program" export jitter.mtr --format jsonl -o $file
		[ "$(sha256sum jitter.mtr)" = "$before" ] || echo "it is")"
done
rm hard link

echo old >there
chmod 600 there
report "a file is replaced when it is whole" \
	"$(status 0 "$program" export jitter.mtr --format jsonl -o there
	cmp there jitter.jsonl 2>&1; stat -c %a there | grep -vx 600; ls there.* 2>/dev/null)"
head -c 5000 jitter.mtr >short
echo old >there
report "and stays as it was where the recording cannot be read" \
	"$(status 1 "$program" export short --format jsonl -o there
	grep -qx old there || echo "it did not"; ls there.* 2>/dev/null)"
report "a full disk is a failure" \
	"$(status 1 "$program" export jitter.mtr --format jsonl -o /dev/full
	grep -q 'No space left' err || cat err)"
"$program" export jitter.mtr --format jsonl >/dev/full 2>err
is=$?
report "also for stdout" "$([ $is -eq 1 ] || echo "status $is"; grep -q 'No space left' err || cat err)"
(
	trap '' PIPE
	"$program" export jitter.mtr --format jsonl 2>err
	echo $? >piped
) | head -n 1 >out
report "a reader who had enough is none" "$(cat err; grep -vx 0 piped)"

report "another export may be replaced" \
	"$(status 0 "$program" export nothing.mtr --format csv -o jitter.d
	[ -e jitter.d/stall.csv ] && echo "stall.csv is still that of before"; ls jitter.d/*.tmp* 2>/dev/null)"
mkdir mine && echo x >mine/notes
report "files of others are not mixed with one" \
	"$(status 1 "$program" export jitter.mtr --format csv -o mine
	[ "$(ls mine)" = notes ] || ls mine)"
report "a file is no directory" "$(status 1 "$program" export jitter.mtr --format csv -o there)"

# One that takes some seconds to read.
made build/tests/genrec && "$top/build/tests/genrec" big.mtr 2000000 600
shown() { # OPTION...: how often a terminal is told how far reading has come
	script -qec "$program summary -r big.mtr -o page $*" typed >/dev/null </dev/null
	grep -o 'reading: [0-9]* %' typed | wc -l
}
report "a terminal is shown how far reading has come" \
	"$([ "$(shown)" -ge 1 ] || cat typed; grep -q 'reading:' page && echo "on the page, too")"
report "but not with -q" "$([ "$(shown -q)" -eq 0 ] || cat typed)"

echo "1..$n"
exit $bad
