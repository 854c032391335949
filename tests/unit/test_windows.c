/* SPDX-License-Identifier: MIT
 * Contents against plain arrays: written, made shorter, copied, closed and published in a real map; and what was closed
 * never reads otherwise.
 */
#include "changeset_util.h"

#include "util/vec.h"
#include "vault/changeset/close.h"
#include "vault/changeset/publish.h"
#include "vault/join/vault_key.h"
#include "vault/windows/child.h"
#include "vault/windows/window.h"
#include "vault/windows/window_list.h"

#define CELL 512u /* all happens at multiples of it */
#define CELLS_WINDOW (CONTENT_WINDOW / CELL)
#define CELLS_BLOCK (CONTENT_BLOCK / CELL)
#define WINDOWS 5
#define CELLS (WINDOWS * CELLS_WINDOW)
#define FILES 4

/* What a cell reads: 0: zeros; else 1 + block number * CELLS_BLOCK + which part of the block. */
struct bytes {
	uint32_t v[CELLS];
};
struct model_file {
	struct id content;
	size_t size; /* cells */
	struct bytes b;
};
struct snapshot {
	struct id content;
	struct bytes b;
};
struct world {
	struct map *map;
	struct changeset *c;
	uint64_t seed;
	uint32_t drawn; /* contents and blocks */
	struct model_file f[FILES];
	struct snapshot *closed;
	size_t n, cap;
	size_t longest; /* chain that was seen */
};

static struct id id_of(uint32_t no)
{
	struct id id = { { 0 } };
	memcpy(id.b + 8, &no, sizeof(no));
	return id;
}

static uint32_t number_of(struct id id)
{
	uint32_t no;
	memcpy(&no, id.b + 8, sizeof(no));
	return no;
}

/* -- reading ----------------------------------------------------------------------------------------------------- */

static void read_window(const struct view *v, const struct chain *c, uint32_t no, uint32_t *cells)
{
	cleanup(window_extents_free) struct window_extents w = { 0 };
	memset(cells, 0, CELLS_WINDOW * sizeof(*cells));
	ok(window_read(v, c, no, &w));
	for (size_t i = 0; i < w.n; i++)
		for (uint32_t k = 0; k < w.v[i].length / CELL; k++)
			cells[w.v[i].start / CELL + k] =
			        1 + number_of(w.v[i].block) * CELLS_BLOCK + w.v[i].offset / CELL + k;
}

/* reads: a content is what the model says, and no window that is not listed has anything. */
static void reads(struct world *w, const struct view *v, struct id content, const struct bytes *b)
{
	struct chain c;
	cleanup(window_list_free) struct window_list l = { 0 };
	static uint32_t cells[CELLS_WINDOW];
	size_t at = 0;
	ok(chain_load(v, content, &c));
	w->longest = MAX(w->longest, c.n);
	ok(window_list_make(v, &c, (struct window_range){ 0, UINT32_MAX, SIZE_MAX }, &l));
	for (uint32_t no = 0; no < WINDOWS; no++) {
		static const uint32_t zeros[CELLS_WINDOW];
		while (at < l.n && l.v[at] < no)
			at++;
		bool listed = at < l.n && l.v[at] == no;
		read_window(v, &c, no, cells);
		assert_memory_equal(cells, b->v + (size_t)no * CELLS_WINDOW, sizeof(cells));
		assert_true(listed || !memcmp(cells, zeros, sizeof(cells)));
	}
}

/* -- changing ---------------------------------------------------------------------------------------------------- */

/* put: what came out of a function goes into the operation. */
static void put(struct operation *o, const struct records *out)
{
	for (size_t i = 0; i < out->n; i++) {
		struct span key = records_key(out->v[i]);
		ok(out->v[i]->gone ? draft_drop(&o->draft, key)
		                   : draft_replace(&o->draft, key, buf_span(&out->v[i]->value)));
	}
}

static bool is_own(struct world *w, struct id content)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct vault_key k = vault_key_of(&(struct vault_name){ .kind = SHARED_CONTENT, .id = content });
	return w->c->open->view.get(w->c->open, vault_key_span(&k), &value) == ERR_OK;
}

/* own: the file's content may be changed from here on; of what was there, `size` cells are still wanted. */
static void own(struct world *w, struct operation *o, struct model_file *f, size_t size)
{
	cleanup(records_free) struct records out = RECORDS_INIT;
	if (is_own(w, f->content))
		return;
	struct content_rec of = { f->size > 0, f->content, MIN(f->size, size) * CELL };
	f->content = id_of(++w->drawn);
	ok(child_make(draft_view(&o->draft), f->content, &of, &out));
	put(o, &out);
}

