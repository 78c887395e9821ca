// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of user stacks' way to names: src/sys/maps.c and elfsym.c, src/source/usyms.c and what it
 * is made of. Of this very process, and of children that execute a copy of a program.
 */
#include "test_sys_tree.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include "elfsym.h"
#include "maps.h"
#include "process.h"
#include "usyms.h"

#define MAX_WAIT 20000 /* ms: slow machines only */

static const struct sysroot real_root = {""};

/* What is looked for. */
__attribute__((noinline)) static int a_function_of_its_own(int n)
{
	__asm__ volatile("");
	return n + 1;
}

static uint64_t own_address(void)
{
	return (uint64_t)(uintptr_t)a_function_of_its_own;
}

static struct ev_task own_task(void)
{
	struct ev_task t = {.tgid = (uint32_t)getpid(), .tid = (uint32_t)getpid()};

	assert_int_equal(process_start(&real_root, t.tgid, &t.start_ns), 0);
	prctl(PR_GET_NAME, t.comm);
	return t;
}

/* A name of an address of this process, from the copy at path of the file it is in. */
static int name_in(const char *path, uint64_t address, struct elfsym *sym)
{
	const struct code_map *map;
	struct code_maps maps;
	int err;

	assert_int_equal(code_maps_read(&real_root, (uint32_t)getpid(), &maps), 0);
	map = code_maps_find(&maps, address);
	assert_non_null(map);
	*sym = (struct elfsym){.offset = address - map->begin + map->offset};
	err = elfsym_resolve(open(path, O_RDONLY | O_CLOEXEC), sym, 1);
	code_maps_free(&maps);
	return err;
}

static void function_of_this_program_has_its_name(void **state)
{
	struct elfsym sym;

	(void)state;
	assert_int_equal(a_function_of_its_own(1), 2);
	if (!elfsym_available())
		skip();
	assert_int_equal(name_in("/proc/self/exe", own_address(), &sym), 0);
	assert_string_equal(sym.name, "a_function_of_its_own");
	assert_int_equal(name_in("/proc/self/exe", own_address() + 1, &sym), 0);
	assert_string_equal(sym.name, "a_function_of_its_own");
}

static void what_is_no_program_has_no_names(void **state)
{
	char path[PATH_MAX];
	struct elfsym sym;

	tree_write(*state, "/proc/text", "\177ELF but for the rest\n");
	assert_int_equal(sys_path(*state, path, sizeof(path), "/proc/text"), 0);
	assert_true(name_in(path, own_address(), &sym) < 0);
	assert_string_equal(sym.name, "");
	assert_true(elfsym_resolve(open("/dev/null", O_RDONLY | O_CLOEXEC), &sym, 1) < 0);
}

static void program_copy(const char *path)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	char buf[65536];
	ssize_t n;

	assert_true(from >= 0 && to >= 0);
	while ((n = read(from, buf, sizeof(buf))) > 0)
		assert_int_equal(write(to, buf, (size_t)n), n);
	close(from);
	close(to);
}

static void stripped_program_has_no_wrong_names(void **state)
{
	char path[PATH_MAX], command[PATH_MAX + 16];
	struct elfsym sym;

	if (!elfsym_available())
		skip();
	assert_int_equal(sys_path(*state, path, sizeof(path), "/stripped"), 0);
	program_copy(path);
	snprintf(command, sizeof(command), "strip '%s'", path);
	assert_int_equal(system(command), 0);
	assert_int_equal(name_in(path, own_address(), &sym), 0);
	assert_string_equal(sym.name, "");
}

static void mappings_of_code_are_read(void **state)
{
	const struct code_map *map;
	struct code_maps maps;
	char base[32];

	tree_write(*state, "/proc/7/maps",
		   "00400000-00401000 r--p 00000000 08:01 12 /bin/x\n"
		   "00401000-00403000 r-xp 00001000 08:01 12 /bin/x (deleted)\n"
		   "00500000-00501000 rwxp 00000000 00:00 0\n"
		   "00600000-00601000 r-xp 00002000 fe:12 99 /tmp/a;b\\012c  d\n"
		   "nonsense\n"
		   "7ff000000000-7ff000001000 r-xp 00000000 00:00 0 [vdso]\n");
	assert_int_equal(code_maps_read(*state, 7, &maps), 0);
	assert_int_equal(maps.n, 4);
	assert_null(code_maps_find(&maps, 0x400fff));
	assert_null(code_maps_find(&maps, 0x403000));
	map = code_maps_find(&maps, 0x402fff);
	assert_true(map && map->offset == 0x1000 && map->ino == 12 && map->dev_major == 8);
	assert_int_equal(code_map_base(map, base, sizeof(base)), 1);
	assert_string_equal(base, "x");
	map = code_maps_find(&maps, 0x600000);
	assert_true(map && map->dev_major == 0xfe && map->dev_minor == 0x12);
	code_map_base(map, base, sizeof(base));
	assert_string_equal(base, "a;b\nc  d");
	assert_string_equal(code_maps_find(&maps, 0x7ff000000000)->path, "[vdso]");
	code_maps_free(&maps);
	assert_int_equal(code_maps_read(*state, 8, &maps), -ENOENT);
}

