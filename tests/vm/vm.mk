# SPDX-License-Identifier: GPL-2.0
# The live tests in virtual machines, one for each kernel of tests/vm/kernels. Included by tests.mk.

VM_INITRAMFS := build/vm/initramfs-$(MACHINE).cpio.gz
VM_PROGRAMS := $(OUT)/static/memtrace $(OUT)/tests/hog $(OUT)/tests/live
ifdef CROSS
BUSYBOX ?= build/vm/busybox-$(MACHINE)
else
BUSYBOX ?= /bin/busybox
endif

# That of another machine is only looked into: it cannot be installed beside our own.
build/vm/busybox-%:
	@mkdir -p $(@D)
	$(call say,FETCH,$@)
	$(Q)tests/vm/busybox $* $(abspath $@)

$(VM_INITRAMFS): tests/vm/initramfs tests/vm/init $(VM_PROGRAMS) $(if $(CROSS),$(BUSYBOX))
	$(call say,PACK,$@)
	$(Q)tests/vm/initramfs $@ $(BUSYBOX) $(VM_PROGRAMS)

ifndef STATIC
# A static memtrace is a build of its own: another make, which knows what of it is out of date.
.PHONY: vm-memtrace
vm-memtrace:
	$(Q)$(MAKE) --no-print-directory STATIC=1 $(OUT)/static/memtrace

$(OUT)/static/memtrace: vm-memtrace ;
endif

# make test-vm KERNELS="6.1 6.12" TESTS='*kill*'
.PHONY: vm test-vm test-arm64 vm-deps
vm: $(VM_INITRAMFS)

test-vm: deps-installed vm-deps
	$(MAKE) vm
	tests/vm/matrix

# The same on arm64, emulated.
test-arm64: deps-installed
	@tools/deps arm64
	@tests/vm/deps aarch64
	$(MAKE) ARCH=arm64 vm
	export KERNELS="$${KERNELS:-6.12-arm64}" MEMTRACE_VM_SLACK="$${MEMTRACE_VM_SLACK:-6}"; \
		tests/vm/matrix

deps: vm-deps
vm-deps:
	@tests/vm/deps
