/* SPDX-License-Identifier: MIT */
#include "user.h"

#include "show.h"

#include "crypto/crypto.h"
#include "util/vec.h"
#include "vault/act/moves.h"
#include "vault/act/spot.h"
#include "vault/join/attr.h"

#include <string.h>
#include <sys/stat.h>

const char *user_refusal(enum refusal r)
{
	static const char *const name[] = {
		[REFUSED_NOENT] = "ENOENT",    [REFUSED_EXISTS] = "EEXIST",      [REFUSED_NOTDIR] = "ENOTDIR",
		[REFUSED_ISDIR] = "EISDIR",    [REFUSED_NOTEMPTY] = "ENOTEMPTY", [REFUSED_PERM] = "EPERM",
		[REFUSED_INVAL] = "EINVAL",    [REFUSED_ACCESS] = "EACCES",      [REFUSED_BUSY] = "EBUSY",
		[REFUSED_BADHANDLE] = "EBADF",
	};
	return name[r];
}

static struct name name_of(const char *s, size_t len)
{
	must(len <= NAME_BYTES ? ERR_OK : ERR_LIMIT, "name");
	return spot_name(SPAN(s, len));
}

/* Where a path leads: the directory that it is in, and its last name. */
static enum refusal find(struct device *d, const char *path, struct spot *ret)
{
	struct spot at = { .dir = INO_ROOT };
	for (;;) {
		const struct tree_entry *x;
		path += strspn(path, "/");
		size_t len = strcspn(path, "/");
		at.name = name_of(path, len);
		path += len;
		if (!path[strspn(path, "/")])
			break;
		must(spot_find(&d->act, &at, &x), "find");
		if (!x)
			return REFUSED_NOENT;
		if (x->version)
			return REFUSED_NOTDIR;
		at.dir = x->ino;
	}
	*ret = at;
	return REFUSED_NOT;
}

static const struct tree_entry *shown_at(struct device *d, const struct spot *at)
{
	const struct tree_entry *x;
	must(spot_find(&d->act, at, &x), "find");
	return x;
}

/* What is there; it must be. */
static enum refusal need(struct device *d, const char *path, struct spot *ret, const struct tree_entry **x)
{
	enum refusal r = find(d, path, ret);
	if (r)
		return r;
	*x = shown_at(d, ret);
	return *x ? REFUSED_NOT : REFUSED_NOENT;
}

static struct act_contents contents_of(const char *text)
{
	struct hash h;
	size_t len = strlen(text);
	must(crypto_sha256(SPAN(text, len), &h), "tag");
	return (struct act_contents){ len ? CONTENTS_INLINE : CONTENTS_NONE, len, id_from(h.b), SPAN(text, len) };
}

/* A mode as attributes. */
struct mode {
	struct buf value;
	struct act_attr attr;
	struct act_attrs attrs;
};

static void mode_set(struct mode *m, unsigned permissions)
{
	*m = (struct mode){ 0 };
	attr_put_mode(&m->value, &(struct attr_mode){ .permissions = (uint16_t)permissions });
	must(buf_ok(&m->value), "mode");
	m->attr = (struct act_attr){ ATTR_MODE, buf_span(&m->value) };
	m->attrs = (struct act_attrs){ &m->attr, 1 };
}

static void mode_free(struct mode *m)
{
	buf_free(&m->value);
}

static const struct act_attrs none;

/* The number of what is there, where operations go by numbers and the number leads to this name. */
static bool by_number(struct device *d, const struct spot *at, uint64_t *number)
{
	const struct tree *t;
	const struct tree_entry *x = shown_at(d, at), *found;
	if (!d->by_number || !x)
		return false;
	must(act_tree(&d->act, &t), "tree");
	must(tree_number_of(t, x, number), "number");
	must(act_by_number(&d->act, *number, &found), "number");
	return found == x;
}

/* What create makes: type 'f', 'l' or 'd'. */
static enum refusal create(struct device *d, const char *path, char type, const char *text)
{
	cleanup(mode_free) struct mode mode;
	struct spot at;
	enum refusal r = find(d, path, &at);
	if (r)
		return r;
	struct act_contents c = contents_of(text);
	unsigned permissions = type == 'd' ? 0755 : 0644;
	uint8_t kind = type == 'd' ? S_IFDIR >> 12 : S_IFREG >> 12;
	if (type == 'l') {
		permissions = 0777;
		kind = S_IFLNK >> 12;
	}
	mode_set(&mode, permissions);
	uint64_t ino;
	struct act_new n = { kind, type == 'd' ? NULL : &c, mode.attrs };
	must(names_create(&d->act, &at, &n, &ino, &r), "create");
	return r;
}

static enum refusal write_text(struct device *d, const char *path, const char *text)
{
	struct spot at;
	enum refusal r = find(d, path, &at);
	if (r)
		return r;
	struct act_contents c = contents_of(text);
	uint64_t number;
	if (by_number(d, &at, &number))
		must(contents_write_number(&d->act, number, &c, &none, &r), "write");
	else
		must(contents_write(&d->act, &at, &c, &none, &r), "write");
	return r;
}

