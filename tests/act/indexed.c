/* SPDX-License-Identifier: MIT */
#include "indexed.h"

#include "device.h"
#include "vault/join/shared_key.h"
#include "vault/shown/scratch.h"
#include "vault/shown/update.h"

static void make(const struct indexed *x, const struct act *a, struct records *ret)
{
	cleanup(tree_freep) struct tree *t = NULL;
	must(tree_build(act_shown(a), a->naming, &t), "tree");
	must(scratch_shown(t, x->hash, ret), "index from scratch");
}

static void say(const char *which, const struct records_entry *e)
{
	printf("failed index: %s ", which);
	for (size_t i = 0; i < e->len; i++)
		printf("%s%02x", i % 8 == 1 ? " " : "", e->key[i]);
	printf("\n");
}

static bool has(const struct records *t, const struct records_entry *e)
{
	const struct records_entry *x = records_find(t, records_key(e));
	return x && span_cmp(buf_span(&x->value), buf_span(&e->value)) == 0;
}

static void check(const struct indexed *x, const struct act *a)
{
	cleanup(records_free) struct records want = RECORDS_INIT;
	bool same = true;
	make(x, a, &want);
	for (size_t i = 0; i < want.n; i++)
		if (!has(&x->local, want.v[i])) {
			say("is not there", want.v[i]);
			same = false;
		}
	for (size_t i = 0; i < x->local.n; i++)
		if (!has(&want, x->local.v[i])) {
			say("is too much", x->local.v[i]);
			same = false;
		}
	must(same ? ERR_OK : ERR_DAMAGED, "index");
}

void indexed_begin(struct indexed *x, struct act *a)
{
	static const uint8_t key[16] = { 3 };
	*x = (struct indexed){ .hash = namehash_new(key) };
	must(x->hash ? ERR_OK : ERR_NOMEM, "index");
	x->view = records_view(&x->local);
	a->hash = x->hash;
	a->local = &x->view;
	indexed_anew(x, a);
}

void indexed_free(struct indexed *x)
{
	records_free(&x->local);
	namehash_freep(&x->hash);
}

static void put(struct indexed *x, struct act *a, const struct records *changes)
{
	must(records_apply(&x->local, changes), "index");
	act_changed(a);
	check(x, a);
}

void indexed_operated(struct indexed *x, struct act *a)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	must(act_local(a, &changes), "index");
	put(x, a, &changes);
}

static bool differs(const struct records *a, const struct records_entry *e)
{
	return !has(a, e);
}

static void add_changed(const struct records *a, const struct records *b, struct u64s *inos)
{
	for (size_t i = 0; i < a->n; i++) {
		struct shared_name name;
		if (differs(b, a->v[i]) && shared_key_parse(records_key(a->v[i]), &name) == ERR_OK)
			must(u64s_add(inos, name.ino), "index");
	}
}

void indexed_followed(struct indexed *x, struct act *a, const struct records *before)
{
	cleanup(records_free) struct records after = RECORDS_INIT, changes = RECORDS_INIT;
	cleanup(u64s_free) struct u64s inos = { 0 }, fresh = { 0 };
	indexed_all(a, &after);
	add_changed(before, &after, &inos);
	add_changed(&after, before, &inos);
	u64s_sort(&inos);
	const struct view was = records_view(before), is = records_view(&after);
	const struct shown_change c = { &was, &is, &x->view, x->hash, &inos, &fresh };
	must(update_shown(&c, &changes), "index");
	put(x, a, &changes);
}

static err_t visit(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

void indexed_all(const struct act *a, struct records *ret)
{
	const struct view *v = act_shown(a);
	must(v->scan(v->ctx, SPAN(NULL, 0), SPAN(NULL, 0), visit, ret), "index");
}

void indexed_anew(struct indexed *x, struct act *a)
{
	records_free(&x->local);
	make(x, a, &x->local);
	act_changed(a);
}
