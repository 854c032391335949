/* SPDX-License-Identifier: MIT */
#include "vault/print/parts.h"

#include "util/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#define STAMP_TEXT 64

static void stamp_text(struct stamp s, char out[STAMP_TEXT])
{
	if (stamp_cmp(s, STAMP_ZERO))
		snprintf(out, STAMP_TEXT, "%" PRIu64 ":%016" PRIx64 ":%" PRIu64, s.lamport, s.stream, s.n);
	else
		snprintf(out, STAMP_TEXT, "zero");
}

void print_stamp(const struct fields *f, const char *name, struct stamp s)
{
	char text[STAMP_TEXT];
	stamp_text(s, text);
	fields_word(f, name, text);
}

void print_version_id(const struct fields *f, const char *name, struct version_id id)
{
	char text[STAMP_TEXT], all[STAMP_TEXT + 2 * ID_LEN + 2], tag[2 * ID_LEN + 1];
	stamp_text(id.stamp, text);
	hex_encode(id.tag.b, ID_LEN, tag);
	snprintf(all, sizeof(all), "%s:%s", text, tag);
	fields_word(f, name, all);
}

void print_stream(const struct fields *f, const char *name, uint64_t stream)
{
	char text[17];
	snprintf(text, sizeof(text), "%016" PRIx64, stream);
	fields_word(f, name, text);
}

void print_spot(const struct fields *f, const char *name, const struct spot *s)
{
	if (name)
		fields_open(f, name, FIELDS_OBJECT);
	fields_decimal(f, "directory", s->dir);
	fields_text(f, "name", SPAN(s->name.b, s->name.len));
	if (name)
		fields_close(f);
}

void print_type(const struct fields *f, const char *name, unsigned type)
{
	static const char *const words[16] = {
		[S_IFREG >> 12] = "file",         [S_IFDIR >> 12] = "directory",
		[S_IFLNK >> 12] = "symlink",      [S_IFCHR >> 12] = "character device",
		[S_IFBLK >> 12] = "block device", [S_IFIFO >> 12] = "fifo",
		[S_IFSOCK >> 12] = "socket",
	};
	fields_word(f, name, type < ARRAY_LEN(words) && words[type] ? words[type] : "unknown");
}

static size_t count(struct nodes list)
{
	size_t n = 0;
	for (const struct group_node *g = list.v; g < group_end(list); g += g->size)
		n++;
	return n;
}

static void group(const struct fields *f, const struct group_node *g)
{
	static const char *const words[] = {
		[GROUP_VALUE] = "value", [GROUP_MAP] = "map", [GROUP_SCOPED] = "scoped", [GROUP_VERSION] = "version"
	};
	bool keys = g->class == GROUP_MAP || g->class == GROUP_VERSION;
	fields_open(f, NULL, FIELDS_OBJECT);
	fields_number(f, "group", g->number);
	fields_word(f, "class", g->class < ARRAY_LEN(words) && words[g->class] ? words[g->class] : "unknown");
	if (!keys)
		print_stamp(f, "stamp", g->stamp);
	if (g->class == GROUP_VALUE)
		fields_number(f, "bytes", g->bytes.len);
	else
		fields_number(f, keys ? "keys" : "groups", count(group_inside(g)));
	fields_close(f);
}

static bool is_known(const struct group_node *g, uint32_t known)
{
	return g->number < 32 && (known >> g->number & 1);
}

void print_groups(const struct fields *f, struct nodes list, uint32_t known)
{
	bool any = false;
	for (const struct group_node *g = list.v; g < group_end(list); g += g->size)
		any |= !is_known(g, known);
	if (!any)
		return;
	fields_open(f, "groups_not_known", FIELDS_LIST);
	for (const struct group_node *g = list.v; g < group_end(list); g += g->size)
		if (!is_known(g, known))
			group(f, g);
	fields_close(f);
}

void print_odd(const struct fields *f, bool odd)
{
	if (odd)
		fields_flag(f, "breaks_a_rule", true);
}
