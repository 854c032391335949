/* SPDX-License-Identifier: MIT
 * Ids and hashes as values: assigned with =, compared by name, passed by value. They are public: what must be compared
 * in constant time is a secret or a MAC, and has another type (crypto/secret.h).
 */
#pragma once

#include "util/buf.h"
#include "util/hex.h"

#define ID_LEN 16
#define HASH_LEN 32

/* The name of a block, an object, a device, a stream, a slot, a vault, ...: random bytes. */
struct id {
	uint8_t b[ID_LEN];
};
/* SHA-256 of something. */
struct hash {
	uint8_t b[HASH_LEN];
};
/* No id, no hash. */
#define ID_ZERO ((struct id){ { 0 } })
#define HASH_ZERO ((struct hash){ { 0 } })

/* id_cmp, hash_cmp: the order of their bytes. */
static inline int id_cmp(struct id a, struct id b)
{
	return __builtin_memcmp(a.b, b.b, ID_LEN);
}
static inline int hash_cmp(struct hash a, struct hash b)
{
	return __builtin_memcmp(a.b, b.b, HASH_LEN);
}
static inline bool id_eq(struct id a, struct id b)
{
	return id_cmp(a, b) == 0;
}
static inline bool hash_eq(struct hash a, struct hash b)
{
	return hash_cmp(a, b) == 0;
}
static inline bool id_is_zero(struct id a)
{
	return id_eq(a, ID_ZERO);
}
static inline bool hash_is_zero(struct hash a)
{
	return hash_eq(a, HASH_ZERO);
}

/* id_from, hash_from: the ID_LEN (HASH_LEN) bytes at `p`. */
static inline struct id id_from(const void *p)
{
	struct id a;
	__builtin_memcpy(a.b, p, ID_LEN);
	return a;
}
static inline struct hash hash_from(const void *p)
{
	struct hash a;
	__builtin_memcpy(a.b, p, HASH_LEN);
	return a;
}
/* id_put, hash_put: writes ID_LEN (HASH_LEN) bytes to `p`. */
static inline void id_put(void *p, struct id a)
{
	__builtin_memcpy(p, a.b, ID_LEN);
}
static inline void hash_put(void *p, struct hash a)
{
	__builtin_memcpy(p, a.b, HASH_LEN);
}
/* id_span, hash_span: its bytes, for as long as *a lives. */
static inline struct span id_span(const struct id *a)
{
	return SPAN(a->b, ID_LEN);
}
static inline struct span hash_span(const struct hash *a)
{
	return SPAN(a->b, HASH_LEN);
}

/* Codecs: as the other writers and readers of util/buf.h. */
static inline void buf_id(struct buf *b, struct id a)
{
	buf_put(b, a.b, ID_LEN);
}
static inline void buf_hash(struct buf *b, struct hash a)
{
	buf_put(b, a.b, HASH_LEN);
}
static inline struct id rd_id(struct rd *r)
{
	struct id a;
	rd_copy(r, a.b, ID_LEN);
	return a;
}
static inline struct hash rd_hash(struct rd *r)
{
	struct hash a;
	rd_copy(r, a.b, HASH_LEN);
	return a;
}

/* id_hex: 2 * ID_LEN hexadecimal digits and a NUL. */
#define ID_TEXT (2 * ID_LEN + 1)
static inline void id_hex(struct id a, char out[ID_TEXT])
{
	hex_encode(a.b, ID_LEN, out);
}
