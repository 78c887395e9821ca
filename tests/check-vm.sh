#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Checks the matrix of kernels itself (tests/vm): what it does when a kernel cannot be had, does not
# boot, hangs, has no BTF or complains, and when it is told nonsense. Prints TAP. Boots VMs that run
# one short test each; "check-vm.sh -n" leaves those out.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d) || exit 1
running=""
# shellcheck disable=SC2317
finish() {
	[ -z "$running" ] || kill "$running" 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 143' INT TERM
. "$top/tests/tap.sh"

matrix() { # VAR=VALUE... -> $tmp/said, $status
	env -u CMOCKA_MESSAGE_OUTPUT MEMTRACE_VM_OUT="$tmp/out" "$@" "$top/tests/vm/matrix" \
		>"$tmp/said" 2>&1
	status=$?
}

# Nothing if every text was said.
lacks() { # TEXT...
	for text in "$@"; do
		grep -qF -e "$text" "$tmp/said" || echo "\"$text\" was not said:
$(cat "$tmp/said")"
	done
}

status_is() { # STATUS
	[ "$status" -eq "$1" ] || echo "status $status, not $1"
}

# What one boot would have left, for the verdict.
verdict_of() { # CONSOLE-TEXT LINES-TEXT STATUS -> $tmp/said
	printf '%s\n' "$1" >"$tmp/k.console"
	printf '%s\n' "$2" >"$tmp/k.lines"
	: >"$tmp/k.qemu"
	MEMTRACE_VM_LIST=none "$top/tests/vm/verdict" k "$tmp/k" "$3" >"$tmp/said"
}

check_splat() { # CONSOLE-TEXT WORD(ok|not)
	verdict_of "$1" "1..1
ok 1 - t
# vm: end 0" 0
	if [ "$2" = ok ]; then
		report "leaves alone: $(echo "$1" | tail -n 1)" "$(lacks "
ok - k: no splat in the kernel log")"
	else
		report "finds: $(echo "$1" | tail -n 1)" "$(lacks "not ok - k: no splat" "# $1")"
	fi
}

check_splat "[ 1.0] WARNING: CPU: 0 PID: 1 at mm/vmscan.c:1 f+0x1/0x2" not
check_splat "[ 1.0] BUG: kernel NULL pointer dereference, address: 0" not
check_splat "[ 1.0] BUG: sleeping function called from invalid context at mm/x.c:1" not
check_splat "[ 1.0] Oops: 0000 [#1] PREEMPT SMP" not
check_splat "[ 1.0] general protection fault, probably for non-canonical address" not
check_splat "[ 1.0] WARNING: possible circular locking dependency detected" not
check_splat "[ 1.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:" not
check_splat "[ 1.0] INFO: task hog:1 blocked for more than 60 seconds." not
check_splat "[ 1.0] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [hog:1]" not
check_splat "[ 1.0] Kernel panic - not syncing: x" not
check_splat "[ 1.0] Call Trace:" not
check_splat "[ 1.0] hog invoked oom-killer: gfp_mask=0x0
[ 1.0] Call Trace:" ok
check_splat "[ 1.0] hog: page allocation failure: order:0, mode:0x820(GFP_ATOMIC)
[ 1.0] Call Trace:" ok
check_splat "[ 1.0] DEBUG: nothing" ok

verdict_of "$(for i in 1 2 3 4 5 6; do echo "before $i"; done)
[ 1.0] WARNING: here
$(for i in $(seq 14); do echo "after $i"; done)" "" 0
report "shows what stands around a splat, and not all else" \
	"$(lacks "# before 2" "# [ 1.0] WARNING: here" "# after 12")$(grep -E '^# (before 1|after 13)' "$tmp/said")"

verdict_of "quiet" "1..2
ok 1 - t
# vm: end 0" 0
report "fails when a test did not come to its end" \
	"$(lacks "not ok - k: runs its tests to their end" "1 of 2 planned tests")"
verdict_of "quiet" "1..1
# skip: kernel: no such thing
not ok 1 # SKIP t
# vm: end 0" 0
report "keeps a skipped test's reason" \
	"$(lacks "# skip: kernel: no such thing" "ok - k: t # SKIP" "ok - k: runs its tests")"
verdict_of "quiet" "1..1
# skip: machine: no such disk
not ok 1 # SKIP t
# vm: end 0" 0
report "fails when its own machine is not set up for a test" \
	"$(lacks "# skip: machine: no such disk" "not ok - k: t")$(grep SKIP "$tmp/said")"
verdict_of "quiet" "1..1
ok 1 - t
# doctor libbpf: failed to find something
# vm: end 0" 0
report "fails when doctor prints a warning" \
	"$(lacks "not ok - k: doctor prints nothing but JSON" "# libbpf: failed")"
verdict_of "quiet" "1..0
# vm: end 0" 0
report "fails when no test ran" "$(lacks "not ok - k: runs its tests" "no live test ran")"

# What is committed of what kernels showed.
record() { # WORD...
	MEMTRACE_VM_README="$tmp/readme" MEMTRACE_VM_INSNS="$tmp/insns" "$top/tests/vm/record" "$@" \
		>"$tmp/said" 2>&1
}
told() { # STATUS INSTRUCTIONS
	printf '# doctor {"type":"probe","time":"t","signal":"%s","source":"x","status":"%s"}\n' \
		stall.memcg "$1" oom.log ok
	printf '# doctor {"type":"program","name":"task_exit","verified_insns":%s}\n' "$2"
}
mkdir -p "$tmp/lines"
told degraded 100 >"$tmp/lines/6.1.lines"
told missing 200 >"$tmp/lines/7.lines"
grep 'kernels: ' "$top/README.md" >"$tmp/readme"
grep '^#' "$top/tests/vm/insns" >"$tmp/insns"
record signals 6.1 "$tmp/lines/6.1.lines"
report "a table that lacks a kernel differs" "$(lacks "doctor: stall.memcg less" "MEMTRACE_BLESS=1")"
record insns 6.1 "$tmp/lines/6.1.lines"
report "a program without a ceiling is told" "$(lacks "task_exit has no ceiling")"
record write "$tmp/lines" 6.1
record write "$tmp/lines" 7
cp "$tmp/readme" "$tmp/said"
report "what is blessed is a table of all kernels" \
	"$(lacks "| signal | 6.1 | 7 |" "| \`stall.memcg\` | less | - |" "| \`oom.log\` | ok | ok |")"
record signals 6.1 "$tmp/lines/6.1.lines"
cat "$tmp/said" >"$tmp/both"
record insns 7 "$tmp/lines/7.lines"
report "and then agrees" "$(cat "$tmp/both" "$tmp/said")"
told ok 126 >"$tmp/lines/6.1.lines"
record insns 6.1 "$tmp/lines/6.1.lines"
report "a quarter more instructions is allowed" "$(cat "$tmp/said")"
told ok 201 >"$tmp/lines/6.1.lines"
record insns 6.1 "$tmp/lines/6.1.lines"
report "more is not" "$(lacks "task_exit: the verifier walked 201 instructions")"
record signals 6.1 "$tmp/lines/6.1.lines"
report "a signal that changed differs" "$(lacks "README: stall.memcg less" "doctor: stall.memcg ok")"

matrix KERNELS="6.1 no-such-kernel"
report "an unknown name is refused, and the known ones are listed" \
	"$(status_is 2; lacks "no kernel is called 'no-such-kernel'" " 6.1 6.1-v1 6.12 ")"

# An archive of our own, in place of the tools that ask the mirror.
fake_archive() { # VERSION...
	mkdir -p "$tmp/bin" "$tmp/archive"
	: >"$tmp/packages"
	for version in "$@"; do
		rm -rf "$tmp/pkg"
		mkdir -p "$tmp/pkg/DEBIAN" "$tmp/pkg/boot" "$tmp/pkg/usr/lib/modules/$version"
		printf 'Package: linux-t-%s\nVersion: %s-1\nArchitecture: all\nMaintainer: t <t@t>\n' \
			"$version" "$version" >"$tmp/pkg/DEBIAN/control"
		echo 'Description: t' >>"$tmp/pkg/DEBIAN/control"
		# Both places where a kernel may be.
		case $version in
		5.*) echo "$version" >"$tmp/pkg/boot/vmlinuz-$version" ;;
		*) echo "$version" >"$tmp/pkg/usr/lib/modules/$version/vmlinuz" ;;
		esac
		dpkg-deb -b "$tmp/pkg" "$tmp/archive/linux-t-$version.deb" >/dev/null
		sed '/Maintainer/d' "$tmp/pkg/DEBIAN/control" >>"$tmp/packages"
		echo >>"$tmp/packages"
	done
	cat >"$tmp/bin/apt-get" <<-END
		#!/bin/sh
		for word; do last=\$word; done
		case "\$*" in
		*indextargets*) ;;
		*update*) [ ! -e "$tmp/unreachable" ] ;;
		*download*) cp "$tmp/archive/\${last%%=*}.deb" . ;;
		esac
	END
	printf '#!/bin/sh\ncat "%s"\n' "$tmp/packages" >"$tmp/bin/apt-cache"
	chmod +x "$tmp/bin/apt-get" "$tmp/bin/apt-cache"
}

fetch() { # -> $tmp/said, $status; what the kernel's file holds in $got
	env PATH="$tmp/bin:$PATH" MEMTRACE_VM_CACHE="$tmp/cache" MEMTRACE_VM_MIRROR=none:/ \
		"$top/tests/vm/fetch" x86_64 t 'linux-t-[0-9.]+' >"$tmp/path" 2>"$tmp/said"
	status=$?
	got=$(cat "$(cat "$tmp/path")" 2>/dev/null)
}

got_is() { # TEXT
	[ "$got" = "$1" ] || echo "got '$got', not '$1': $(cat "$tmp/said")"
}

if command -v dpkg-deb >/dev/null && command -v flock >/dev/null; then
	: >"$tmp/unreachable"
	fake_archive 5.9
	fetch
	report "a kernel that cannot be had is an error with the remedy" \
		"$(status_is 1; lacks "cannot be had" "MEMTRACE_VM_MIRROR")"
	rm "$tmp/unreachable"
	fetch
	report "the kernel of a package comes out of /boot" "$(status_is 0; got_is 5.9)"
	fake_archive 5.9 5.10
	fetch
	report "of two versions the newer is taken" "$(status_is 0; got_is 5.10)"
	fake_archive 5.10 6.20
	rm "$tmp/archive/linux-t-6.20.deb"
	fetch
	report "a failed download takes the kernel that is kept, and says so" \
		"$(status_is 0; got_is 5.10; lacks "6.20=6.20-1 cannot be had: taking")"
	fake_archive 5.10 6.20
	fetch
	report "the kernel of a split package comes out of /usr/lib/modules" \
		"$(status_is 0; got_is 6.20)"
	: >"$tmp/unreachable"
	rm -f "$tmp/cache/apt"/*/refreshed
	fetch
	report "without the mirror the newest kernel that is kept is taken, and that is said" \
		"$(status_is 0; got_is 6.20; lacks "cannot be had: taking")"
	rm -rf "$tmp/cache" "$tmp/unreachable"
	fetch &
	first=$!
	fetch
	wait "$first"
	report "two that fetch the same at the same time both get it" "$(got_is 6.20)"
	report "and nothing half is left" "$(find "$tmp/cache" -name '*.new' -o -name 'fetch.*')"
else
	echo "# skip: machine: no dpkg-deb or no flock"
	report "kernels are fetched # SKIP" ""
fi

# Real boots. The list has a kernel for each way to fail, and one that works.
row=$(sed -n 's/^6\.12 *|\([^|]*|[^|]*|[^|]*\)|.*/\1/p' "$top/tests/vm/kernels")
cat >"$tmp/list" <<END
good   |$row| |
hangs  |$row| memtrace.hang |
no-btf |$row| memtrace.no-btf |
panics |$row| rdinit=/no-such-init |
absent | x86_64 | trixie | linux-image-no-such-.* | |
END

matrix MEMTRACE_VM_LIST="$tmp/list" KERNELS="good hangs" QEMU_x86_64="$tmp/no-such-qemu"
report "without QEMU each kernel fails, with the remedy" \
	"$(status_is 1; lacks "not ok - good: has a machine to run on" \
		"not ok - hangs: has a machine" "there is no $tmp/no-such-qemu; 'sudo make deps'")"

disks() {
	find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'memtrace-vm.*' 2>/dev/null
}

# QEMUs that write to our directory.
machines() {
	for pid in /proc/[0-9]*; do
		line=$(tr '\0' ' ' 2>/dev/null <"$pid/cmdline") 2>/dev/null
		case $line in
		*"serial file:$tmp/out"*) echo "PID ${pid#/proc/}: $line" ;;
		esac
	done
}

# Stands for QEMU: tests that fail among others; one of them, "unlucky", passes when it runs alone.
cat >"$tmp/qemu" <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do
	case $1 in
	file:*.console) : >"${1#file:}" ;;
	file:*.lines) lines=${1#file:} ;;
	-append) words=$2 ;;
	esac
	shift
done
case $words in
*memtrace.tests=unlucky*) printf '1..1\nok 1 - unlucky\n' ;;
*memtrace.tests=broken*) printf '1..1\nnot ok 1 - broken\n' ;;
*memtrace.tests=many*) printf '1..4\nnot ok 1 - a\nnot ok 2 - b\nnot ok 3 - c\nnot ok 4 - unlucky\n' ;;
*) printf '1..3\nok 1 - fine\nnot ok 2 - unlucky\nnot ok 3 - broken\n' ;;
esac >"$lines"
echo '# vm: end 1' >>"$lines"
END
chmod +x "$tmp/qemu"

second_chances() {
	matrix MEMTRACE_VM_LIST="$tmp/list" KERNELS=good QEMU_x86_64="$tmp/qemu"
	report "a test that failed among others and passes alone has passed, and that is said" \
		"$(status_is 1; lacks "5 ok, 1 FAILED" "ok alone")"
	report "one that fails alone, too, has failed" "$(lacks "not ok - good: broken")"
	matrix MEMTRACE_VM_LIST="$tmp/list" KERNELS=good QEMU_x86_64="$tmp/qemu" TESTS=many
	report "of many that failed none is tried again" \
		"$(status_is 1; lacks "3 ok, 4 FAILED" "not ok - good: unlucky")"
}

boots() {
	export TMPDIR="$tmp/disks"
	mkdir -p "$TMPDIR"
	second_chances
	matrix MEMTRACE_VM_LIST="$tmp/list" MEMTRACE_VM_LIMIT=30 TESTS='help_and*' \
		KERNELS="hangs panics no-btf absent good"
	report "a machine that hangs is killed at its limit, and its console shown" \
		"$(lacks "not ok - hangs: runs its tests" "it did not end within 30 s" \
			"Run /init as init process")"
	report "a panic at boot is told, and found in the log" \
		"$(lacks "not ok - panics: runs its tests" "not ok - panics: no splat" \
			"Kernel panic - not syncing")"
	report "a kernel without BTF fails, and what that means is said" \
		"$(lacks "not ok - no-btf: has BTF" "no signal of it works")"
	report "a package that does not exist fails, with the remedy" \
		"$(lacks "not ok - absent: its package can be had" "no package of trixie is called" \
			"MEMTRACE_VM_MIRROR")"
	report "the others still run" \
		"$(status_is 1; lacks "good (6.12" "): 4 ok, 0 failed, 0 n/a")"
	report "nothing is left of them" "$(machines; disks)"

	MEMTRACE_VM_OUT="$tmp/out" MEMTRACE_VM_LIST="$tmp/list" KERNELS=hangs \
		"$top/tests/vm/matrix" >/dev/null 2>&1 &
	running=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -n "$(machines)" ] && break
		sleep 1
	done
	seen=$(machines)
	kill -TERM "$running"
	wait "$running"
	status=$? running=""
	sleep 1
	report "an interrupted run ends its machines and removes their disks" \
		"$(status_is 143; [ -n "$seen" ] || echo "none was running"; machines; disks)"
}

if [ "${1:-}" = -n ]; then
	:
elif ! command -v "${QEMU_x86_64:-qemu-system-x86_64}" >/dev/null ||
	[ ! -e "$top/build/vm/initramfs-x86_64.cpio.gz" ]; then
	echo "# skip: machine: no QEMU, or 'make vm' has not been run"
	report "boots that fail # SKIP" ""
else
	boots
fi
echo "1..$n"
exit $bad