/* encode: cells as a window. */
static void encode(const uint32_t *cells, struct window_extents *w)
{
	w->v = calloc(CELLS_WINDOW, sizeof(*w->v));
	for (uint32_t i = 0; i < CELLS_WINDOW; i++) {
		struct window_extent *last = w->n ? &w->v[w->n - 1] : NULL;
		if (!cells[i])
			continue;
		if (last && last->start + last->length == i * CELL && i % CELLS_BLOCK && cells[i] == cells[i - 1] + 1)
			last->length += CELL;
		else
			w->v[w->n++] = (struct window_extent){ i * CELL, CELL, id_of((cells[i] - 1) / CELLS_BLOCK),
				                               (cells[i] - 1) % CELLS_BLOCK * CELL };
	}
}

/* write_cells: of one window, as the model has it. */
static void write_cells(struct operation *o, const struct model_file *f, uint32_t no)
{
	cleanup(records_free) struct records out = RECORDS_INIT;
	cleanup(window_extents_free) struct window_extents w = { 0 };
	struct chain c;
	encode(f->b.v + (size_t)no * CELLS_WINDOW, &w);
	ok(chain_load(draft_view(&o->draft), f->content, &c));
	ok(window_write(&out, &c, no, &w));
	put(o, &out);
}

/* change: written, or (hole) zeros, from one cell on, within a block or over several windows. */
static void change(struct world *w, struct operation *o, struct model_file *f, bool hole)
{
	size_t from = pick(&w->seed, CELLS), n = 1 + pick(&w->seed, one_in(&w->seed, 4) ? CELLS : 600);
	n = MIN(n, CELLS - from);
	if (hole)
		n = from >= f->size ? 0 : MIN(n, f->size - from);
	if (!n)
		return;
	own(w, o, f, CELLS);
	for (size_t i = from; i < from + n; i++) {
		if (i == from || i % CELLS_BLOCK == 0)
			w->drawn++;
		f->b.v[i] = hole ? 0 : 1 + w->drawn * CELLS_BLOCK + (uint32_t)(i % CELLS_BLOCK);
	}
	for (size_t no = from / CELLS_WINDOW; no * CELLS_WINDOW < from + n; no++)
		write_cells(o, f, (uint32_t)no);
	f->size = MAX(f->size, from + n);
}

static void resize(struct world *w, struct operation *o, struct model_file *f)
{
	cleanup(records_free) struct records out = RECORDS_INIT;
	struct chain c;
	size_t size = one_in(&w->seed, 6) ? 0 : pick(&w->seed, CELLS);
	bool was_own = is_own(w, f->content);
	own(w, o, f, size);
	ok(chain_load(draft_view(&o->draft), f->content, &c));
	if (was_own && size < f->size)
		ok(child_shorten(draft_view(&o->draft), &c, (uint64_t)size * CELL, &out));
	put(o, &out);
	for (size_t i = size; i < f->size; i++)
		f->b.v[i] = 0;
	f->size = size;
}

/* drop: in two steps, an own content that no file has any more. */
static void drop(struct world *w, struct operation *o, struct id content)
{
	bool more = is_own(w, content);
	for (unsigned i = 0; more && i < WINDOWS; i++) {
		cleanup(records_free) struct records out = RECORDS_INIT;
		ok(child_drop(draft_view(&o->draft), content, 2, &out, &more));
		put(o, &out);
	}
	assert_false(more);
}

/* copy: of what is closed: a child of it. */
static void copy(struct world *w, struct operation *o, struct model_file *f)
{
	cleanup(records_free) struct records out = RECORDS_INIT;
	struct model_file *from = &w->f[pick(&w->seed, FILES)];
	if (from == f || is_own(w, from->content))
		return;
	drop(w, o, f->content);
	*f = *from;
	f->content = id_of(++w->drawn);
	struct content_rec of = { f->size > 0, from->content, f->size * CELL };
	ok(child_make(draft_view(&o->draft), f->content, &of, &out));
	put(o, &out);
}

static void step(struct world *w)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct model_file *f = &w->f[pick(&w->seed, FILES)];
	struct operation o;
	operation_begin(&o, w->c);
	unsigned what = pick(&w->seed, 10);
	if (what == 0)
		copy(w, &o, f);
	else if (what < 3)
		resize(w, &o, f);
	else
		change(w, &o, f, what < 5);
	reads(w, draft_view(&o.draft), f->content, &f->b);
	ok(operation_apply(&o, b));
	operation_end(&o);
	reads(w, changeset_shown(w->c), f->content, &f->b);
}

/* -- closing ----------------------------------------------------------------------------------------------------- */

static void close_all(struct world *w)
{
	if (changeset_close(w->c, NULL) == ERR_NOTFOUND)
		return;
	for (unsigned i = 0; i < FILES; i++) {
		assert_true(vec_room(w->closed, w->n, 1, &w->cap));
		w->closed[w->n++] = (struct snapshot){ w->f[i].content, w->f[i].b };
	}
}

