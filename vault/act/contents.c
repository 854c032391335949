/* SPDX-License-Identifier: MIT */
#include "vault/act/contents.h"

#include "vault/act/handles.h"
#include "vault/act/put.h"
#include "vault/act/settle.h"
#include "vault/act/spot.h"
#include "vault/act/versions.h"
#include "vault/join/version.h"
#include "vault/join/version_set.h"
#include "vault/tree/copy.h"

#include <sys/stat.h>

#define TYPE_FILE (S_IFREG >> 12)

static struct version_rec version_of(uint64_t ino, struct version_id id, const struct act_contents *c, int64_t now)
{
	return (struct version_rec){
		.ino = ino,
		.id = id,
		.root = id,
		.time = now,
		.root_time = now,
		.contents = c->kind,
		.size = c->size,
		.payload = { .p = (uint8_t *)(uintptr_t)c->payload.p, .len = c->payload.len }, /* read only */
	};
}

struct version_rec contents_first(struct act *a, uint64_t ino, struct stamp stamp, const struct act_contents *c)
{
	struct version_id id = { stamp, c->tag };
	return version_of(ino, id, c, a->numbers->now(a->numbers->ctx, stamp));
}

/* A write, and what it replaces. */
struct write {
	uint64_t number; /* what is open as this has what is new */
	uint64_t ino, via;
	struct version_set replaced;
	struct version_rec v;     /* what is new */
	struct version_id unseen; /* one of these that was never published, and is its own root; zero: none is known */
};

static void write_free(struct write *w)
{
	version_set_free(&w->replaced);
}

/* Of the versions replaced that this device wrote, the greatest root. */
static err_t own_root(struct act *a, const struct write *w, const struct tree_version **ret)
{
	const struct tree_version *own = NULL, *v;
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < w->replaced.n; i++) {
		if (w->replaced.v[i].stamp.stream != a->stream)
			continue;
		e = versions_find(a, w->ino, w->replaced.v[i], &v);
		if (e == ERR_OK && v && (!own || version_id_cmp(v->root, own->root) > 0))
			own = v;
	}
	*ret = own;
	return e;
}

static err_t is_published(struct act *a, uint64_t home, struct version_id id, bool *ret)
{
	cleanup(version_rec_free) struct version_rec v = { 0 };
	*ret = true;
	if (id.stamp.stream != a->stream || id.stamp.n != a->n)
		return ERR_OK;
	err_t e = shared_version(a->base, home, id, &v);
	*ret = e == ERR_OK;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* Does it hand on the root, where the file shows no conflict? A version that was never published leaves no trace: what
 * comes in its place begins the branch. */
static err_t hands_on(struct act *a, struct write *w, const struct tree_version *own, bool *ret)
{
	bool published = true, is_root = version_id_cmp(own->id, own->root) == 0;
	err_t e = is_root ? is_published(a, own->home, own->id, &published) : ERR_OK;
	if (!published)
		w->unseen = own->id;
	*ret = published && w->v.time - own->root_time <= a->renew;
	return e;
}

/* It hands on the root of a branch of this device's own, unless that is old, or what goes, and the file shows no
 * conflict here. */
static err_t hand_root_on(struct act *a, struct write *w)
{
	const struct tree *t;
	const struct tree_file *f;
	const struct tree_version *own;
	bool on = true;
	err_t e = own_root(a, w, &own);
	if (e != ERR_OK || !own)
		return e;
	e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, w->ino, &f);
	if (e == ERR_OK && f->shown_n <= 1)
		e = hands_on(a, w, own, &on);
	if (e == ERR_OK && on) {
		w->v.root = own->root;
		w->v.root_time = own->root_time;
	}
	return e;
}

/* What was written in this changeset is dropped. */
static err_t replace_one(struct act *a, const struct write *w, uint64_t home, struct version_id id)
{
	bool published = false;
	err_t e = version_id_cmp(id, w->unseen) ? is_published(a, home, id, &published) : ERR_OK;
	if (e != ERR_OK)
		return e;
	return published ? put_gone(a, home, id) : put_drop_version(a, home, id);
}

