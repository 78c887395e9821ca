#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Checks the directions between the layers: which layer's headers each layer may include. Prints
# TAP. "check-layers.sh DIR" checks another tree and only prints what is wrong with it.
set -u

# layer: the layers whose headers it may include besides its own
table='
util:
event:   util
model:   util event
view:    util event model
sys:     util event
probe:   util event
source:  util event sys probe
store:   util event
cli:     util event model view sys probe source store
'
# Layers that may include libbpf.
libbpf='probe source'

may_use() { # LAYER -> the layers it may include
	echo "$table" | sed -n "s/^$1:\\(.*\\)/$1\\1/p"
}

# Names of headers, one a line, that a file includes in quotes or brackets.
includes() { # FILE
	sed -n 's/^[ \t]*#[ \t]*include[ \t]*[<"]\([^">]*\)[">].*/\1/p' "$1"
}

violations() { # TREE -> "FILE: what" lines
	cd "$1" || exit 1
	for file in src/*/*.[ch] src/*/*.def; do
		[ -e "$file" ] || continue
		layer=${file#src/}
		layer=${layer%%/*}
		allowed=$(may_use "$layer")
		[ -n "$allowed" ] || echo "$file: $layer is no layer of the table"
		for header in $(includes "$file"); do
			check_include "$file" "$layer" "$header" "$allowed"
		done
	done
	for file in src/*.[ch]; do
		[ -e "$file" ] && echo "$file: belongs to no layer"
	done
	for file in bpf/*.[ch]; do
		[ -e "$file" ] || continue
		for header in $(includes "$file"); do
			for found in src/*/"$header" "src/$header"; do
				[ -e "$found" ] && echo "$file: includes $header of src/"
			done
		done
	done
}

check_include() { # FILE LAYER HEADER ALLOWED
	case $3 in
	../* | */../*) echo "$1: includes $3 by a relative path" ;;
	bpf/libbpf.h | bpf/bpf.h | bpf/btf.h | bpf/libbpf_*.h | *.skel.h | linux/bpf.h)
		case " $libbpf " in
		*" $2 "*) ;;
		*) echo "$1: includes $3, but only these may use libbpf: $libbpf" ;;
		esac
		;;
	esac
	for found in src/*/"$3"; do
		[ -e "$found" ] || continue
		owner=${found#src/}
		owner=${owner%%/*}
		case " $4 " in
		*" $owner "*) ;;
		*) echo "$1: $2 must not include $3 of $owner" ;;
		esac
	done
}

# A tree with one violation of each sort, to see that each is found.
fabricate() { # DIR
	mkdir -p "$1/src/util" "$1/src/model" "$1/src/view" "$1/bpf"
	: >"$1/src/util/good.h"
	: >"$1/src/view/page.h"
	echo '#include "page.h"' >"$1/src/model/upward.c"
	echo '#include <bpf/libbpf.h>' >"$1/src/view/kernel.c"
	echo '#  include "memtrace.skel.h"' >"$1/src/model/skeleton.c"
	echo '#include "../util/good.h"' >"$1/src/model/relative.c"
	echo '#include "good.h"' >"$1/bpf/borrows.h"
	mkdir "$1/src/attic"
	: >"$1/src/attic/lost.c"
	: >"$1/src/stray.c"
	printf '#include "good.h"\n#include <stdio.h>\n' >"$1/src/view/right.c"
}

if [ $# -eq 1 ]; then
	violations "$1"
	exit
fi

top=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$top/tests/tap.sh"

fabricate "$tmp"
found=$(violations "$tmp")
for file in src/model/upward.c src/view/kernel.c src/model/skeleton.c src/model/relative.c \
	bpf/borrows.h src/attic/lost.c src/stray.c; do
	case $found in
	*"$file: "*) report "finds the violation in a fabricated $file" "" ;;
	*) report "finds the violation in a fabricated $file" "found only: $found" ;;
	esac
done
case $found in
*right.c*) report "leaves a right file alone" "$found" ;;
*) report "leaves a right file alone" "" ;;
esac
if ls "$top"/src/*/*.c >/dev/null 2>&1; then
	report "includes go only towards lower layers" "$(violations "$top")"
else
	report "includes go only towards lower layers" "no sources found under $top/src"
fi
echo "1..$n"
exit $bad
