/* SPDX-License-Identifier: MIT
 * How many lookup references the kernel has on each inode: a compact open-addressing table, 16 bytes a slot.
 * No lock of its own: the node table's lock guards it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lookup_slot {
	uint64_t ino; /* 0: free */
	uint64_t count : 62, orphan : 1, elsewhere : 1;
};
struct lookups {
	struct lookup_slot *slots;
	size_t cap, used; /* cap is a power of two */
};
void lookups_free(struct lookups *l);
/* lookups_add: false when memory is out (nothing changed). */
bool lookups_add(struct lookups *l, uint64_t ino);
/* lookups_sub: true when that was the last reference; *ret_orphan (only then) tells whether it was marked. */
bool lookups_sub(struct lookups *l, uint64_t ino, uint64_t n, bool *ret_orphan);
uint64_t lookups_count(const struct lookups *l, uint64_t ino);
/* lookups_mark: the inode lost its last name, `elsewhere`: by what others did; false when the kernel does not know it.
 * lookups_marked, lookups_elsewhere: it was marked, so. */
bool lookups_mark(struct lookups *l, uint64_t ino, bool elsewhere);
bool lookups_marked(const struct lookups *l, uint64_t ino);
bool lookups_elsewhere(const struct lookups *l, uint64_t ino);
