/* SPDX-License-Identifier: MIT */
#include "show.h"

#include "crypto/crypto.h"
#include "util/vec.h"
#include "vault/join/attr.h"
#include "vault/join/inode_head.h"
#include "vault/join/version.h"

#include <string.h>
#include <sys/stat.h>

/* Paths under which files were shown first. */
struct first {
	uint64_t ino;
	bool sibling;
	struct version_id id; /* of a sibling */
	char *path;
};
struct firsts {
	struct first *v;
	size_t n, cap;
};

static void firsts_free(struct firsts *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i].path);
	free(f->v);
}

static const char *first_path(struct firsts *f, const struct tree_entry *e, const char *path)
{
	struct first want = { .ino = e->ino, .sibling = e->sibling };
	if (e->sibling)
		want.id = e->version->id;
	for (size_t i = 0; i < f->n; i++) {
		struct first *x = &f->v[i];
		if (x->ino == want.ino && x->sibling == want.sibling && version_id_cmp(x->id, want.id) == 0)
			return x->path;
	}
	want.path = strdup(path);
	must(want.path && vec_room(f->v, f->n, 1, &f->cap) ? ERR_OK : ERR_NOMEM, "list");
	f->v[f->n++] = want;
	return path;
}

void show_text(struct device *d, const struct tree_version *v, struct buf *out)
{
	cleanup(version_rec_free) struct version_rec r = { 0 };
	must(shared_version(act_shown(&d->act), v->home, v->id, &r), "contents");
	buf_put(out, r.payload.p, r.payload.len);
}

static unsigned mode_of(struct device *d, uint64_t ino)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	struct attr_mode mode = { 0 };
	err_t e = shared_inode(act_shown(&d->act), ino, &s);
	if (e != ERR_NOTFOUND)
		must(e, "mode");
	if (e == ERR_OK && s.head.attr[ATTR_MODE].there &&
	    !attr_get_mode(buf_span(&s.head.attr[ATTR_MODE].value), &mode))
		must(ERR_DAMAGED, "mode");
	return mode.permissions;
}

static void print_xattrs(struct device *d, uint64_t ino)
{
	cleanup(xattr_list_free) struct xattr_list list = { 0 };
	const char *comma = "";
	must(shared_xattrs(act_shown(&d->act), ino, &list), "xattrs");
	for (size_t i = 0; i < list.n; i++) {
		const struct xattr_value *x = &list.v[i];
		if (x->removed)
			continue;
		printf("%s%.*s=%.*s", comma, (int)x->name.len, x->name.b, (int)x->value.len, (const char *)x->value.p);
		comma = ",";
	}
}

static void list_dir(struct device *d, uint64_t dir, const char *path, struct firsts *firsts);

static void list_entry(struct device *d, const struct tree_entry *e, const char *above, struct firsts *firsts)
{
	cleanup(buf_free) struct buf text = BUF_INIT;
	cleanup_free char *path = NULL;
	if (asprintf(&path, "%s/%.*s", above, (int)e->name.len, (const char *)e->name.p) < 0)
		must(ERR_NOMEM, "list");
	char type = e->type == S_IFDIR >> 12 ? 'd' : 'f';
	if (e->type == S_IFLNK >> 12)
		type = 'l';
	if (e->version)
		show_text(d, e->version, &text);
	printf("%s\t%c\t%.*s\t%o\t", path, type, (int)text.len, (const char *)text.p, mode_of(d, e->ino));
	print_xattrs(d, e->ino);
	printf("\t%s\n", first_path(firsts, e, path));
	if (!e->version)
		list_dir(d, e->ino, path, firsts);
}

struct listing {
	struct device *d;
	const char *path;
	struct firsts *firsts;
};

static err_t visit_entry(void *ctx, const struct tree_entry *e)
{
	const struct listing *l = ctx;
	list_entry(l->d, e, l->path, l->firsts);
	return ERR_OK;
}

static void list_dir(struct device *d, uint64_t dir, const char *path, struct firsts *firsts)
{
	struct listing l = { d, path, firsts };
	const struct tree *t;
	must(act_tree(&d->act, &t), "tree");
	must(tree_children(t, dir, visit_entry, &l), "directory");
}

void show_list(struct device *d)
{
	cleanup(firsts_free) struct firsts firsts = { 0 };
	list_dir(d, INO_ROOT, "", &firsts);
}

struct paths {
	const struct tree *t;
	char **v;
	size_t n, cap;
};

static void paths_free(struct paths *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i]);
	free(p->v);
}

static err_t add_path(void *ctx, const struct tree_entry *e)
{
	struct paths *p = ctx;
	cleanup(buf_free) struct buf path = BUF_INIT;
	err_t err = tree_path(p->t, e->dir, &path);
	if (err != ERR_OK)
		return err;
	buf_u8(&path, '/');
	buf_put(&path, e->name.p, e->name.len);
	buf_u8(&path, 0);
	if (buf_ok(&path) != ERR_OK || !vec_room(p->v, p->n, 1, &p->cap))
		return ERR_NOMEM;
	p->v[p->n++] = (char *)steal_ptr(path.p);
	return ERR_OK;
}

static int path_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void show_conflicts(struct device *d)
{
	cleanup(paths_free) struct paths p = { 0 };
	must(act_tree(&d->act, &p.t), "tree");
	must(tree_conflicts(p.t, add_path, &p), "conflicts");
	if (p.n)
		qsort(p.v, p.n, sizeof(*p.v), path_cmp);
	for (size_t i = 0; i < p.n; i++)
		printf("%s\n", p.v[i]);
}

void show_digest(const struct device *d)
{
	cleanup(buf_free) struct buf all = BUF_INIT;
	struct hash h;
	for (size_t i = 0; i < d->base.n; i++) {
		buf_blob32(&all, records_key(d->base.v[i]));
		buf_blob32(&all, buf_span(&d->base.v[i]->value));
	}
	must(buf_ok(&all), "digest");
	must(crypto_sha256(buf_span(&all), &h), "digest");
	for (size_t i = 0; i < 8; i++)
		printf("%02x", h.b[i]);
	printf("\n");
}
