# SPDX-License-Identifier: GPL-2.0
# How the tests are built and run. Included by the Makefile; see tests/README.md.

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
TEST_CFLAGS = $(ALL_CFLAGS) $(shell $(PKG_CONFIG) --cflags cmocka json-c) \
	-DGOLDEN_DIR='"$(CURDIR)/tests/golden"'
TEST_LIBS = $(shell $(PKG_CONFIG) --libs cmocka json-c) -lm
UNIT_LIBS = $(TEST_LIBS) $(shell $(PKG_CONFIG) --libs libbpf $(HAVE_LIBDW) libelf $(HAVE_SQLITE))

ifndef HAVE_SQLITE
ifneq ($(filter unit live test test-vm bench,$(MAKECMDGOALS)),)
$(error memtrace: the tests need SQLite: 'sudo make deps' installs it)
endif
endif

# Unit tests: each file one program, with all that needs no kernel, under the sanitizers.
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT := $(UNIT_SRC:tests/unit/test_%.c=build/tests/unit/%)
# The ladder asks BTF, not a kernel; names are looked up in files; reports go to directories.
ASAN_OBJ := $(PURE_OBJ:$(B)/%=build/asan/%) $(patsubst %,build/asan/src/probe/%.o,ladder signals types) \
	$(patsubst %,build/asan/src/source/%.o,aftermath census cgwatch kstack lookup names queue symbols ufiles umaps usyms worker) \
	$(patsubst %,build/asan/src/cli/%.o,fixed hook lockdir option_args option_checks options pending replay_filter reports rotate \
	service spares when)

build/asan/%.o: %.c | check-tools
	@mkdir -p $(@D)
	$(call say,CC,$< (asan))
	$(Q)$(CC) $(ALL_CFLAGS) $(SANITIZE) $(DEPFLAGS) -c -o $@ $<

build/asan/src/view/html_page.o: $(PAGE_INC)

build/asan/libpure.a: $(ASAN_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

build/tests/unit/%: tests/unit/test_%.c build/asan/libpure.a
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) $(DEPFLAGS) -Itests/unit -o $@ $< build/asan/libpure.a \
		$(UNIT_LIBS)

# Live tests: one program that drives the real memtrace, and the workloads it runs. They are built
# for another machine too, to be run there; all else only for the one that builds.
HOG_SRC := $(wildcard tests/live/hog*.c)
LIVE_SRC := $(filter-out $(HOG_SRC),$(wildcard tests/live/*.c))

$(OUT)/tests/live: $(LIVE_SRC) $(wildcard tests/live/*.h) | check-tools
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(CC) $(TEST_CFLAGS) -Itests/live -o $@ $(LIVE_SRC) $(TEST_LIBS) \
		$(if $(HAVE_SQLITE),$(shell $(PKG_CONFIG) --libs sqlite3))

$(OUT)/tests/hog: $(HOG_SRC) tests/live/hog.h | check-tools
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g -fno-omit-frame-pointer $(WARN) -static \
		-pthread -o $@ $(HOG_SRC)

# Makes large recordings, for measuring how fast they are read.
GENREC_OBJ := $(filter $(B)/src/event/% $(B)/src/store/% $(B)/src/util/%,$(OBJ))

build/tests/genrec: tests/bench/genrec.c tests/unit/test_rec.h $(GENREC_OBJ)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/unit -o $@ $< $(GENREC_OBJ) $(LIBS)

# Makes pages of report --html for tests/check-html.sh.
build/tests/page: tests/html/page.c $(PURE_OBJ)
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(DEPFLAGS) -o $@ $< $(PURE_OBJ) $(LIBS)

unit: $(UNIT) build/tests/page
live: $(OUT)/tests/live $(OUT)/tests/hog

test: deps-installed vm-deps html-deps
	$(MAKE) all unit live vm
	TEST_TIMEOUT=$${TEST_TIMEOUT:-4700} tests/run -j 2 $(UNIT) -j 1 $(OUT)/tests/live \
		$(sort $(wildcard tests/check-*.sh)) tests/vm/matrix

# A fresh machine needs no other command than 'make test' or 'make demo'.
.PHONY: deps-installed
deps-installed:
	@tools/deps

# What it costs to record: as fast as memtrace itself is built.
BENCH_RECORD := $(if $(HAVE_SQLITE),build/tests/bench-record)

build/tests/bench-record: tests/bench/record.c tests/unit/test_stalls.h $(filter $(B)/src/store/% \
		$(B)/src/event/% $(B)/src/util/%,$(OBJ))
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(CC) $(TEST_CFLAGS) -Itests/unit -o $@ $(filter %.c %.o,$^) $(UNIT_LIBS)

# The browser that check-html.sh drives.
.PHONY: html-deps
deps: html-deps
html-deps:
	@tests/html/deps

bench: all live build/tests/genrec $(BENCH_RECORD)
	tests/bench.sh

include tests/vm/vm.mk

-include $(ASAN_OBJ:.o=.d) $(UNIT:=.d) build/tests/page.d
