// SPDX-License-Identifier: GPL-2.0
/*
 * Small things of the live tests: clock, files, settings, skips, JSON by path.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include "harness.h"

double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void sleep_s(double seconds)
{
	struct timespec ts = {.tv_sec = seconds, .tv_nsec = (seconds - (time_t)seconds) * 1e9};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

ssize_t text_read(const char *path, char *buf, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (len < cap - 1 && (n = read(fd, buf + len, cap - 1 - len)) > 0)
		len += n;
	close(fd);
	buf[len] = '\0';
	return len;
}

char *text_load(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		return NULL;
	n = getdelim(&text, &cap, '\0', f);
	fclose(f);
	if (n < 0 && text)
		text[0] = '\0';
	return text ? text : strdup("");
}

int text_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

void file_make(char path[PATH_MAX], const char *name, unsigned mib)
{
	char *chunk = malloc(MIB);
	int fd;

	assert_non_null(chunk);
	memset(chunk, 7, MIB);
	test_path(path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	while (mib--)
		assert_int_equal(write(fd, chunk, MIB), MIB);
	assert_int_equal(fsync(fd), 0);
	close(fd);
	free(chunk);
}

/* text is "PATH VALUE". What is so already is left alone: some settings take note of who wrote. */
static void setting_restore(const char *text)
{
	char path[512], now[64], *value;

	snprintf(path, sizeof(path), "%s", text);
	value = strchr(path, ' ');
	*value++ = '\0';
	if (text_read(path, now, sizeof(now)) <= 0 || strcmp(now, value) != 0)
		text_write(path, value);
}

/* Of several words the one that is set is in brackets. */
int setting_set(const char *path, const char *value)
{
	char old[64], *set;
	ssize_t n = text_read(path, old, sizeof(old));
	int err;

	if (n < 0)
		return n;
	err = text_write(path, value);
	set = strchr(old, '[');
	if (set)
		old[strcspn(old, "]")] = '\0';
	if (!err)
		undo_push(setting_restore, "%s %s", path, set ? set + 1 : old);
	return err;
}

void setting_keep(const char *path)
{
	char now[64];

	if (text_read(path, now, sizeof(now)) > 0)
		undo_push(setting_restore, "%s %s", path, now);
}

void need_kernel(bool has, const char *feature)
{
	if (has)
		return;
	printf("# skip: kernel: %s\n", feature);
	fflush(stdout);
	skip();
}

void need_machine(bool has, const char *what)
{
	if (has)
		return;
	printf("# skip: machine: %s\n", what);
	fflush(stdout);
	skip();
}

double slack(void)
{
	const char *text = getenv("MEMTRACE_TEST_SLACK");
	double factor = text ? strtod(text, NULL) : 1;

	return factor > 1 ? factor : 1;
}

size_t at_least(size_t n)
{
	return n / slack();
}

double probe_ns(void)
{
	/* An emulated machine interprets: some ten times slower than its clock tells. */
	return slack() > 1 ? 20e3 : 1e3;
}

struct json_object *json_get(struct json_object *o, const char *path)
{
	char key[64];

	while (o && *path) {
		size_t n = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)n, path);
		if (!json_object_object_get_ex(o, key, &o))
			return NULL;
		path += n + (path[n] == '.');
	}
	return o;
}

static struct json_object *json_typed(struct json_object *o, const char *path, enum json_type type)
{
	struct json_object *v = json_get(o, path);

	if (!v || !json_object_is_type(v, type))
		fail_msg("\"%s\" is %s in %.600s", path, v ? "of another type" : "missing",
			 json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	return v;
}

int64_t json_int(struct json_object *o, const char *path)
{
	return json_object_get_int64(json_typed(o, path, json_type_int));
}

const char *json_str(struct json_object *o, const char *path)
{
	return json_object_get_string(json_typed(o, path, json_type_string));
}

struct json_object *json_list(struct json_object *o, const char *path)
{
	return json_typed(o, path, json_type_array);
}

void text_check(const char *path, const char *part)
{
	char *text = text_load(path);

	assert_non_null(text);
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in: %.800s", part, text);
	free(text);
}

void text_harmless(const char *path)
{
	char *text = text_load(path);

	assert_non_null(text);
	for (const unsigned char *p = (void *)text; *p; p++)
		if ((*p < ' ' && *p != '\n') || *p == 0x7f)
			fail_msg("byte 0x%02x in the text", *p);
	free(text);
}
