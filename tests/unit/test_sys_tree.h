/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fabricated tree that stands for "/" in tests of src/sys.
 *
 * Layer: tests. Included by tests/unit/test_sys_*.c, each of which uses all of it or none.
 */
#ifndef MEMTRACE_TEST_SYS_TREE_H
#define MEMTRACE_TEST_SYS_TREE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sysfile.h"

/* cmocka set-up: an empty tree in *state. */
static inline int tree_setup(void **state)
{
	struct sysroot *root = calloc(1, sizeof(*root));

	if (!root)
		return -1;
	strcpy(root->path, "/tmp/memtrace-test-XXXXXX");
	*state = root;
	return mkdtemp(root->path) ? 0 : -1;
}

static inline int tree_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int tree_teardown(void **state)
{
	struct sysroot *root = *state;
	int err = nftw(root->path, tree_remove, 16, FTW_DEPTH | FTW_PHYS);

	free(root);
	return err;
}

/* Makes the directory and those above it. Returns its name in buf. */
static inline char *tree_mkdir(const struct sysroot *root, char buf[PATH_MAX], const char *path)
{
	assert_int_equal(sys_path(root, buf, PATH_MAX, "%s", path), 0);
	for (char *p = buf + strlen(root->path) + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(buf, 0755);
		*p = '/';
	}
	mkdir(buf, 0755);
	return buf;
}

static inline void tree_write_bytes(const struct sysroot *root, const char *path, const void *data,
				    size_t size)
{
	char dir[PATH_MAX], name[PATH_MAX];
	int fd;

	strcpy(dir, path);
	*strrchr(dir, '/') = '\0';
	tree_mkdir(root, name, dir);
	assert_int_equal(sys_path(root, name, sizeof(name), "%s", path), 0);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), (ssize_t)size);
	close(fd);
}

static inline void tree_write(const struct sysroot *root, const char *path, const char *text)
{
	tree_write_bytes(root, path, text, strlen(text));
}

/*
 * Bytes that no kernel would write: a given seed gives the same ones. Half of them are from an
 * alphabet that parsers react to.
 */
static inline size_t tree_noise(unsigned int seed, char *buf, size_t cap)
{
	static const char alphabet[] = "0123456789 :-,;\n\n/()=[]abcdefmx\\\t";
	size_t len = (size_t)rand_r(&seed) % cap;

	for (size_t i = 0; i < len; i++) {
		unsigned int r = (unsigned int)rand_r(&seed);

		buf[i] = r & 0x100 ? (char)r : alphabet[(r >> 9) % (sizeof(alphabet) - 1)];
	}
	return len;
}

#endif
