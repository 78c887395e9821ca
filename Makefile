# SPDX-License-Identifier: GPL-2.0
# memtrace. The targets people use: all test demo bench lint install deps clean (make help).

VERSION := 0.1.0

CLANG  ?= clang
BPFTOOL ?= bpftool
PREFIX ?= /usr/local

# The machine built for: ARCH=arm64 (or aarch64, amd64, x86_64); as a rule the one that builds. BPF
# programs see it only in the layout of the perf event context.
alias_arm64 := aarch64
alias_amd64 := x86_64
BPF_ARCH_x86_64 := x86
BPF_ARCH_aarch64 := arm64
DIR_x86_64 := amd64
DIR_aarch64 := arm64
HOST_ARCH := $(shell uname -m)
ARCH ?= $(HOST_ARCH)
MACHINE := $(or $(alias_$(ARCH)),$(ARCH))
BPF_ARCH := $(BPF_ARCH_$(MACHINE))
TRIPLET := $(MACHINE)-linux-gnu

# CROSS: the name of a foreign machine, after which its directory and its packages are called.
ifneq ($(MACHINE),$(HOST_ARCH))
CROSS := $(or $(DIR_$(MACHINE)),$(MACHINE))
ifeq ($(origin CC),default)
CC := $(TRIPLET)-gcc
endif
# What runs the programs it builds; their files are not kept apart by machine.
ifneq ($(filter unit test test-vm bench demo,$(MAKECMDGOALS)),)
$(error memtrace: programs for $(ARCH) cannot be run here; leave ARCH out of 'make $(MAKECMDGOALS)')
endif
PKG_CONFIG ?= env PKG_CONFIG_LIBDIR=/usr/lib/$(TRIPLET)/pkgconfig:/usr/share/pkgconfig pkg-config
endif
PKG_CONFIG ?= pkg-config

# OUT holds what is built for one machine. STATIC=1: one binary that runs on a host with nothing
# installed.
OUT    := build$(if $(CROSS),/$(CROSS))
B      := $(OUT)$(if $(STATIC),/static)

LAYERS := util event model view sys probe source store cli
INCLUDES := -Ibpf $(addprefix -Isrc/,$(LAYERS)) -I$(B)
WARN := -Wall -Wextra -Werror
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(CFLAGS) $(WARN) $(INCLUDES) \
	-DMEMTRACE_VERSION='"$(VERSION)"' -DMEMTRACE_LIBBPF='"$(LIBBPF_VERSION)"' -pthread
DEPFLAGS = -MMD -MP

# libdw has the names of functions in user stacks: NO_LIBDW=1 does without, and so does a machine
# that has none.
HAVE_LIBDW := $(if $(NO_LIBDW),,$(shell $(PKG_CONFIG) $(if $(STATIC),--static) --exists libdw \
	2>/dev/null && echo libdw))
ifdef HAVE_LIBDW
ALL_CFLAGS += -DHAVE_LIBDW
endif

# libsystemd writes entries of the journal: NO_LIBSYSTEMD=1 does without, and so does a static build.
HAVE_LIBSYSTEMD := $(if $(NO_LIBSYSTEMD)$(STATIC),,$(shell $(PKG_CONFIG) --exists libsystemd \
	2>/dev/null && echo libsystemd))
ifdef HAVE_LIBSYSTEMD
ALL_CFLAGS += -DHAVE_LIBSYSTEMD
endif

# SQLite holds recordings (3.37 has STRICT tables): NO_SQLITE=1 does without (no record, report, export, -r).
HAVE_SQLITE := $(if $(NO_SQLITE),,$(shell $(PKG_CONFIG) $(if $(STATIC),--static) --exists 'sqlite3 >= 3.37' \
	2>/dev/null && echo sqlite3))
ifdef HAVE_SQLITE
ALL_CFLAGS += -DHAVE_SQLITE
endif

