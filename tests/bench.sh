#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What tracing costs the traced: the same work bare and traced, in turns (A B, B A, A B, ...), as
# the median of the paired ratios.
#
#	tests/bench.sh [ROUNDS [PART...]]
#
# The price of watching in vain, without memory pressure:
#   faults    a loop of nothing but minor faults;
#   switches  two threads on one CPU that do nothing but wake each other.
# The price of what is being watched:
#   reread    clean pages read under a memory cgroup's limit, thousands of stalls a second;
#   squeeze   a process that swaps under a memory cgroup's limit, to memory and to a disk;
#   stall     reclaim that finds nothing, of which hardly more is left than the stall's two ends:
#             the CPU time that one stall costs, in the task and in the tracer itself.
#   snapshot  the CPU time of memtrace itself for one interval, with 10,000 idle processes;
#   record    the CPU time of memtrace for a stall that it records, and the bytes of one: of the
#             writer alone, which is fed 200,000, and of all of it, less what it takes when idle;
#   read      how long views of a recording of 1,000,000 stalls take, and their memory.
#
# Of RUNS runs (5) in a row with the same tracer the fastest counts, for what disturbs only adds.
# Each ratio is given for the time by the clock, which is what counts and what anything else on the
# machine disturbs, and for the CPU time of the work, which it disturbs less. Beside memtrace it
# measures bpftrace and perf, where they are installed, doing the nearest thing.
# Needs root. MEMTRACE and HOG name the programs.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
memtrace=${MEMTRACE:-$top/build/memtrace}
hog=${HOG:-$top/build/tests/hog}
bench_record=$top/build/tests/bench-record
genrec=$top/build/tests/genrec
rounds=${1:-15}
[ $# -gt 0 ] && shift
parts=${*:-faults switches reread squeeze stall snapshot record read}
runs=${RUNS:-5}
faults=${FAULTS:-100000}
switches=${SWITCHES:-40000}
pages=${PAGES:-60000}
stalls=${STALLS:-5000}
idle=${IDLE:-10000}
name=memtrace-bench-$$
tmp=$(mktemp -d) || exit 1
stats=$(cat /proc/sys/kernel/bpf_stats_enabled)
cgroup='' swap='' zram='' tracer='' drip='' herd=''

finish() {
	[ -n "$tracer" ] && kill "$tracer" 2>/dev/null
	[ -n "$herd" ] && kill "$herd" 2>/dev/null
	drip_end
	[ -n "$cgroup" ] && rmdir "$cgroup"
	[ -n "$swap" ] && swapoff "$swap"
	[ -n "$zram" ] && echo "${zram#/dev/zram}" >/sys/class/zram-control/hot_remove
	echo "$stats" >/proc/sys/kernel/bpf_stats_enabled
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
	MEMTRACE_READY_FD=3 "$memtrace" -q -j -o "$tmp/page" 3>"$tmp/ready" &
	tracer=$!
	[ "$(head -c 1 "$tmp/ready" | wc -c)" -eq 1 ] || fail "memtrace did not get ready"
}

# By major faults elsewhere: their entry is probed as soon as there was one.
start_memtrace_armed() {
	start_memtrace
	sleep 1
}

start_bpftrace_empty() {
	bpftrace -e 'tracepoint:exceptions:page_fault_user { }' >"$tmp/bpftrace" 2>&1 &
	tracer=$!
	attached "$tmp/bpftrace" Attaching
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

start_bpftrace_switch() {
	bpftrace -e 'tracepoint:sched:sched_switch { @[tid] = count(); }' >"$tmp/bpftrace" 2>&1 &
	tracer=$!
	attached "$tmp/bpftrace" Attaching
}

start_perf() {
	perf record -q -a -e page-faults -c 1 -o "$tmp/perf.data" >/dev/null 2>&1 &
	tracer=$!
	sleep 1
}

start_perf_trace() {
	perf trace -a --no-syscalls -F all -o "$tmp/perf.data" >/dev/null 2>&1 &
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

# Each prints the time for one unit of work, in ns: by the clock, and of CPU.
per_unit() { # HOG'S ARGUMENT...
	: >"$tmp/hog"
	for _ in $(seq "$runs"); do
		nice -n -20 "$hog" "$@" >>"$tmp/hog" || return
	done
	sed 's/.*"units":\([0-9]*\),"seconds":\([0-9.]*\),"cpu_seconds":\([0-9.]*\).*/\1 \2 \3/' \
		"$tmp/hog" | awk '{ s = $2 / $1 * 1e9; c = $3 / $1 * 1e9
			if (NR == 1 || s < clock) clock = s
			if (NR == 1 || c < cpu) cpu = c } END { print clock, cpu }'
}

work_faults() {
	per_unit minor "$faults"
}

work_switches() {
	per_unit pingpong "$switches"
}

work_reread() {
	per_unit -g "$cgroup" reread "$tmp/holes" 256 "$pages"
}

work_squeeze() {
	per_unit -g "$cgroup" anon 96 0.2
}

work_stall() {
	per_unit -g "$cgroup" futile "$cgroup" "$stalls"
}

tracer_cpu() { # ns that the tracer's first thread has run
	[ -n "$tracer" ] || echo 0
	[ -n "$tracer" ] && cut -d ' ' -f 1 "/proc/$tracer/schedstat"
}

# Also prints what the tracer itself took of the CPU, in ns.
measure() { # WORK START
	"start_$2"
	before=$(tracer_cpu)
	value=$("work_$1")
	after=$(tracer_cpu)
	stop
	[ -z "$value" ] || echo "$value $((after - before))"
}

middle() { # COLUMN OF FILE
	cut -d ' ' -f "$1" "$2" | sort -n | awk '{ v[NR] = $1 }
		END { print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }'
}

quartiles() { # COLUMN OF FILE
	cut -d ' ' -f "$1" "$2" | sort -n | awk '{ v[NR] = $1 } END { printf "%.3f..%.3f",
		v[int((NR + 3) / 4)], v[int((3 * NR + 3) / 4)] }'
}

# Runs in this shell: measure() in a substitution would lose $tracer, which finish() needs.
measure_to() { # FILE WORK START
	measure "$2" "$3" >"$tmp/value"
	cat "$tmp/value" >>"$1"
	[ -s "$tmp/value" ] || fail "no figure for $3"
}

# Fills $tmp/bare and $tmp/traced, a line each round.
turns() { # WORK START
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
}

pair() { # WORK START LABEL
	turns "$1" "$2"
	paste -d ' ' "$tmp/bare" "$tmp/traced" | awk '{ print $4 / $1, $5 / $2 }' >"$tmp/ratio"
	printf '%-34s %8.0f %8.0f %6.3f  %s %6.3f  %s\n' "$3" "$(middle 1 "$tmp/bare")" \
		"$(middle 1 "$tmp/traced")" "$(middle 1 "$tmp/ratio")" \
		"$(quartiles 1 "$tmp/ratio")" "$(middle 2 "$tmp/ratio")" "$(quartiles 2 "$tmp/ratio")"
}

heading() { # TITLE
	printf '\n%s (%d pairs)\n' "$1" "$rounds"
	printf '%-34s %8s %8s %6s  %-12s %6s  %s\n' "" "bare ns" "traced" "ratio" "quartiles" \
		"CPU" "quartiles"
}

# How many stalls one unit of the work "stall" is: on cgroup v2 the kernel tries more than once.
stalls_each() {
	grep -o '"proactive":{"count":[0-9]*' "$tmp/page" | head -n 1 |
		awk -F : -v n=$((stalls * runs)) '{ print $3 / n }'
}

cost() { # START LABEL
	turns stall "$1"
	[ "$1" != memtrace ] || each=$(stalls_each)
	paste -d ' ' "$tmp/bare" "$tmp/traced" | awk -v each="$each" -v n=$((stalls * runs)) '{
		task = ($5 - $2) / each; own = $6 / n / each
		print (task + own) / 1e3, task / 1e3, own / 1e3 }' >"$tmp/cost"
	printf '%-34s %6.2f us  %-14s %6.2f %8.2f\n' "$2" "$(middle 1 "$tmp/cost")" \
		"$(quartiles 1 "$tmp/cost")" "$(middle 2 "$tmp/cost")" "$(middle 3 "$tmp/cost")"
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

# In memory: no disk is as fast, so what tracing costs is most here, and a disk has moods.
zram_make() {
	modprobe -q zram 2>/dev/null
	number=$(cat /sys/class/zram-control/hot_add 2>/dev/null) && zram=/dev/zram$number &&
		echo 128M >"/sys/block/zram$number/disksize" && mkswap -q "$zram" >/dev/null &&
		swapon "$zram" && swap=$zram
}

file_make() {
	dd if=/dev/zero of="$tmp/swap" bs=1M count=128 status=none && chmod 600 "$tmp/swap" &&
		mkswap -q "$tmp/swap" >/dev/null && swapon "$tmp/swap" && swap=$tmp/swap
}

swap_make() {
	zram_make || file_make
}

swap_end() {
	swapoff "$swap" && swap=
	[ -z "$zram" ] || echo "${zram#/dev/zram}" >/sys/class/zram-control/hot_remove
	zram=
}

beside() { # WORK PROGRAM START LABEL
	command -v "$2" >/dev/null && pair "$1" "$3" "$4"
}

drip_start() {
	"$hog" -g "$cgroup" drip 5 &
	drip=$!
}

drip_end() {
	[ -n "$drip" ] || return 0
	kill "$drip"
	wait "$drip" 2>/dev/null
	drip=
}

part_faults() {
	heading "minor fault, no memory pressure"
	pair faults memtrace "memtrace summary"
	beside faults bpftrace bpftrace "bpftrace: faults counted by pid"
	beside faults perf perf "perf record -e page-faults -c 1"
	beside faults perf perf_trace "perf trace -F all"
	beside faults bpftrace bpftrace_empty "empty program, page_fault_user"
	swap_make || return 0
	drip_start
	pair faults memtrace_armed "memtrace summary, armed"
	drip_end
	swap_end
}

part_switches() {
	heading "context switch and back, no memory pressure"
	pair switches memtrace "memtrace summary"
	beside switches bpftrace bpftrace_switch "bpftrace: switches counted by tid"
}

part_reread() {
	truncate -s 256M "$tmp/holes"
	heading "clean page read under a cgroup's limit"
	pair reread memtrace "memtrace summary"
	beside reread bpftrace bpftrace_reclaim "bpftrace: reclaim histogram by pid"
}

squeeze_to() { # MAKE WHERE
	if ! "$1"; then
		echo "no swap on $2 can be made (TMPDIR is $tmp): left out" >&2
		return
	fi
	heading "page touched under a cgroup's limit, swapping to $2"
	pair squeeze memtrace "memtrace summary"
	beside squeeze bpftrace bpftrace_reclaim "bpftrace: reclaim histogram by pid"
	swap_end
}

part_squeeze() {
	squeeze_to zram_make zram
	squeeze_to file_make "a file on disk"
}

# The same from the kernel's clock around each program: less disturbed, but without what it costs
# to call them.
programs() {
	echo 1 >/proc/sys/kernel/bpf_stats_enabled
	start_memtrace
	work_stall >/dev/null
	sed -n 's/^prog_id:[[:space:]]*//p' /proc/"$tracer"/fdinfo/* 2>/dev/null | sort -u |
		while read -r id; do
			bpftool prog show id "$id" | tr '\n' ' '
			echo
		done | awk '{ for (i = 1; i < NF; i++) v[$i] = $(i + 1) }
			v["name"] ~ /^(memcg_|stall_switch)/ && v["run_cnt"] { printf "  %-32s %6.2f us a run\n",
				v["name"], v["run_time_ns"] / v["run_cnt"] / 1e3 }
			{ split("", v) }'
	stop
	echo "$stats" >/proc/sys/kernel/bpf_stats_enabled
}

part_stall() {
	printf '\nCPU time of a stall, begin to end (%d pairs of %d)\n' "$rounds" "$stalls"
	printf '%-34s %9s  %-14s %6s %8s\n' "" "cost" "quartiles" "task" "tracer"
	cost memtrace "memtrace summary"
	command -v bpftool >/dev/null && programs
	command -v bpftrace >/dev/null &&
		cost bpftrace_reclaim "bpftrace: reclaim histogram by pid"
}

own_cpu() { # nanoseconds, of all its threads
	cat /proc/"$tracer"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

herd_start() { # N processes that do nothing; each ends with the first of them
	rm -f "$tmp/herd" "$tmp/herded"
	mkfifo "$tmp/herd"
	"$hog" idle "$1" 0 <"$tmp/herd" >"$tmp/herded" &
	herd=$!
	exec 4>"$tmp/herd"
	until [ -s "$tmp/herded" ]; do
		sleep 0.2
	done
}

herd_end() {
	exec 4>&-
	wait "$herd"
	herd=
}

# Twenty intervals a round. The first seconds, in which command lines are looked up, do not count.
intervals() { # WORDS...
	rm -f "$tmp/ready"
	mkfifo "$tmp/ready"
	MEMTRACE_READY_FD=3 "$memtrace" "$@" -q -i 0.2 -o /dev/null 3>"$tmp/ready" &
	tracer=$!
	[ "$(head -c 1 "$tmp/ready" | wc -c)" -eq 1 ] || fail "memtrace did not get ready"
	sleep 8
	: >"$tmp/intervals"
	for _ in $(seq "$rounds"); do
		before=$(own_cpu)
		sleep 4
		echo "$before $(own_cpu)" | awk '{ print ($2 - $1) / 20 / 1e6 }' >>"$tmp/intervals"
	done
	stop
}

part_snapshot() {
	printf '\nCPU time of an interval (%d times 20 of 0.2 s)\n' "$rounds"
	printf '%-34s %9s  %s\n' "" "cost" "quartiles"
	for n in 0 "$idle"; do
		herd_start "$n"
		for command in summary faults "faults -L" "faults -S rss"; do
			# shellcheck disable=SC2086 # words
			intervals $command
			printf '%-34s %6.2f ms  %s\n' "$n idle processes: $command" \
				"$(middle 1 "$tmp/intervals")" "$(quartiles 1 "$tmp/intervals")"
		done
		herd_end
	done
}

row() { # LABEL FILE
	printf '%-34s %6.2f us  %-14s %6.1f\n' "$1" "$(middle 1 "$2")" "$(quartiles 1 "$2")" \
		"$(middle 2 "$2")"
}

writer_alone() {
	: >"$tmp/writer"
	for _ in $(seq "$rounds"); do
		"$bench_record" "$tmp/w.mtr" | sed 's/.*us_per_event":\([0-9.]*\).*event":\([0-9.]*\).*/\1 \2/' \
			>>"$tmp/writer"
	done
	row "writer alone, 200,000 stalls" "$tmp/writer"
}

# What it takes for its snapshots is not the stalls' doing.
record_once() {
	rm -f "$tmp/ready"
	mkfifo "$tmp/ready"
	MEMTRACE_READY_FD=3 "$memtrace" record -q -o "$tmp/r.mtr" 3>"$tmp/ready" &
	tracer=$!
	[ "$(head -c 1 "$tmp/ready" | wc -c)" -eq 1 ] || fail "memtrace did not get ready"
	sleep 3
	idle_from=$(own_cpu) from=$(date +%s%N)
	sleep 4
	idle_to=$(own_cpu) middle=$(date +%s%N)
	"$hog" -g "$cgroup" reread "$tmp/holes" 256 $((pages * 30)) >/dev/null
	sleep 1
	to=$(own_cpu) end=$(date +%s%N)
	stop
	count=$("$memtrace" summary -j -r "$tmp/r.mtr" | grep -o '"stalls":{"count":[0-9]*' |
		head -n 1 | sed 's/.*://')
	[ "${count:-0}" -gt 1000 ] || fail "only ${count:-no} stalls were recorded"
	bytes=$(stat -c %s "$tmp/r.mtr")
	echo "$idle_from $idle_to $to $from $middle $end $count $bytes" | awk '{
		rate = ($2 - $1) / ($5 - $4); own = $3 - $2 - rate * ($6 - $5)
		print own / $7 / 1e3, $8 / $7 }'
}