/* Where it is mapped there is another file by now, or none. */
static void another_file_of_that_path_is_not_taken(void **state)
{
	struct code_map map = {.begin = 0x1000, .end = 0x2000, .ino = 1, .path = "/x"};
	char path[PATH_MAX];
	struct stat st;
	int fd;

	tree_write(*state, "/proc/7/root/x", "\177ELF");
	assert_int_equal(code_map_open(*state, 7, &map, &st), -ESTALE);
	assert_int_equal(sys_path(*state, path, sizeof(path), "/proc/7/root/x"), 0);
	assert_int_equal(stat(path, &st), 0);
	map.ino = st.st_ino;
	map.dev_major = major(st.st_dev);
	map.dev_minor = minor(st.st_dev);
	fd = code_map_open(*state, 7, &map, &st);
	assert_true(fd >= 0);
	close(fd);
	map.path = "/y";
	assert_int_equal(code_map_open(*state, 7, &map, &st), -ENOENT);
}

struct fake_stack {
	uint64_t addresses[8];
	int n, reads;
};

static int stack_read(void *ctx, uint32_t id, uint64_t *addresses, int max)
{
	struct fake_stack *s = ctx;

	(void)id;
	s->reads++;
	assert_true(s->n <= max);
	if (s->n > 0)
		memcpy(addresses, s->addresses, (size_t)s->n * sizeof(*addresses));
	return s->n;
}

/* The answer to what was asked; false when there is none. */
static bool answer_get(struct usyms *u, struct ustack_name *out)
{
	for (int waited = 0; waited < MAX_WAIT; waited += 20) {
		bool settled = usyms_settle(u, 20);

		if (usyms_next(u, out))
			return true;
		if (settled)
			return usyms_next(u, out);
	}
	return false;
}

static void stack_of_this_process_is_told_once(void **state)
{
	struct fake_stack s = {.addresses = {own_address(), own_address() + 2, 16, 32}, .n = 4};
	struct usyms *u = usyms_new(&real_root);
	struct ev_task t = own_task();
	struct ustack_name name;

	(void)state;
	assert_non_null(u);
	usyms_want(u, &t, 0, stack_read, &s);
	assert_int_equal(s.reads, 0);
	usyms_want(u, &t, 5, stack_read, &s);
	usyms_want(u, &t, 5, stack_read, &s);
	assert_int_equal(s.reads, 1);
	assert_true(answer_get(u, &name));
	assert_int_equal(name.tgid, t.tgid);
	assert_int_equal(name.id, 5);
	if (usyms_have_names())
		assert_string_equal(name.text, "a_function_of_its_own;a_function_of_its_own;?");
	else
		assert_int_equal(strncmp(name.text, "usyms+0x", 8), 0);
	assert_false(answer_get(u, &name));
	assert_int_equal(usyms_unresolved(u), 0);
	usyms_free(u);
}

/* Callers are unknown where there are no frame pointers; where it faulted itself is somewhere. */
static void fault_in_code_that_is_not_mapped_is_counted(void **state)
{
	struct fake_stack s = {.addresses = {16, own_address()}, .n = 2};
	struct usyms *u = usyms_new(&real_root);
	struct ev_task t = own_task();
	struct ustack_name name;

	(void)state;
	usyms_want(u, &t, 5, stack_read, &s);
	assert_int_equal(usyms_waiting(u), 1);
	assert_true(answer_get(u, &name));
	assert_int_equal(usyms_waiting(u), 0);
	assert_int_equal(strncmp(name.text, "?;", 2), 0);
	assert_int_equal(usyms_unresolved(u), 1);
	usyms_free(u);
}

static void another_process_of_that_number_has_no_names(void **state)
{
	struct fake_stack s = {.addresses = {own_address()}, .n = 1};
	struct usyms *u = usyms_new(&real_root);
	struct ev_task t = own_task();
	struct ustack_name name;

	(void)state;
	t.start_ns += 1000000000;
	usyms_want(u, &t, 5, stack_read, &s);
	assert_false(answer_get(u, &name));
	t.start_ns -= 3000000000;
	usyms_want(u, &t, 5, stack_read, &s);
	assert_false(answer_get(u, &name));
	t = own_task();
	strcpy(t.comm, "before-exec");
	usyms_want(u, &t, 5, stack_read, &s);
	assert_false(answer_get(u, &name));
	assert_int_equal(usyms_unresolved(u), 3);
	/* It is not given up: a fault under its present name brings it. */
	t = own_task();
	usyms_want(u, &t, 5, stack_read, &s);
	assert_true(answer_get(u, &name));
	usyms_free(u);
}

