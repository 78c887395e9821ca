# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced by fetch and deps: packages of other releases of Debian, by an apt root of its own. The
# machine's sources, lists and pins are left alone; its mirror and proxy are used.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# shellcheck disable=SC2034
vm_cache=${MEMTRACE_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/memtrace/vm}

# The mirror that the machine itself uses for its release, or for that release's security archive.
apt_mirror() { # main|security
	case $1 in
	main) set -- "${MEMTRACE_VM_MIRROR:-}" '' ;;
	*) set -- "${MEMTRACE_VM_MIRROR_SECURITY:-${MEMTRACE_VM_MIRROR:-}}" -security ;;
	esac
	if [ -z "$1" ]; then
		# shellcheck disable=SC1091
		codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
		# shellcheck disable=SC2016
		set -- "$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' |
			awk -v want="$codename$2" '$1 == want { print $2; exit }')"
	fi
	[ -n "$1" ] && echo "$1"
}

# Writes the sources of those suites; fails when no mirror is known.
apt_sources() { # ROOT SUITE...
	apt_list=$1/sources.list
	shift
	for suite in "$@"; do
		case $suite in
		*-security) uri=$(apt_mirror security) || return 1 ;;
		*) uri=$(apt_mirror main) || return 1 ;;
		esac
		echo "deb [signed-by=$keyring] $uri $suite main"
	done >"$apt_list.new"
	mv "$apt_list.new" "$apt_list"
}

# Runs an apt tool on that root; apt_exec=exec in place of this shell.
apt_in() { # ROOT ARCH TOOL ARG...
	apt_root=$1 apt_arch=$2 apt_tool=$3
	shift 3
	${apt_exec:-} "$apt_tool" -o Dir::Etc::sourcelist="$apt_root/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$apt_root/lists" \
		-o Dir::Cache="$apt_root/cache" -o APT::Architecture="$apt_arch" \
		-o APT::Architectures="$apt_arch" -o APT::Sandbox::User=root \
		-o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=30 \
		-o APT::Update::Error-Mode=any -o Acquire::PDiffs=false "$@"
}

# Debian's name of an architecture.
apt_arch_of() { # x86_64|aarch64
	case $1 in
	x86_64) echo amd64 ;;
	aarch64) echo arm64 ;;
	*) echo "$1" ;;
	esac
}