static void publish(struct world *w)
{
	err_t e;
	while (!(e = changeset_publish(w->c, 20000, NULL)))
		;
	assert_int_equal(e, ERR_NOTFOUND);
}

/* unchanged: nothing that was closed reads otherwise. */
static void unchanged(struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		reads(w, changeset_shown(w->c), w->closed[i].content, &w->closed[i].b);
}

static void begin(struct world *w)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(records_free) struct records out = RECORDS_INIT;
	struct operation o;
	ok(changeset_open(w->map, US, &w->c));
	operation_begin(&o, w->c);
	for (unsigned i = 0; i < FILES; i++) {
		w->f[i].content = id_of(++w->drawn);
		ok(child_first(&out, w->f[i].content));
	}
	put(&o, &out);
	ok(operation_apply(&o, b));
	operation_end(&o);
}

static void one_world(uint64_t seed, enum kind kind, unsigned steps)
{
	struct place place;
	place_make(&place, kind);
	struct world *w = calloc(1, sizeof(*w));
	w->seed = seed;
	w->map = place_open(&place);
	begin(w);
	for (unsigned i = 0; i < steps; i++) {
		if (one_in(&w->seed, 6)) {
			publish(w);
			close_all(w);
		}
		step(w);
	}
	unchanged(w);
	publish(w);
	unchanged(w);
	assert_in_range(w->longest, 3, CHAIN_MAX);
	changeset_freep(&w->c);
	ok(map_close(w->map));
	place_remove(&place);
	free(w->closed);
	free(w);
}

static void contents_are_plain_bytes(void **state)
{
	(void)state;
	uint64_t seed = random_seed();
	for (unsigned i = random_rounds(8, 500); i; i--)
		one_world(random_u64(&seed), FAKE, 120);
	one_world(random_u64(&seed), DISK, 120);
}

/* A save in each of 200 changesets: the chain stays short, and few windows are written anew. */
static void a_long_history_is_flattened(void **state)
{
	(void)state;
	cleanup(records_free) struct records all = RECORDS_INIT;
	struct view v = records_view(&all);
	struct id content = id_of(1);
	size_t written = 0;
	ok(child_first(&all, content));
	for (uint32_t i = 0; i < 200; i++) {
		cleanup(records_free) struct records out = RECORDS_INIT;
		struct window_extents w = { &(struct window_extent){ 0, CELL, id_of(i), 0 }, 1, 1 };
		struct id child = id_of(i + 2);
		struct chain c;
		ok(child_make(&v, child, &(struct content_rec){ true, content, (uint64_t)200 * CONTENT_WINDOW }, &out));
		ok(records_apply(&all, &out));
		ok(chain_load(&v, child, &c));
		ok(window_write(&out, &c, i, &w));
		written += out.n - 1;
		ok(records_apply(&all, &out));
		content = child;
	}
	struct chain c;
	ok(chain_load(&v, content, &c));
	assert_in_range(c.n, 2, CHAIN_MAX);
	for (uint32_t i = 0; i < 200; i++) {
		cleanup(window_extents_free) struct window_extents w = { 0 };
		ok(window_read(&v, &c, i, &w));
		assert_int_equal(w.n, 1);
		assert_int_equal(number_of(w.v[0].block), i);
	}
	print_message("200 saves: %zu windows written\n", written);
	assert_in_range(written, 200, 200 * CHAIN_MAX);
}

/* Records that no device of ours writes. */
static void a_chain_that_is_broken_is_damage(void **state)
{
	(void)state;
	cleanup(records_free) struct records all = RECORDS_INIT;
	struct view v = records_view(&all);
	struct chain c;
	assert_int_equal(chain_load(&v, id_of(1), &c), ERR_NOTFOUND);
	ok(child_first(&all, id_of(1)));
	for (uint32_t i = 2; i <= CHAIN_MAX; i++)
		ok(child_make(&v, id_of(i), &(struct content_rec){ true, id_of(i - 1), 1 }, &all));
	ok(chain_load(&v, id_of(CHAIN_MAX), &c));
	assert_int_equal(c.n, CHAIN_MAX);
	struct vault_key k = vault_key_of(&(struct vault_name){ .kind = SHARED_CONTENT, .id = id_of(1) });
	ok(child_make(&v, id_of(1), &(struct content_rec){ true, id_of(CHAIN_MAX - 1), 1 }, &all)); /* a circle */
	assert_int_equal(chain_load(&v, id_of(3), &c), ERR_DAMAGED);
	records_drop(&all, vault_key_span(&k));
	assert_int_equal(chain_load(&v, id_of(3), &c), ERR_DAMAGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_are_plain_bytes),
		cmocka_unit_test(a_long_history_is_flattened),
		cmocka_unit_test(a_chain_that_is_broken_is_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
