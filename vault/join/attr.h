/* SPDX-License-Identifier: MIT
 * Values of attributes, in the order of enum attr_group:
 *
 *   mode   permissions(u16, 12 bits), then the access ACL as the kernel gives it (at most 65,536 bytes), or nothing
 *   uid    u32; 2^32 - 1 is the vault's owner
 *   gid    u32, the same
 *   rdev   u64; devices only
 *   mtime  time
 *   times  time of the last access, of the last change, of the birth
 *   time   seconds since 1970(i64) nanoseconds(u32, under 10^9)
 */
#pragma once

#include "vault/join/types.h"

#define ATTR_ACL_MAX 65536

/* attr_put_*: appends; attr_get_*: false: malformed. attr_ok: whether `value` is one of that group. */
struct attr_time {
	int64_t sec;
	uint32_t nsec;
};
struct attr_mode {
	uint16_t permissions;
	struct span acl; /* inside the value */
};
struct attr_times {
	struct attr_time access, change, birth;
};
void attr_put_mode(struct buf *out, const struct attr_mode *m);
bool attr_get_mode(struct span value, struct attr_mode *ret);
void attr_put_u32(struct buf *out, uint32_t v); /* uid, gid */
bool attr_get_u32(struct span value, uint32_t *ret);
void attr_put_rdev(struct buf *out, uint64_t v);
bool attr_get_rdev(struct span value, uint64_t *ret);
void attr_put_time(struct buf *out, struct attr_time t); /* mtime */
bool attr_get_time(struct span value, struct attr_time *ret);
void attr_put_times(struct buf *out, const struct attr_times *t);
bool attr_get_times(struct span value, struct attr_times *ret);
bool attr_ok(enum attr_group group, struct span value);
