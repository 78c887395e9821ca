# SPDX-License-Identifier: GPL-2.0
# The live tests in virtual machines, one for each kernel of tests/vm/kernels. Included by tests.mk.

VM_INITRAMFS := build/vm/initramfs-$(shell uname -m).cpio.gz
VM_PROGRAMS := build/static/memtrace build/tests/hog build/tests/live
BUSYBOX ?= /bin/busybox

$(VM_INITRAMFS): tests/vm/initramfs tests/vm/init $(VM_PROGRAMS)
	$(call say,PACK,$@)
	$(Q)tests/vm/initramfs $@ $(BUSYBOX) $(VM_PROGRAMS)

ifndef STATIC
# A static memtrace is a build of its own: another make, which knows what of it is out of date.
.PHONY: vm-memtrace
vm-memtrace:
	$(Q)$(MAKE) --no-print-directory STATIC=1 build/static/memtrace

build/static/memtrace: vm-memtrace ;
endif

# make test-vm KERNELS="6.1 6.12" TESTS='oom*'
.PHONY: vm test-vm vm-deps
vm: $(VM_INITRAMFS)

test-vm: deps-installed vm-deps
	$(MAKE) vm
	tests/vm/matrix

deps: vm-deps
vm-deps:
	@tests/vm/deps
