#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Checks that README, --help and headers tell the same and enough. Prints TAP. MEMTRACE names the
# program, build/memtrace by default.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
program=${MEMTRACE:-build/memtrace}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$top/tests/tap.sh"

# Long options of text on stdin, one a line.
options() {
	grep -oE -- '(^|[^-[:alnum:]])--[a-z][a-z-]*[a-z]' | grep -oE -- '--[a-z].*' | sort -u
}

# Lines of README that show another program's command are none of our options.
readme_options() {
	grep -vE '(^|[ `])(perf|bpftool|apt-get|make|git|sysctl|systemd-run|systemctl|setcap) ' README.md | options
}

"$program" --help >"$tmp/help" 2>&1
options <"$tmp/help" >"$tmp/of-help"
readme_options >"$tmp/of-readme" 2>/dev/null
report "--help names options" "$([ -s "$tmp/of-help" ] || echo "$program --help shows none")"
report "README names every option of --help" "$(comm -23 "$tmp/of-help" "$tmp/of-readme")"
report "README names no option that --help lacks" "$(comm -13 "$tmp/of-help" "$tmp/of-readme")"

# The manual page is made of the README: has what made it left anything out, or the README changed?
made build/memtrace.8 2>"$tmp/make"
groff -t -man -Tutf8 -ww build/memtrace.8 >"$tmp/page" 2>"$tmp/groff"
report "the manual page can be set" "$(cat "$tmp/make" "$tmp/groff")"
sed 's/\x1b\[[0-9;]*m//g' "$tmp/page" | tr '\n' ' ' | sed 's/‐ *//g; s/−/-/g' | options >"$tmp/of-man"
report "the manual page names every option of --help" "$(comm -23 "$tmp/of-help" "$tmp/of-man")"
usage=$(sed -n 's/^usage: //p' "$tmp/help")
report "the manual page has the usage of --help" "$(grep -qF "$usage" tools/man || echo "$usage")"
report "the manual page has all its parts" "$(for word in NAME SYNOPSIS DESCRIPTION EXAMPLES OPTIONS \
	COMMANDS RECORDINGS LIMITS "SEE ALSO"; do
	sed -n "/^\.SH/{n;p;}" build/memtrace.8 | grep -qx "$word" || echo "$word"
done
grep -cE "^(sudo )?memtrace " build/memtrace.8 | awk '$1 < 8 { print $1 " examples" }')"

# A public function needs a comment above it, or above the block of declarations it is in.
undocumented() { # HEADER...
	awk '
	FNR == 1 { commented = 0; open = 0 }
	/\/\*/ { open = 1; commented = 1 }
	open { if (/\*\//) open = 0; next }
	/^[[:space:]]*$/ { commented = 0; next }
	/^(static inline |extern |const |struct |enum |unsigned )*[a-z_0-9]+ [*a-z_0-9]+\(/ {
		if (!commented && !/\/\*/)
			printf "%s:%d: %s\n", FILENAME, FNR, $0
	}' "$@"
}
report "public functions have comments" "$(undocumented src/*/*.h)"

first_comment() { # FILE...: those whose first lines do not say which layer they are
	for file in "$@"; do
		head -n 30 "$file" | grep -qi 'layer' || echo "$file"
	done
}
report "each source file says which layer it belongs to" "$(first_comment src/*/*.[ch] bpf/*.[ch])"

spdx_missing() {
	for file in "$@"; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier' || echo "$file"
	done
}
report "each source file names its licence" \
	"$(spdx_missing src/*/*.[ch] bpf/*.[ch] tests/*/*.[ch] tests/run tests/*.sh)"

report "no line ends in blanks" \
	"$(grep -nE '[[:blank:]]+$' README.md tests/run tests/*.sh tests/*.md \
		src/*/*.[ch] src/*.md bpf/*.[ch] tests/*/*.[ch] 2>/dev/null | head -n 20)"

echo "1..$n"
exit $bad
