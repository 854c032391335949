/* SPDX-License-Identifier: MIT */
#include "vault/print/attr.h"

#include "vault/join/attr.h"
#include "vault/print/parts.h"

#include <stdio.h>

static const char *const names[ATTR_GROUPS] = { [ATTR_MODE] = "mode", [ATTR_UID] = "uid",     [ATTR_GID] = "gid",
	                                        [ATTR_RDEV] = "rdev", [ATTR_MTIME] = "mtime", [ATTR_TIMES] = "times" };

static void mode(const struct fields *f, struct span value)
{
	struct attr_mode m;
	char text[8];
	if (!attr_get_mode(value, &m))
		return;
	snprintf(text, sizeof(text), "%04o", m.permissions);
	fields_word(f, "permissions", text);
	fields_number(f, "acl_bytes", m.acl.len);
}

static void owner(const struct fields *f, struct span value)
{
	uint32_t id;
	if (!attr_get_u32(value, &id))
		return;
	if (id == UINT32_MAX)
		fields_word(f, "id", "vault owner");
	else
		fields_number(f, "id", id);
}

static void rdev(const struct fields *f, struct span value)
{
	uint64_t device;
	if (attr_get_rdev(value, &device))
		fields_decimal(f, "device", device);
}

static void mtime(const struct fields *f, struct span value)
{
	struct attr_time t;
	if (attr_get_time(value, &t))
		fields_time(f, "time", t.sec, t.nsec);
}

static void times(const struct fields *f, struct span value)
{
	struct attr_times t;
	if (!attr_get_times(value, &t))
		return;
	fields_time(f, "access", t.access.sec, t.access.nsec);
	fields_time(f, "change", t.change.sec, t.change.nsec);
	fields_time(f, "birth", t.birth.sec, t.birth.nsec);
}

void print_attr_value(const struct fields *f, enum attr_group group, struct span value)
{
	static void (*const printers[ATTR_GROUPS])(const struct fields *f, struct span value) = {
		[ATTR_MODE] = mode, [ATTR_UID] = owner,   [ATTR_GID] = owner,
		[ATTR_RDEV] = rdev, [ATTR_MTIME] = mtime, [ATTR_TIMES] = times,
	};
	printers[group](f, value);
}

void print_attr(const struct fields *f, enum attr_group group, struct stamp stamp, struct span value)
{
	fields_open(f, names[group], FIELDS_OBJECT);
	print_attr_value(f, group, value);
	print_stamp(f, "stamp", stamp);
	fields_close(f);
}