/* Homes of the versions replaced, as the tree has them before anything is put. */
static err_t replace_all(struct act *a, const struct write *w)
{
	cleanup_free uint64_t *home = calloc(w->replaced.n + 1, sizeof(*home));
	err_t e = home ? ERR_OK : ERR_NOMEM;
	for (size_t i = 0; e == ERR_OK && i < w->replaced.n; i++) {
		const struct tree_version *v;
		e = versions_find(a, w->ino, w->replaced.v[i], &v);
		if (e == ERR_OK)
			home[i] = v ? v->home : w->ino;
	}
	for (size_t i = 0; e == ERR_OK && i < w->replaced.n; i++)
		e = replace_one(a, w, home[i], w->replaced.v[i]);
	return e;
}

static void handles_follow(struct act *a, const struct write *w)
{
	for (struct act_handle *h = handles_of(a, w->ino); h; h = handles_more(h)) {
		if (!version_set_has(&w->replaced, h->version))
			continue;
		handles_change(a, h);
		h->outdone = h->number != w->number;
		if (h->outdone)
			continue;
		h->version = w->v.id;
		h->root = w->v.root;
		h->time = w->v.time;
	}
}

static err_t replace(struct act *a, struct write *w, const struct act_contents *c, const struct act_attrs *attrs)
{
	struct stamp stamp = act_tick(a);
	int64_t now = a->numbers->now(a->numbers->ctx, stamp);
	w->v = version_of(w->ino, (struct version_id){ stamp, c->tag }, c, now);
	w->v.via = w->via;
	err_t e = hand_root_on(a, w);
	if (e == ERR_OK)
		e = replace_all(a, w);
	if (e == ERR_OK)
		e = put_version(a, &w->v);
	if (e == ERR_OK)
		e = attrs_put(a, w->ino, stamp, attrs);
	if (e == ERR_OK)
		handles_follow(a, w);
	return e;
}

/* Before new contents: links that were equal part, and those that will be are kept apart. */
static err_t settle(struct act *a, uint64_t ino, struct id tag)
{
	err_t e = settle_part(a, ino);
	return e == ERR_OK ? settle_apart(a, ino, tag) : e;
}

/* A file that is found by its name or by its number. */
struct found {
	const struct tree_entry *x;
	uint64_t number, ino, lid;
	const struct tree_version *v; /* what is shown of it */
};

static void check_type(const struct tree_entry *x, enum refusal *ret)
{
	if (!x || x->type != TYPE_FILE)
		*ret = REFUSED_ISDIR;
}

static err_t find_at(struct act *a, const struct spot *at, struct found *f, enum refusal *ret)
{
	const struct tree *t;
	*ret = REFUSED_NOT;
	err_t e = spot_find(a, at, &f->x);
	if (e == ERR_OK && !f->x)
		*ret = REFUSED_NOENT;
	if (e != ERR_OK || *ret)
		return e;
	check_type(f->x, ret);
	f->ino = f->x->ino;
	f->lid = f->x->lid;
	f->v = f->x->version;
	e = act_tree(a, &t);
	return e == ERR_OK ? tree_number_of(t, f->x, &f->number) : e;
}

/* Hidden behind an equal one: its own link and version. */
static err_t find_hidden(struct act *a, uint64_t ino, struct found *f)
{
	const struct tree *t;
	const struct tree_file *file;
	size_t i = 0;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, ino, &file);
	if (e != ERR_OK)
		return e;
	while (!file->links[i].live)
		i++;
	f->ino = ino;
	f->lid = file->links[i].lid;
	f->v = &file->versions[0];
	return ERR_OK;
}

