#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What tracing costs the traced: the same work bare and traced, in turns (A B, B A, A B, ...), as
# the median of the paired ratios.
#
#	tests/bench.sh [ROUNDS]
#
# 1. a loop of nothing but minor faults, without memory pressure: the price of watching in vain;
# 2. a process squeezed in a memory cgroup with swap: the price of what is being watched.
#
# Beside memtrace it measures bpftrace and perf, where they are installed, doing the nearest thing.
# Needs root. MEMTRACE and HOG name the programs.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
memtrace=${MEMTRACE:-$top/build/memtrace}
hog=${HOG:-$top/build/tests/hog}
rounds=${1:-15}
faults=${FAULTS:-400000}
name=memtrace-bench-$$
tmp=$(mktemp -d) || exit 1
cgroup='' swap='' tracer=''

finish() {
	[ -n "$tracer" ] && kill "$tracer" 2>/dev/null
	[ -n "$swap" ] && swapoff "$swap"
	[ -n "$cgroup" ] && rmdir "$cgroup"
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
	echo "bench: $*" >&2
	exit 1
}

[ "$(id -u)" -eq 0 ] || fail "needs root"
for program in "$memtrace" "$hog"; do
	[ -x "$program" ] || fail "no $program: build first"
done

# Each way of tracing has start_* (in the background, PID in $tracer, returns when it is attached).

start_bare() {
	tracer=
}

start_memtrace() {
	rm -f "$tmp/ready"
	mkfifo "$tmp/ready"
	MEMTRACE_READY_FD=3 "$memtrace" -q -o "$tmp/page" 3>"$tmp/ready" &
	tracer=$!
	[ "$(head -c 1 "$tmp/ready" | wc -c)" -eq 1 ] || fail "memtrace did not get ready"
}

start_bpftrace() {
	bpftrace -e 'software:page-faults:1 { @[pid] = count(); }' >"$tmp/bpftrace" 2>&1 &
	tracer=$!
	attached "$tmp/bpftrace" Attaching
}

start_bpftrace_reclaim() {
	bpftrace -e 'tracepoint:vmscan:mm_vmscan_memcg_reclaim_begin { @t[tid] = nsecs; }
		tracepoint:vmscan:mm_vmscan_memcg_reclaim_end /@t[tid]/ {
			@us[pid] = hist((nsecs - @t[tid]) / 1000); delete(@t[tid]); }' \
		>"$tmp/bpftrace" 2>&1 &
	tracer=$!
	attached "$tmp/bpftrace" Attaching
}

start_perf() {
	perf record -q -a -e page-faults -c 1 -o "$tmp/perf.data" >/dev/null 2>&1 &
	tracer=$!
	sleep 1
}

attached() { # FILE WORD
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.3
		grep -q "$2" "$1" && break
	done
	sleep 1
}

stop() {
	[ -n "$tracer" ] || return 0
	kill -TERM "$tracer" # a shell starts its background jobs deaf to SIGINT
	wait "$tracer" 2>/dev/null # by TERM: some say so by their status
	tracer=
	rm -f "$tmp/perf.data"
}

figure() { # KEY < hog's line
	sed -n "s/.*\"$1\":\\([0-9.]*\\).*/\\1/p"
}

# Both print the time for one unit of work, in ns.
work_faults() {
	"$hog" minor "$faults" | figure seconds | awk -v n="$faults" '{ print $1 / n * 1e9 }'
}

work_squeeze() {
	"$hog" -g "$cgroup" anon 96 1 >"$tmp/hog" || return
	awk -v s="$(figure seconds <"$tmp/hog")" -v n="$(figure pages <"$tmp/hog")" \
		'BEGIN { print s / n * 1e9 }'
}

measure() { # WORK START
	"start_$2"
	value=$("work_$1")
	stop
	echo "$value"
}

median() {
	sort -n | awk '{ v[NR] = $1 }
		END { print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }'
}

quartiles() {
	sort -n | awk '{ v[NR] = $1 } END { printf "%.3f..%.3f", v[int((NR + 3) / 4)],
		v[int((3 * NR + 3) / 4)] }'
}

# Runs in this shell: measure() in a substitution would lose $tracer, which finish() needs.
measure_to() { # FILE WORK START
	measure "$2" "$3" >"$tmp/value"
	cat "$tmp/value" >>"$1"
	value=$(cat "$tmp/value")
	[ -n "$value" ] || fail "no figure for $3"
}

pair() { # WORK START LABEL
	: >"$tmp/bare"
	: >"$tmp/traced"
	measure "$1" bare >/dev/null # warm up
	i=0
	while [ $i -lt "$rounds" ]; do
		if [ $((i % 2)) -eq 0 ]; then
			measure_to "$tmp/bare" "$1" bare
			measure_to "$tmp/traced" "$1" "$2"
		else
			measure_to "$tmp/traced" "$1" "$2"
			measure_to "$tmp/bare" "$1" bare
		fi
		i=$((i + 1))
	done
	paste "$tmp/bare" "$tmp/traced" | awk '{ print $2 / $1 }' >"$tmp/ratio"
	printf '%-34s %11.0f %11.0f %9.3f  %s\n' "$3" "$(median <"$tmp/bare")" \
		"$(median <"$tmp/traced")" "$(median <"$tmp/ratio")" "$(quartiles <"$tmp/ratio")"
}

heading() { # TITLE
	printf '\n%s (%d pairs)\n' "$1" "$rounds"
	printf '%-34s %11s %11s %9s  %s\n' "" "bare ns" "traced ns" "ratio" "quartiles"
}

cgroup_make() {
	root=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/mounts)
	if [ -n "$root" ]; then
		mkdir "$root/$name" || fail "cannot make a cgroup"
		cgroup=$root/$name
		echo 64M >"$cgroup/memory.limit_in_bytes"
		return
	fi
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$root" ] || fail "no memory cgroups here"
	echo +memory >"$root/cgroup.subtree_control"
	mkdir "$root/$name" || fail "cannot make a cgroup"
	cgroup=$root/$name
	echo 64M >"$cgroup/memory.max"
}

swap_make() {
	dd if=/dev/zero of="$tmp/swap" bs=1M count=128 status=none && chmod 600 "$tmp/swap" &&
		mkswap -q "$tmp/swap" >/dev/null && swapon "$tmp/swap" && swap=$tmp/swap
}

heading "minor fault, no memory pressure"
pair faults memtrace "memtrace summary"
command -v bpftrace >/dev/null && pair faults bpftrace "bpftrace: faults counted by pid"
command -v perf >/dev/null && pair faults perf "perf record -e page-faults -c 1"

cgroup_make
if swap_make; then
	heading "page touched under a cgroup's limit, swapping"
	pair squeeze memtrace "memtrace summary"
	command -v bpftrace >/dev/null &&
		pair squeeze bpftrace_reclaim "bpftrace: reclaim histogram by pid"
else
	echo "no swap can be made in $tmp: set TMPDIR" >&2
fi
