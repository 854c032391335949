/* SPDX-License-Identifier: MIT */
#include "cache/memtable.h"

#include "cache/map.h"
#include "util/cleanup.h"

#include <endian.h>
#include <string.h>

#define MAX_HEIGHT 12
#define ARENA_CHUNK (64u * 1024)
#define MIN_COST 512
#define NEXT_STEPS 8 /* over versions of a key, before it is looked for what comes behind it */

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(16) uint8_t bytes[];
};
struct memtable {
	_Atomic unsigned refs;
	struct mem_op *sentinel[MEMTABLE_TABLES]; /* sentinels of full height */
	_Atomic unsigned top[MEMTABLE_TABLES];    /* as high as the highest op, for who searches; never falls */
	_Atomic(struct mem_op *) first;
	struct mem_op *last;       /* writer */
	struct chunk *chunks;      /* writer */
	uint64_t seed;             /* writer */
	const struct mem_op *mark; /* its one user's */
	_Atomic size_t bytes;
	_Atomic uint64_t ops;
};

static void *arena_alloc(struct memtable *o, size_t n)
{
	n = (n + 15) & ~(size_t)15;
	struct chunk *c = o->chunks;
	if (!c || n > c->size - c->used) {
		size_t size = MAX(n, (size_t)(c ? ARENA_CHUNK : ARENA_CHUNK / 16));
		c = malloc(sizeof(*c) + size);
		if (!c)
			return NULL;
		c->used = 0;
		c->size = size;
		c->next = o->chunks;
		o->chunks = c;
	}
	void *p = c->bytes + c->used;
	c->used += n;
	return p;
}

struct memtable *memtable_new(void)
{
	struct memtable *o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	atomic_init(&o->refs, 1);
	o->seed = 0x9e3779b97f4a7c15;
	for (unsigned t = 0; t < MEMTABLE_TABLES; t++) {
		size_t n = sizeof(struct mem_op) + MAX_HEIGHT * sizeof(struct mem_op *);
		o->sentinel[t] = arena_alloc(o, n);
		if (!o->sentinel[t]) {
			memtable_unref(o);
			return NULL;
		}
		memset(o->sentinel[t], 0, n);
		o->sentinel[t]->height = MAX_HEIGHT;
	}
	return o;
}

struct memtable *memtable_ref(struct memtable *o)
{
	if (o)
		atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
	return o;
}