static err_t find_number(struct act *a, uint64_t number, struct found *f, enum refusal *ret)
{
	*ret = REFUSED_NOT;
	err_t e = act_by_number(a, number, &f->x);
	if (e == ERR_NOTFOUND) {
		*ret = REFUSED_NOENT;
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	check_type(f->x, ret);
	if (*ret)
		return ERR_OK;
	f->number = number;
	const uint64_t ino = stand_in_meant(a->naming->stand_ins, number);
	if (!f->x->sibling && f->x->ino != ino)
		return find_hidden(a, ino, f);
	f->ino = f->x->ino;
	f->lid = f->x->lid;
	f->v = f->x->version;
	return ERR_OK;
}

/* What has a conflict name keeps it, which tells its version; a sibling becomes a file. */
static err_t settle_conflict_name(struct act *a, struct found *f)
{
	bool own = f->ino == f->x->ino;
	if (!f->x->counter || !own)
		return ERR_OK;
	err_t e = settle_name(a, &(struct spot){ f->x->dir, spot_name(f->x->name) }, &f->x);
	if (e != ERR_OK)
		return e;
	f->ino = f->x->ino;
	f->lid = f->x->lid;
	f->v = f->x->version;
	return ERR_OK;
}

static err_t write_found(struct act *a, struct found *f, const struct act_contents *c, const struct act_attrs *attrs)
{
	cleanup(write_free) struct write w = { 0 };
	err_t e = settle_conflict_name(a, f);
	if (e != ERR_OK)
		return e;
	w.number = f->number;
	w.ino = f->ino;
	w.via = f->lid;
	struct id now = f->v->id.tag;
	e = settle(a, w.ino, c->tag);
	if (e == ERR_OK)
		e = versions_equal(a, w.ino, now, &w.replaced);
	return e == ERR_OK ? replace(a, &w, c, attrs) : e;
}

err_t contents_write(struct act *a, const struct spot *at, const struct act_contents *c, const struct act_attrs *attrs,
                     enum refusal *ret)
{
	ACT_OPERATION(a);
	struct found f;
	err_t e = find_at(a, at, &f, ret);
	return e == ERR_OK && !*ret ? write_found(a, &f, c, attrs) : e;
}

err_t contents_write_number(struct act *a, uint64_t number, const struct act_contents *c, const struct act_attrs *attrs,
                            enum refusal *ret)
{
	ACT_OPERATION(a);
	struct found f;
	err_t e = find_number(a, number, &f, ret);
	return e == ERR_OK && !*ret ? write_found(a, &f, c, attrs) : e;
}

static err_t open_found(struct act *a, const struct found *f, struct act_handle *h)
{
	cleanup(version_rec_free) struct version_rec v = { 0 };
	err_t e = shared_version(act_shown(a), f->v->home, f->v->id, &v);
	if (e != ERR_OK)
		return e;
	*h = (struct act_handle){
		.number = f->number,
		.shown = f->number,
		.ino = f->ino,
		.lid = f->lid,
		.version = f->v->id,
		.root = f->v->root,
		.time = v.time,
	};
	handles_add(a, h);
	return ERR_OK;
}

err_t contents_open(struct act *a, const struct spot *at, struct act_handle *h, enum refusal *ret)
{
	ACT_OPERATION(a);
	struct found f;
	err_t e = find_at(a, at, &f, ret);
	return e == ERR_OK && !*ret ? open_found(a, &f, h) : e;
}

err_t contents_open_number(struct act *a, uint64_t number, struct act_handle *h, enum refusal *ret)
{
	ACT_OPERATION(a);
	struct found f;
	err_t e = find_number(a, number, &f, ret);
	return e == ERR_OK && !*ret ? open_found(a, &f, h) : e;
}

err_t contents_open_new(struct act *a, uint64_t ino, struct act_handle *h)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	err_t e = shared_bare(act_shown(a), ino, &s);
	if (e != ERR_OK)
		return e;
	*h = (struct act_handle){
		.number = ino,
		.shown = ino,
		.ino = ino,
		.lid = LID_FIRST,
		.version = s.version.id,
		.root = s.version.root,
		.time = s.version.time,
	};
	handles_add(a, h);
	return ERR_OK;
}

void contents_close(struct act_handle *h)
{
	handles_remove(h);
}

/* The branch of `h` may be a file of its own by now. */
static err_t follow_branch(struct act *a, struct act_handle *h)
{
	for (;;) {
		cleanup(shared_inode_free) struct shared_inode s = { 0 };
		struct copy copy;
		err_t e = copy_of(h->ino, &h->root, false, &copy);
		if (e == ERR_OK)
			e = shared_place(act_shown(a), copy.ino, &s);
		if (e == ERR_NOTFOUND || (e == ERR_OK && !id_eq(s.head.birth, copy.birth)))
			return ERR_OK;
		if (e != ERR_OK)
			return e;
		handles_move(a, h, copy.ino);
	}
}

static err_t is_live(struct act *a, uint64_t ino, bool *ret)
{
	const struct tree *t;
	const struct tree_file *f;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, ino, &f);
	*ret = e == ERR_OK && f->live_n > 0 && f->shown_n > 0;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* Is what it goes on in still there? What is parted and replaced is not: to go on would show the name another version,
 * under the number of others who have it open. */
static err_t goes_on(struct act *a, const struct act_handle *h, bool *ret)
{
	const struct tree_version *v;
	err_t e = is_live(a, h->ino, ret);
	if (e != ERR_OK || !*ret || !h->parted)
		return e;
	e = versions_find(a, h->ino, h->version, &v);
	*ret = e == ERR_OK && v && v->live;
	return e;
}