part_record() {
	[ -x "$bench_record" ] || return 0
	printf '\nCPU time of recording a stall (%d rounds)\n' "$rounds"
	printf '%-34s %9s  %-14s %6s\n' "" "cost" "quartiles" "bytes"
	writer_alone
	truncate -s 256M "$tmp/holes"
	: >"$tmp/live"
	for _ in $(seq "$rounds"); do
		record_once >"$tmp/value"
		cat "$tmp/value" >>"$tmp/live"
	done
	row "memtrace record, less idle" "$tmp/live"
}

# Seconds by the clock and of CPU, MiB: the median of five runs each.
part_read() {
	[ -x "$genrec" ] && [ -x /usr/bin/time ] || return 0
	"$genrec" "$tmp/big.mtr" || fail "no recording could be made"
	printf '\nViews of a recording of 1,000,000 stalls, %s MB\n' \
		"$(($(stat -c %s "$tmp/big.mtr") / 1000000))"
	for view in summary "summary -j" "summary --from -60s" faults swap; do
		for _ in 1 2 3 4 5; do
			# shellcheck disable=SC2086 # words of a command line
			/usr/bin/time -f '%e %U %M' "$memtrace" $view -r "$tmp/big.mtr" \
				2>&1 >/dev/null | tail -n 1
		done | sort -n | awk -v view="$view" 'NR == 3 {
			printf "%-34s %6.2f s %6.2f s of CPU %6.0f MiB\n", view, $1, $2, $3 / 1024 }'
	done
}

cgroup_make
for part in $parts; do
	"part_$part"
done