static enum refusal append(struct device *d, const char *path, const char *text)
{
	cleanup(buf_free) struct buf all = BUF_INIT;
	struct spot at;
	const struct tree_entry *x;
	enum refusal r = need(d, path, &at, &x);
	if (r)
		return r;
	if (x->type != S_IFREG >> 12)
		return REFUSED_ISDIR;
	show_text(d, x->version, &all);
	buf_put(&all, text, strlen(text) + 1);
	must(buf_ok(&all), "append");
	return write_text(d, path, (const char *)all.p);
}

/* file_at: 0: none is there, or a sibling. */
static uint64_t file_at(struct device *d, const char *path)
{
	struct spot at;
	const struct tree_entry *x;
	if (need(d, path, &at, &x) || x->sibling || x->type == S_IFDIR >> 12)
		return 0;
	return x->ino;
}

/* went: as fs/ does with what loses a name: what is surely not published goes at once. */
static void went(struct device *d, uint64_t ino)
{
	bool dropped;
	if (ino)
		must(unborn_drop(&d->act, ino, &dropped), "drop");
}

static enum refusal unlink_path(struct device *d, const char *path)
{
	struct spot at;
	uint64_t ino = file_at(d, path);
	enum refusal r = find(d, path, &at);
	if (!r)
		must(names_unlink(&d->act, &at, NULL, &r), "unlink");
	if (!r)
		went(d, ino);
	return r;
}

static enum refusal rmdir_path(struct device *d, const char *path)
{
	struct spot at;
	enum refusal r = find(d, path, &at);
	if (!r)
		must(names_rmdir(&d->act, &at, NULL, &r), "rmdir");
	return r;
}

static bool is_below(const char *path, const char *above)
{
	size_t n = strlen(above);
	return !strncmp(path, above, n) && path[n] == '/';
}

static enum refusal rename_path(struct device *d, const char *from, const char *to)
{
	struct spot a, b;
	const struct tree_entry *x;
	if (is_below(to, from))
		return REFUSED_INVAL;
	uint64_t there = file_at(d, to);
	enum refusal r = need(d, from, &a, &x);
	if (!r)
		r = find(d, to, &b);
	if (!r)
		must(moves_rename(&d->act, &a, &b, NULL, &r), "rename");
	if (!r)
		went(d, there);
	return r;
}

static enum refusal exchange(struct device *d, const char *one, const char *other)
{
	struct spot a, b;
	const struct tree_entry *x;
	if (!strcmp(one, other) || is_below(one, other) || is_below(other, one))
		return REFUSED_INVAL;
	enum refusal r = need(d, one, &a, &x);
	if (!r)
		r = need(d, other, &b, &x);
	if (!r)
		must(moves_exchange(&d->act, &a, &b, NULL, &r), "exchange");
	return r;
}

static enum refusal link_path(struct device *d, const char *from, const char *to)
{
	struct spot a, b;
	const struct tree_entry *x;
	enum refusal r = need(d, from, &a, &x);
	if (!r && !x->version)
		return REFUSED_PERM;
	if (!r)
		r = find(d, to, &b);
	if (!r)
		must(names_link(&d->act, &a, &b, NULL, &r), "link");
	return r;
}

static enum refusal chmod_path(struct device *d, const char *path, const char *permissions)
{
	cleanup(mode_free) struct mode mode;
	struct spot at;
	mode_set(&mode, (unsigned)strtoul(permissions, NULL, 10));
	uint64_t number;
	enum refusal r = find(d, path, &at);
	if (!r && by_number(d, &at, &number))
		must(attrs_set_number(&d->act, number, &mode.attrs, &r), "chmod");
	else if (!r)
		must(attrs_set(&d->act, &at, &mode.attrs, &r), "chmod");
	return r;
}

static enum refusal setxattr_path(struct device *d, const char *path, const char *name, const char *value)
{
	struct spot at;
	struct act_xattr x = { .hash = 1, .name = name_of(name, strlen(name)), .value = span_str(value) };
	uint64_t number;
	enum refusal r = find(d, path, &at);
	if (!r && by_number(d, &at, &number))
		must(attrs_set_xattr_number(&d->act, number, &x, &r), "setxattr");
	else if (!r)
		must(attrs_set_xattr(&d->act, &at, &x, &r), "setxattr");
	return r;
}

/* As editors do: a new file, renamed over the old one. */
static enum refusal save(struct device *d, const char *path, const char *text)
{
	cleanup_free char *tmp = NULL;
	struct spot at;
	enum refusal r = find(d, path, &at);
	const struct tree_entry *x = r ? NULL : shown_at(d, &at);
	if (x && x->type != S_IFREG >> 12)
		return REFUSED_ISDIR;
	if (asprintf(&tmp, "%s.tmp", path) < 0)
		must(ERR_NOMEM, "save");
	if (!r)
		r = create(d, tmp, 'f', text);
	return r ? r : rename_path(d, tmp, path);
}