void memtable_unref(struct memtable *o)
{
	if (!o || atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (const struct mem_op *op = memtable_first(o); op; op = memtable_after(op)) {
		if (!op->owned)
			continue;
		if (op->table != MAP_BLOCK) /* those are ciphertext */
			explicit_bzero(op->value, op->value_len);
		free(op->value);
	}
	for (struct chunk *c = o->chunks, *next; c; c = next) {
		next = c->next;
		explicit_bzero(c->bytes, c->used);
		free(c);
	}
	free(o);
}

static unsigned random_height(struct memtable *o)
{
	o->seed ^= o->seed << 13;
	o->seed ^= o->seed >> 7;
	o->seed ^= o->seed << 17;
	unsigned h = 1;
	for (uint64_t r = o->seed >> 8; h < MAX_HEIGHT && !(r & 3); r >>= 2)
		h++;
	return h;
}

static uint64_t begin_of(struct span key)
{
	uint64_t begin = 0;
	if (key.len)
		memcpy(&begin, key.p, MIN(key.len, sizeof(begin)));
	return be64toh(begin);
}

static struct mem_op *op_new(struct memtable *o, unsigned table, struct span key, size_t inline_len)
{
	unsigned height = random_height(o);
	size_t links = height * sizeof(struct mem_op *);
	struct mem_op *op = arena_alloc(o, sizeof(*op) + links + key.len + inline_len);
	if (!op)
		return NULL;
	memset(op, 0, sizeof(*op));
	uint8_t *at = (uint8_t *)op + sizeof(*op) + links;
	memcpy(at, key.p, key.len);
	op->key = at;
	op->begin = begin_of(key);
	op->key_len = (uint16_t)key.len;
	op->table = (uint8_t)table;
	op->height = (uint8_t)height;
	op->value = at + key.len;
	return op;
}

struct mem_op *memtable_prepare(struct memtable *o, unsigned table, struct span key, struct span value, bool del)
{
	bool large = value.len > MEMTABLE_SMALL;
	struct mem_op *op = op_new(o, table, key, large ? 0 : value.len);
	if (!op)
		return NULL;
	if (large) {
		op->value = malloc(value.len);
		if (!op->value)
			return NULL;
		op->owned = true;
	}
	if (value.p && value.len)
		memcpy(op->value, value.p, value.len);
	op->value_len = (uint32_t)value.len;
	op->del = del;
	return op;
}

struct mem_op *memtable_adopt(struct memtable *o, unsigned table, struct span key, uint8_t *value, size_t len)
{
	struct mem_op *op = op_new(o, table, key, 0);
	if (!op)
		return NULL;
	op->value = value;
	op->value_len = (uint32_t)len;
	op->owned = true;
	return op;
}

static struct mem_op *next_of(const struct mem_op *op, unsigned level)
{
	return atomic_load_explicit(&((struct mem_op *)op)->next[level], memory_order_acquire);
}

/* before: does `op` come before (key, seq)? Keys ascend, versions of a key descend. begin: begin_of(key). */
static bool before(const struct mem_op *op, struct span key, uint64_t begin, uint64_t seq)
{
	if (op->begin != begin)
		return op->begin < begin;
	int c = span_cmp(mem_op_key(op), key);
	return c < 0 || (c == 0 && op->seq > seq);
}

/* find_ge: path: of MAX_HEIGHT, the sentinel where no op is that high. */
static struct mem_op *find_ge(const struct memtable *o, unsigned table, struct span key, uint64_t seq,
                              struct mem_op **path)
{
	struct mem_op *at = o->sentinel[table], *n = NULL, *end = NULL; /* end: it was looked at one level above */
	const uint64_t begin = begin_of(key);
	const unsigned top = atomic_load_explicit(&((struct memtable *)o)->top[table], memory_order_acquire);
	for (unsigned level = top; path && level < MAX_HEIGHT; level++)
		path[level] = at;
	for (unsigned level = top; level-- > 0;) {
		while ((n = next_of(at, level)) && n != end && before(n, key, begin, seq))
			at = n;
		end = n;
		if (path)
			path[level] = at;
	}
	return n;
}

void memtable_link(struct memtable *o, struct mem_op *op, uint64_t seq)
{
	struct mem_op *path[MAX_HEIGHT];
	op->seq = seq;
	find_ge(o, op->table, mem_op_key(op), seq, path);
	for (unsigned level = 0; level < op->height; level++) {
		atomic_init(&op->next[level], next_of(path[level], level));
		atomic_store_explicit(&path[level]->next[level], op, memory_order_release);
	}
	if (op->height > atomic_load_explicit(&o->top[op->table], memory_order_relaxed))
		atomic_store_explicit(&o->top[op->table], op->height, memory_order_release);
	if (o->last)
		atomic_store_explicit(&o->last->order, op, memory_order_release);
	else
		atomic_store_explicit(&o->first, op, memory_order_release);
	o->last = op;
	size_t cost = sizeof(*op) + op->height * sizeof(op) + op->key_len + op->value_len;
	atomic_fetch_add_explicit(&o->bytes, MAX(cost, (size_t)MIN_COST), memory_order_relaxed);
	atomic_fetch_add_explicit(&o->ops, 1, memory_order_relaxed);
}

/* visible: steps over versions newer than `seq`. */
static const struct mem_op *visible(const struct memtable *o, const struct mem_op *op, uint64_t seq)
{
	while (op && op->seq > seq)
		op = find_ge(o, op->table, mem_op_key(op), seq, NULL);
	return op;
}

const struct mem_op *memtable_seek(const struct memtable *o, unsigned table, struct span key, uint64_t seq)
{
	return visible(o, find_ge(o, table, key, seq, NULL), seq);
}

const struct mem_op *memtable_find(const struct memtable *o, unsigned table, struct span key, uint64_t seq)
{
	const struct mem_op *op = find_ge(o, table, key, seq, NULL);
	return op && span_cmp(mem_op_key(op), key) == 0 ? op : NULL;
}

/* memtable_next: past older versions of the same key: mostly there are few, and a search is many steps. */
const struct mem_op *memtable_next(const struct memtable *o, const struct mem_op *op, uint64_t seq)
{
	const struct mem_op *n = next_of(op, 0);
	for (unsigned steps = 0; n && span_cmp(mem_op_key(n), mem_op_key(op)) == 0; n = next_of(n, 0))
		if (++steps == NEXT_STEPS)
			return visible(o, find_ge(o, op->table, mem_op_key(op), 0, NULL), seq);
	return visible(o, n, seq);
}

const struct mem_op *memtable_first(const struct memtable *o)
{
	return atomic_load_explicit(&((struct memtable *)o)->first, memory_order_acquire);
}

const struct mem_op *memtable_after(const struct mem_op *op)
{
	return atomic_load_explicit(&((struct mem_op *)op)->order, memory_order_acquire);
}

const struct mem_op *memtable_mark(const struct memtable *o)
{
	return o->mark;
}

void memtable_set_mark(struct memtable *o, const struct mem_op *op)
{
	o->mark = op;
}

size_t memtable_bytes(const struct memtable *o)
{
	return atomic_load_explicit(&((struct memtable *)o)->bytes, memory_order_relaxed);
}

uint64_t memtable_ops(const struct memtable *o)
{
	return atomic_load_explicit(&((struct memtable *)o)->ops, memory_order_relaxed);
}