/* The version that stands for what the handle goes on in: an equal one may be shown in its place. NULL: none is shown.
 */
static const struct tree_version *stands_for(const struct tree_file *f, const struct version_id *id)
{
	const struct tree_version *v = NULL;
	for (size_t i = 0; i < f->shown_n; i++)
		if (version_id_cmp(f->versions[i].id, *id) == 0)
			v = &f->versions[i];
	for (size_t i = 0; v && i < f->shown_n; i++)
		if (id_eq(f->versions[i].id.tag, v->id.tag))
			return &f->versions[i];
	return NULL;
}

/* A sibling that is written becomes a file, also through a handle: the greatest root has the name, which a write to
 * another device's branch would take. */
static err_t split_opened(struct act *a, struct act_handle *h)
{
	const struct tree *t;
	const struct tree_file *f;
	const struct tree_entry *x = NULL;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, h->ino, &f);
	const struct tree_version *v = e == ERR_OK ? stands_for(f, &h->version) : NULL;
	if (!v || v == &f->versions[0])
		return e;
	e = tree_sibling_entry(t, v, &x);
	if (e != ERR_OK || !x)
		return e;
	h->version = v->id;
	h->lid = LID_FIRST;
	return settle_name(a, &(struct spot){ x->dir, spot_name(x->name) }, &x);
}

/* The link that it is written through: that of the handle, as long as it is shown or hidden; then the first that is.
 * What is written would else bring back a name that is gone, where the file is shown again without its names. */
static err_t write_at_name(struct act *a, struct act_handle *h)
{
	const struct tree *t;
	const struct tree_file *f;
	const struct tree_link *first = NULL;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, h->ino, &f);
	for (size_t i = 0; e == ERR_OK && i < f->links_n; i++) {
		if (f->links[i].live && f->links[i].lid == h->lid)
			return ERR_OK;
		if (f->links[i].live && !first)
			first = &f->links[i];
	}
	if (first)
		h->lid = first->lid;
	return e;
}

/* What is open becomes what it has to be before it is written. Its link is looked for before what is equal parts, too:
 * that may take the last one, and what is written is shown there. */
static err_t settle_opened(struct act *a, struct act_handle *h, struct id tag)
{
	err_t e = write_at_name(a, h);
	if (e == ERR_OK)
		e = split_opened(a, h);
	if (e == ERR_OK)
		e = settle(a, h->ino, tag);
	return e == ERR_OK ? write_at_name(a, h) : e;
}

/* What the write replaces: the version of the handle and those equal to it. */
static err_t replaced_by(struct act *a, const struct act_handle *h, struct version_set *ret)
{
	const struct tree_version *old;
	err_t e = versions_find(a, h->ino, h->version, &old);
	if (e == ERR_OK && old)
		e = versions_equal(a, h->ino, h->version.tag, ret);
	if (e == ERR_OK && !version_set_add(ret, h->version))
		e = ERR_NOMEM;
	return e;
}

err_t contents_write_handle(struct act *a, struct act_handle *h, const struct act_contents *c,
                            const struct act_attrs *attrs, enum refusal *ret)
{
	ACT_OPERATION(a);
	cleanup(write_free) struct write w = { 0 };
	bool live = false;
	*ret = h->unlinked ? REFUSED_BADHANDLE : REFUSED_NOT;
	if (*ret)
		return ERR_OK;
	handles_change(a, h);
	err_t e = follow_branch(a, h);
	if (e == ERR_OK)
		e = goes_on(a, h, &live);
	if (e == ERR_OK && !live)
		*ret = REFUSED_NOENT;
	if (e != ERR_OK || *ret)
		return e;
	e = settle_opened(a, h, c->tag);
	if (e == ERR_OK) /* settling may have split the version: the handle followed */
		e = replaced_by(a, h, &w.replaced);
	w.number = h->number;
	w.ino = h->ino;
	w.via = h->lid;
	if (e == ERR_OK)
		e = replace(a, &w, c, attrs);
	if (e != ERR_OK)
		return e;
	h->version = w.v.id;
	h->root = w.v.root;
	h->time = w.v.time;
	h->outdone = false;
	if (h->parted) /* it was split from what has the name, if that was another */
		h->shown = stand_in_as(a->naming->stand_ins, h->ino);
	return ERR_OK;
}
