// SPDX-License-Identifier: GPL-2.0
/*
 * Container ids out of cgroup paths. See container.h.
 *
 * Layer: util. The forms come from the runtimes: runc's systemd driver makes
 * "<prefix>-<id>.scope", its cgroupfs driver "<parent>/<id>"; the kubelet puts pods into
 * "kubepods[/<class>]/pod<uid>" or "kubepods[-<class>]-pod<uid>.slice" with '-' of the uid as '_';
 * containerd with mismatched drivers makes "<pod slice>:cri-containerd:<id>".
 */
#include "container.h"
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define ID_LEN 64

/* One component of the path: not NUL-terminated. */
struct part {
	const char *s;
	size_t len;
};

static const struct {
	const char *prefix, *kind;
} prefixes[] = {
	{"docker-", "docker"},
	{"cri-containerd-", "containerd"},
	{"nerdctl-", "containerd"},
	{"crio-", "cri-o"},
	{"libpod-payload-", "podman"},
	{"libpod-", "podman"},
	{"", NULL}, /* a bare id: its surroundings tell */
};

static bool part_is(struct part p, const char *s)
{
	return p.len == strlen(s) && !memcmp(p.s, s, p.len);
}

static bool part_begins(struct part p, const char *s)
{
	return p.len >= strlen(s) && !memcmp(p.s, s, strlen(s));
}

static bool part_cut_begin(struct part *p, const char *s)
{
	if (!part_begins(*p, s))
		return false;
	p->s += strlen(s);
	p->len -= strlen(s);
	return true;
}

static bool part_cut_end(struct part *p, const char *s)
{
	size_t len = strlen(s);

	if (p->len < len || memcmp(p->s + p->len - len, s, len))
		return false;
	p->len -= len;
	return true;
}

static void text_set(char *buf, size_t cap, const char *s, size_t len)
{
	if (len > cap - 1)
		len = cap - 1;
	memcpy(buf, s, len);
	buf[len] = '\0';
}

static void container_set(struct container *c, const char *kind, struct part id)
{
	text_set(c->kind, sizeof(c->kind), kind, strlen(kind));
	text_set(c->id, sizeof(c->id), id.s, id.len);
}

static bool is_id(struct part p)
{
	for (size_t i = 0; i < p.len; i++) {
		if (!isxdigit((unsigned char)p.s[i]))
			return false;
	}
	return p.len == ID_LEN;
}

/* A pod's uid: a UUID, or 32 digits without dashes for a static pod. */
static bool pod_uid(struct part p, char uid[40])
{
	size_t digits = 0;

	if (p.len > 36)
		return false;
	for (size_t i = 0; i < p.len; i++) {
		char c = p.s[i] == '_' ? '-' : p.s[i];

		if (c != '-' && !isxdigit((unsigned char)c))
			return false;
		digits += c != '-';
		uid[i] = c;
	}
	uid[p.len] = '\0';
	return digits == 32;
}

/* "pod<uid>" below a kubepods cgroup, or "...kubepods...-pod<uid>.slice". */
static void pod_take(struct part p, bool in_kubepods, struct container *c)
{
	char uid[40];

	if (part_cut_end(&p, ".slice")) {
		const char *pod = memmem(p.s, p.len, "-pod", 4);

		if (!pod || !memmem(p.s, p.len, "kubepods", 8))
			return;
		p.len -= (size_t)(pod + 1 - p.s);
		p.s = pod + 1;
	} else if (!in_kubepods) {
		return;
	}
	if (!part_cut_begin(&p, "pod") || !pod_uid(p, uid))
		return;
	text_set(c->pod, sizeof(c->pod), uid, strlen(uid));
	container_set(c, "kubernetes", (struct part){"", 0});
}

static const char *bare_kind(struct part parent, const struct container *c)
{
	if (part_is(parent, "docker"))
		return "docker";
	return c->pod[0] ? "kubernetes" : "container";
}

/* "<prefix><id>" with or without ".scope". */
static bool scope_take(struct part p, struct part parent, struct container *c)
{
	part_cut_end(&p, ".scope");
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		struct part id = p;

		if (!part_cut_begin(&id, prefixes[i].prefix) || !is_id(id))
			continue;
		container_set(c, prefixes[i].kind ?: bare_kind(parent, c), id);
		return true;
	}
	return false;
}

/* "<pod slice>:<runtime>:<id>" */
static bool colon_take(struct part p, struct container *c)
{
	const char *colon = memchr(p.s, ':', p.len), *second;
	struct part runtime, id;

	if (!colon)
		return false;
	runtime.s = colon + 1;
	second = memchr(runtime.s, ':', p.len - (size_t)(runtime.s - p.s));
	if (!second)
		return false;
	runtime.len = (size_t)(second - runtime.s);
	id.s = second + 1;
	id.len = p.len - (size_t)(id.s - p.s);
	if (!is_id(id))
		return false;
	pod_take((struct part){p.s, (size_t)(colon - p.s)}, true, c);
	if (part_is(runtime, "cri-containerd"))
		container_set(c, "containerd", id);
	else if (part_is(runtime, "crio"))
		container_set(c, "cri-o", id);
	else
		container_set(c, part_is(runtime, "docker") ? "docker" : "container", id);
	return true;
}

static int hex_digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* systemd writes bytes it cannot have in unit names as \xNN (systemd.unit(5)). */
static void unit_unescape(char *s)
{
	char *to = s;

	while (*s) {
		int high, low;

		if (s[0] == '\\' && s[1] == 'x' && (high = hex_digit(s[2])) >= 0 &&
		    (low = hex_digit(s[3])) >= 0 && (high || low)) {
			*to++ = (char)(high << 4 | low);
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* "systemd-nspawn@NAME.service" or machined's "machine-NAME.scope", which libvirt's VMs have too.
 */
static bool machine_take(struct part p, struct container *c)
{
	bool service = part_cut_begin(&p, "systemd-nspawn@") && part_cut_end(&p, ".service");
	char name[256]; /* NAME_MAX and NUL */

	if (!service && !(part_cut_begin(&p, "machine-") && part_cut_end(&p, ".scope")))
		return false;
	if (!p.len || part_begins(p, "qemu\\x2d"))
		return false;
	text_set(name, sizeof(name), p.s, p.len);
	unit_unescape(name);
	container_set(c, "nspawn", (struct part){name, strlen(name)});
	return true;
}

bool container_of_path(const char *path, struct container *out)
{
	struct part parent = {"", 0};
	bool in_kubepods = false;

	memset(out, 0, sizeof(*out));
	while (*path) {
		struct part p = {path, strcspn(path, "/")};

		path += p.len;
		path += *path == '/';
		if (!scope_take(p, parent, out) && !colon_take(p, out) && !machine_take(p, out))
			pod_take(p, in_kubepods, out);
		in_kubepods |= part_is(p, "kubepods");
		parent = p;
	}
	return out->kind[0] != '\0';
}
