#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Looks at the page of `memtrace report --html` in a real Chromium: that it renders, zooms, sorts,
# filters, prints, and what hostile names do to it. Prints TAP. The pages are made of events written
# down as text, by build/tests/page; screenshots of them stay in build/html.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
page=${MEMTRACE_PAGE:-build/tests/page}
out=build/html

skip() { # WHY
	echo "# skip: machine: $1"
	echo "ok 1 - the page in a browser # SKIP"
	echo 1..1
	exit 0
}

command -v chromedriver >/dev/null || skip "there is no chromedriver here"
python=
for p in /usr/bin/python3 python3; do
	"$p" -c 'import selenium' 2>/dev/null && python=$p && break
done
[ -n "$python" ] || skip "there is no Selenium for Python here"

mkdir -p "$out"
for name in jitter hostile nothing; do
	"$page" "tests/golden/$name.events" "$out/$name.html" 2>/dev/null ||
		echo "# $page cannot make the page of $name"
done
"$page" hour 100000 "$out/hour.html" 2>/dev/null || echo "# $page cannot make the page of an hour"
# Times on the page are of the browser's zone.
exec env TZ=UTC "$python" tests/html/browser.py "$out"