struct paths {
	const char *above;
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
	char *path;
	if (asprintf(&path, "%s/%.*s", p->above, (int)e->name.len, (const char *)e->name.p) < 0)
		return ERR_NOMEM;
	must(vec_room(p->v, p->n, 1, &p->cap) ? ERR_OK : ERR_NOMEM, "paths");
	p->v[p->n++] = path;
	return ERR_OK;
}

static enum refusal rmtree(struct device *d, const char *path);

/* The names that are in it at first. */
static enum refusal empty(struct device *d, const char *path, uint64_t dir)
{
	cleanup(paths_free) struct paths names = { .above = path };
	const struct tree *t;
	enum refusal r = REFUSED_NOT;
	must(act_tree(&d->act, &t), "tree");
	must(tree_children(t, dir, add_path, &names), "directory");
	for (size_t i = 0; !r && i < names.n; i++)
		r = rmtree(d, names.v[i]);
	return r;
}

static enum refusal rmtree(struct device *d, const char *path)
{
	struct spot at;
	const struct tree_entry *x;
	enum refusal r = need(d, path, &at, &x);
	if (r)
		return r;
	if (x->version)
		return unlink_path(d, path);
	r = empty(d, path, x->ino);
	if (!r)
		r = need(d, path, &at, &x);
	return r ? r : rmdir_path(d, path);
}

static enum refusal open_path(struct device *d, const char *path, const char *name)
{
	struct spot at;
	struct handle *h = calloc(1, sizeof(*h));
	must(h ? ERR_OK : ERR_NOMEM, "open");
	uint64_t number;
	enum refusal r = find(d, path, &at);
	if (!r && by_number(d, &at, &number))
		must(contents_open_number(&d->act, number, &h->h, &r), "open");
	else if (!r)
		must(contents_open(&d->act, &at, &h->h, &r), "open");
	if (r) {
		free(h);
		return r;
	}
	device_close(d, name);
	snprintf(h->name, sizeof(h->name), "%s", name);
	h->path = strdup(path);
	must(h->path ? ERR_OK : ERR_NOMEM, "open");
	h->next = d->handles;
	d->handles = h;
	return REFUSED_NOT;
}

/* The nearest directory of the path that is left, and its last name. */
static struct spot nearest(struct device *d, const char *path)
{
	struct spot at = { .dir = INO_ROOT };
	const struct tree_entry *x;
	cleanup_free char *up = strdup(path);
	must(up ? ERR_OK : ERR_NOMEM, "path");
	char *slash = strrchr(up, '/');
	struct name last = name_of(slash + 1, strlen(slash + 1));
	for (*slash = 0; *up; *slash = 0) {
		if (!need(d, up, &at, &x) && !x->version) {
			at.dir = x->ino;
			at.name = last;
			return at;
		}
		slash = strrchr(up, '/');
	}
	return (struct spot){ INO_ROOT, last };
}

static enum refusal write_handle(struct device *d, const char *name, const char *text)
{
	cleanup(mode_free) struct mode mode = { 0 };
	struct handle *h = device_handle(d, name);
	enum refusal r = REFUSED_BADHANDLE;
	if (!h)
		return r;
	struct act_contents c = contents_of(text);
	must(contents_write_handle(&d->act, &h->h, &c, &none, &r), "write");
	if (r != REFUSED_NOENT)
		return r;
	mode_set(&mode, 0644);
	struct spot at = nearest(d, h->path);
	struct act_new n = { S_IFREG >> 12, &c, mode.attrs };
	must(names_create_again(&d->act, &h->h, &at, &n, &r), "create again");
	return r;
}

/* Operations of a path, and of a path and something else. */
static enum refusal with_one(struct device *d, const char *what, const char *path)
{
	if (!strcmp(what, "mkdir"))
		return create(d, path, 'd', "");
	if (!strcmp(what, "unlink"))
		return unlink_path(d, path);
	if (!strcmp(what, "rmdir"))
		return rmdir_path(d, path);
	if (!strcmp(what, "rmtree"))
		return rmtree(d, path);
	return strcmp(what, "truncate") ? USER_UNKNOWN : write_text(d, path, "");
}

static enum refusal with_two(struct device *d, const char *what, const char *path, const char *more)
{
	static const struct {
		const char *name;
		enum refusal (*act)(struct device *d, const char *path, const char *more);
	} acts[] = {
		{ "write", write_text },   { "append", append },       { "save", save },
		{ "rename", rename_path }, { "exchange", exchange },   { "link", link_path },
		{ "chmod", chmod_path },   { "open_file", open_path }, { "write_handle", write_handle },
	};
	if (!strcmp(what, "create"))
		return create(d, path, 'f', more);
	if (!strcmp(what, "symlink"))
		return create(d, path, 'l', more);
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (!strcmp(what, acts[i].name))
			return acts[i].act(d, path, more);
	return USER_UNKNOWN;
}

enum refusal user_act(struct device *d, char **word)
{
	if (!word[0] || !word[1])
		return USER_UNKNOWN;
	if (!word[2])
		return with_one(d, word[0], word[1]);
	if (!word[3])
		return with_two(d, word[0], word[1], word[2]);
	return strcmp(word[0], "setxattr") ? USER_UNKNOWN : setxattr_path(d, word[1], word[2], word[3]);
}
