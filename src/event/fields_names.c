/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer: event. Field tables (fields.h) of texts: names for what other events have as numbers, and
 * the kernel log.
 */
#include "fields.h"

static const struct field cgroup_fields[] = {
	TIME(ev_cgroup, "when the name was read"),
	JSON(ev_cgroup, id, "id", FU_NONE, "the cgroup's id"),
	CPU(ev_cgroup),
	TEXT(ev_cgroup, path, "path", "below the root of its hierarchy"),
};
TEXT_KIND(EV_CGROUP, ev_cgroup, cgroup, "path of a cgroup");

static const struct field process_fields[] = {
	TIME(ev_process, "when the command line was read"),
	JSON(ev_process, tgid, "pid", FU_NONE, "process id"),
	HIDDEN(ev_process, start_ns, "start_ns", FU_TIME, "when the process started"),
	CPU(ev_process),
	TEXT(ev_process, cmdline, "cmdline", "arguments, joined by spaces"),
};
TEXT_KIND(EV_PROCESS, ev_process, process, "command line of a process");

static const struct field file_fields[] = {
	TIME(ev_file, "when the path was read"),
	JSON(ev_file, ino, "ino", FU_NONE, "inode number"),
	JSON(ev_file, dev_major, "dev_major", FU_NONE, "device"),
	JSON(ev_file, dev_minor, "dev_minor", FU_NONE, "device"),
	CPU(ev_file),
	TEXT(ev_file, path, "path", "of the file"),
};
TEXT_KIND(EV_FILE, ev_file, file, "path of a file");

static const struct field symbol_fields[] = {
	TIME(ev_symbol, "when it was looked up"),
	JSON(ev_symbol, address, "address", FU_ADDR, "in the kernel"),
	CPU(ev_symbol),
	TEXT(ev_symbol, name, "name", "the symbol"),
};
TEXT_KIND(EV_SYMBOL, ev_symbol, symbol, "symbol of a kernel address");

static const struct field stack_fields[] = {
	TIME(ev_stack, "when it was looked up"),
	JSON(ev_stack, id, "id", FU_NONE, "number of the stack"),
	CPU(ev_stack),
	TEXT(ev_stack, frames, "frames", "symbols, innermost first, joined by ;"),
};
TEXT_KIND(EV_STACK, ev_stack, stack, "a kernel stack");

static const struct field ustack_fields[] = {
	TIME(ev_ustack, "when it was looked up"),
	JSON(ev_ustack, tgid, "pid", FU_NONE, "process id"),
	HIDDEN(ev_ustack, start_ns, "start_ns", FU_TIME, "when the process started; 0: unknown"),
	HIDDEN(ev_ustack, id, "id", FU_NONE, "what faults of this process call it"),
	CPU(ev_ustack),
	TEXT(ev_ustack, frames, "frames", "functions, innermost first, ';' between them"),
};
TEXT_KIND(EV_USTACK, ev_ustack, ustack, "a user stack");

static const struct field user_fields[] = {
	TIME(ev_user, "when it was read"),
	JSON(ev_user, uid, "uid", FU_NONE, "user id"),
	CPU(ev_user),
	TEXT(ev_user, name, "name", "of the user"),
};
TEXT_KIND(EV_USER, ev_user, user, "name of a user");

static const struct field kmsg_fields[] = {
	TIME(ev_kmsg, "as the kernel stamped the line"),
	JSON(ev_kmsg, seq, "seq", FU_NONE, "the line's number in the kernel log"),
	CPU(ev_kmsg),
	TEXT(ev_kmsg, text, "text", "the line"),
};
TEXT_KIND(EV_KMSG, ev_kmsg, kmsg, "a line of the kernel log about an OOM kill");