static void stack_that_cannot_be_read_is_counted_once(void **state)
{
	struct fake_stack s = {.n = -ENOENT};
	struct usyms *u = usyms_new(&real_root);
	struct ev_task t = own_task();
	struct ustack_name name;

	(void)state;
	usyms_want(u, &t, 5, stack_read, &s);
	usyms_want(u, &t, 5, stack_read, &s);
	assert_int_equal(s.reads, 1);
	assert_false(answer_get(u, &name));
	assert_int_equal(usyms_unresolved(u), 1);
	usyms_free(u);
}

/*
 * A child of which a copy of this program is mapped, from a file of an odd name that is deleted
 * then. *address is where the function is in it.
 */
static pid_t child_with_deleted(void *root, uint64_t *address)
{
	uint64_t offset;
	struct code_maps maps;
	const struct code_map *map;
	char path[PATH_MAX];
	struct stat st;
	void *p;
	pid_t pid;
	int fd;

	assert_int_equal(sys_path(root, path, sizeof(path), "/a;b\n$x"), 0);
	program_copy(path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && !fstat(fd, &st));
	assert_int_equal(code_maps_read(&real_root, (uint32_t)getpid(), &maps), 0);
	map = code_maps_find(&maps, own_address());
	offset = own_address() - map->begin + map->offset;
	code_maps_free(&maps);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	*address = (uint64_t)(uintptr_t)p + offset;
	unlink(path);
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	munmap(p, (size_t)st.st_size);
	close(fd);
	return pid;
}

static void deleted_file_of_an_odd_name_has_its_names(void **state)
{
	struct usyms *u = usyms_new(&real_root);
	struct fake_stack s = {.n = 2};
	struct ev_task t = own_task();
	struct ustack_name name;
	pid_t pid;

	if (geteuid() || !usyms_have_names())
		skip(); /* only root may follow /proc/PID/map_files */
	pid = child_with_deleted(*state, &s.addresses[0]);
	s.addresses[1] = s.addresses[0] - 16 * 4096; /* no function that this test knows */
	t.tgid = t.tid = (uint32_t)pid;
	assert_int_equal(process_start(&real_root, t.tgid, &t.start_ns), 0);
	usyms_want(u, &t, 1, stack_read, &s);
	assert_true(answer_get(u, &name));
	assert_int_equal(strncmp(name.text, "a_function_of_its_own;", 22), 0);
	/* It has gone, and what it had mapped is known: other stacks of it still have names. */
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	s.n = 1;
	usyms_want(u, &t, 2, stack_read, &s);
	assert_true(answer_get(u, &name));
	assert_string_equal(name.text, "a_function_of_its_own");
	/* But not those that lead out of it. */
	s.addresses[0] = 16;
	usyms_want(u, &t, 3, stack_read, &s);
	assert_false(answer_get(u, &name));
	usyms_free(u);
}

static void many_stacks_are_all_answered(void **state)
{
	struct fake_stack s = {.n = 8};
	struct usyms *u = usyms_new(&real_root);
	struct ev_task t = own_task();
	struct ustack_name name;
	int answers = 0;

	(void)state;
	for (uint32_t id = 1; id <= 2000; id++) {
		for (int i = 0; i < 8; i++)
			s.addresses[i] = own_address() + id + (uint64_t)i * 16;
		usyms_want(u, &t, id, stack_read, &s);
		while (usyms_next(u, &name))
			answers++;
	}
	while (answer_get(u, &name))
		answers++;
	assert_int_equal(answers + (int)usyms_unresolved(u), 2000);
	usyms_free(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(function_of_this_program_has_its_name),
		cmocka_unit_test_setup_teardown(what_is_no_program_has_no_names, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(stripped_program_has_no_wrong_names, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(mappings_of_code_are_read, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(another_file_of_that_path_is_not_taken, tree_setup,
						tree_teardown),
		cmocka_unit_test(stack_of_this_process_is_told_once),
		cmocka_unit_test(fault_in_code_that_is_not_mapped_is_counted),
		cmocka_unit_test(another_process_of_that_number_has_no_names),
		cmocka_unit_test(stack_that_cannot_be_read_is_counted_once),
		cmocka_unit_test_setup_teardown(deleted_file_of_an_odd_name_has_its_names,
						tree_setup, tree_teardown),
		cmocka_unit_test(many_stacks_are_all_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
