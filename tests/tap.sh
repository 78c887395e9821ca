# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced by the tests/check-*.sh: report NAME WRONG prints a TAP line; n and bad are their sums.
# made TARGET has make(1) make it in $top; what is wrong comes to stderr.

n=0 bad=0

report() { # NAME WRONG(text, "" = fine)
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		bad=1
		echo "$2" | sed 's/^/# /'
		echo "not ok $n - $1"
	fi
}

# The make that runs the tests, if one does, is to know nothing of it.
made() { # TARGET
	env -u MAKEFLAGS -u MFLAGS make -s -C "$top" "$1" >/dev/null
}