comma := ,
ifdef STATIC
ALL_CFLAGS += -DMEMTRACE_STATIC
LIBS = $(shell $(PKG_CONFIG) --static --libs libbpf $(HAVE_LIBDW) libelf zlib $(HAVE_SQLITE))
LINK_FLAGS := -static -Wl$(comma)--wrap=dlopen
else
LIBS = $(shell $(PKG_CONFIG) --libs libbpf $(HAVE_LIBDW) libelf zlib $(HAVE_SQLITE) $(HAVE_LIBSYSTEMD))
endif
LIBBPF_VERSION = $(shell $(PKG_CONFIG) --modversion libbpf)

SRC := $(foreach l,$(LAYERS),$(wildcard src/$(l)/*.c))
ifdef HAVE_SQLITE
SRC := $(filter-out src/cli/norecordings.c,$(SRC))
else
SRC := $(filter-out src/store/% src/view/html% src/model/chart% $(addprefix src/cli/,\
	record.c replay.c replay_filter.c tee.c when.c page.c export.c),$(SRC))
endif
OBJ := $(SRC:%.c=$(B)/%.o)
# make V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)')

# What runs without a kernel: what unit tests link.
PURE_OBJ := $(filter-out $(B)/src/cli/% $(B)/src/probe/% $(B)/src/source/%,$(OBJ))

.PHONY: all minimal unit live test bench demo lint deps deps-arm64 install uninstall clean check-tools help
.DELETE_ON_ERROR:

all: $(B)/memtrace

help:
	@echo "make            build $(B)/memtrace"
	@echo "make STATIC=1   one static binary, $(OUT)/static/memtrace"
	@echo "make NO_LIBDW=1 without names of functions in user stacks"
	@echo "make NO_SQLITE=1 without recordings (record, report, export, -r)"
	@echo "make NO_LIBSYSTEMD=1  without entries in the journal (oom --journal)"
	@echo "make minimal    without any of these three, build/minimal/memtrace"
	@echo "make ARCH=arm64 for another machine, build/arm64/memtrace; STATIC=1 and live work too"
	@echo "make demo       (root) squeeze a program and show memtrace's page about it"
	@echo "make test       (root) all tests"
	@echo "make test-vm    the live tests in VMs: KERNELS=\"6.1 7\" TESTS='*kill*'; a part of make test"
	@echo "make test-arm64 (root) the same on an emulated arm64 machine"
	@echo "make bench      (root) what tracing costs, beside other tools"
	@echo "make lint       format and static checks"
	@echo "make install    DESTDIR= PREFIX=/usr/local"
	@echo "make deps       (root) install what building and testing need"
	@echo "make deps-arm64 (root) install what building for arm64 needs too"

# Said before anything is compiled, with the remedy.
check-tools:
	@tools/check-tools "$(CC)" "$(CLANG)" "$(BPFTOOL)" "$(PKG_CONFIG)" "$(BPF_ARCH)" "$(MACHINE)" \
		"$(CROSS)"

$(B)/memtrace: $(OBJ)
	$(if $(HAVE_SQLITE),,@echo "  without SQLite: no record, report, export, -r")
	$(if $(HAVE_LIBDW),,@echo "  without libdw: no names of functions in user stacks")
	$(if $(HAVE_LIBSYSTEMD)$(STATIC),,@echo "  without libsystemd: no oom --journal")
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK_FLAGS) $(LDFLAGS) -pthread -o $@ $^ $(LIBS)

$(B)/%.o: %.c | check-tools
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) $(DEPFLAGS) -c -o $@ $<

# BPF: one object out of all program files, then its skeleton.
BPF_CFLAGS := -g -O2 -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -Ibpf -Ivmlinux \
	-I/usr/include/$(TRIPLET) $(WARN) -Wno-unused-parameter

$(B)/memtrace.bpf.o: bpf/memtrace.bpf.c | check-tools
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) $(DEPFLAGS) -MT $@ -c -o $@ $<

$(B)/memtrace.skel.h: $(B)/memtrace.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name memtrace_bpf > $@

# The same object for kernels without the kfunc it calls: see skel_open() in src/probe/load.c.
$(B)/plain.bpf.o: bpf/memtrace.bpf.c | check-tools
	@mkdir -p $(@D)
	$(call say,BPF,$< (no kfunc))
	$(Q)$(CLANG) $(BPF_CFLAGS) -DNO_KFUNC $(DEPFLAGS) -MT $@ -c -o $@ $<

$(B)/plain.skel.h: $(B)/plain.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name plain_bpf > $@

$(filter $(B)/src/probe/%,$(OBJ)): $(B)/memtrace.skel.h $(B)/plain.skel.h

# The page of `report --html`: what comes before its data, and what after, as bytes for C.
PAGE_SRC := $(wildcard src/view/html/*.* src/view/html/uplot/*)
PAGE_INC := $(B)/page_head.inc $(B)/page_tail.inc

$(B)/page_head.inc: tools/page $(PAGE_SRC)
	@mkdir -p $(@D)
	$(call say,PAGE,$@)
	$(Q)tools/page src/view/html $(B)

$(B)/page_tail.inc: $(B)/page_head.inc
	$(Q)touch $@

$(B)/src/view/html_page.o: $(PAGE_INC)

# Tests: tests/README.md tells what is what.
include tests/tests.mk

# With none of the libraries that serve single commands.
minimal:
	$(MAKE) B=$(OUT)/minimal NO_SQLITE=1 NO_LIBDW=1 NO_LIBSYSTEMD=1 all

demo: deps-installed
	$(MAKE) all $(OUT)/tests/hog
	tools/demo $(B)

lint:
	tools/lint

deps:
	tools/deps $(CROSS)

deps-arm64:
	tools/deps arm64

UNIT_DIR := $(DESTDIR)$(PREFIX)/lib/systemd/system
CATALOG_DIR := $(DESTDIR)$(PREFIX)/lib/systemd/catalog
JOURNAL_FLAG := $(if $(HAVE_LIBSYSTEMD), --journal)

# The manual page, where there is lowdown to make it of the README.
MAN8_DIR := $(DESTDIR)$(PREFIX)/share/man/man8
HAVE_LOWDOWN := $(shell command -v lowdown)

build/memtrace.8: README.md tools/man Makefile
	@mkdir -p $(@D)
	$(call say,MAN,$@)
	$(Q)tools/man $(VERSION) >$@

install: all $(if $(HAVE_LOWDOWN),build/memtrace.8)
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/doc/memtrace
	install -m 755 $(B)/memtrace $(DESTDIR)$(PREFIX)/sbin/memtrace
	install -m 644 README.md CHANGELOG.md LICENSE src/store/SCHEMA.md $(DESTDIR)$(PREFIX)/share/doc/memtrace/
	$(if $(HAVE_LOWDOWN),install -D -m 644 build/memtrace.8 $(MAN8_DIR)/memtrace.8,@echo \
		"  without lowdown: no manual page")
	install -m 644 src/view/html/uplot/LICENSE $(DESTDIR)$(PREFIX)/share/doc/memtrace/LICENSE.uPlot
	install -d $(UNIT_DIR) $(CATALOG_DIR)
	sed -e 's|@sbindir@|$(PREFIX)/sbin|' -e 's| @journal@|$(JOURNAL_FLAG)|' \
		tools/systemd/memtrace-oom.service.in >$(UNIT_DIR)/memtrace-oom.service
	chmod 644 $(UNIT_DIR)/memtrace-oom.service
	install -m 644 tools/systemd/memtrace.catalog $(CATALOG_DIR)/memtrace.catalog

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/memtrace
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/memtrace
	rm -f $(MAN8_DIR)/memtrace.8
	rm -f $(UNIT_DIR)/memtrace-oom.service $(CATALOG_DIR)/memtrace.catalog

clean:
	rm -rf build

# The kernel types that bpf/ reads: only needed to add a field (vmlinux/README.md).
$(B)/btfhdr: tools/btfhdr.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(CFLAGS) $(WARN) -o $@ $< $(LIBS)

-include $(OBJ:.o=.d) $(B)/memtrace.bpf.d $(B)/plain.bpf.d
