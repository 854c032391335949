/* SPDX-License-Identifier: MIT
 * The shown tree of records that are read as text, for comparison with the model (tests/model/against_tree.py).
 *
 * Input: words. Numbers are decimal; names and tags hexadecimal, '-' the empty one. A stamp is 3 numbers, a version id
 * a stamp and a tag (32 digits), a seat a stamp and a number, a spot a directory and a name. inode INO TYPE BIRTH link
 * INO LID LIFE PLACED SPOT SEAT BACK HALF REMOVED COUNT REPLACED... BACK: 0, or 1 SPOT. HALF: 0, or 1 INO LID LIFE SPOT
 * SEAT. REMOVED: 0, or 1 STAMP COUNT ID... REPLACED: INO LID LIFE COUNT ID... version INO ID ROOT VIA GONE; or else all
 * of it as bytes, record KEY VALUE, which may be broken (tests/model/broken.py). show prints the tree of what came
 * since the last one, and "." Output: lines in the order of a walk; conflict names tell of stream n as the letter after
 * n times 'A'.
 */
#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/records.h"
#include "vault/tree/build.h"

#include <inttypes.h>
#include <string.h>

static void fail(const char *what)
{
	fprintf(stderr, "tree-show: %s\n", what);
	exit(2);
}

static void must(err_t e, const char *what)
{
	if (e != ERR_OK)
		fail(what);
}

static uint64_t number(void)
{
	uint64_t n;
	if (scanf("%" SCNu64, &n) != 1)
		fail("a number is missing");
	return n;
}

static size_t digits(char *out, size_t size)
{
	char text[2 * NAME_BYTES + 2];
	if (scanf("%511s", text) != 1)
		fail("a word is missing");
	size_t n = strcmp(text, "-") ? strlen(text) / 2 : 0;
	if (n > size || (n && !hex_decode(text, out, n)))
		fail("hexadecimal digits are wrong");
	return n;
}

static struct stamp stamp(void)
{
	struct stamp s;
	s.lamport = number();
	s.stream = number();
	s.n = number();
	return s;
}

static struct version_id version_id(void)
{
	struct version_id v = { .stamp = stamp() };
	char tag[ID_LEN];
	digits(tag, sizeof(tag));
	v.tag = id_from(tag);
	return v;
}

static struct seat seat(void)
{
	struct seat s = { .stamp = stamp() };
	s.handed_on = (uint32_t)number();
	return s;
}

static struct spot spot(void)
{
	struct spot s = { .dir = number() };
	s.name.len = (uint8_t)digits(s.name.b, sizeof(s.name.b));
	return s;
}

static struct partner partner(void)
{
	struct partner p;
	p.ino = number();
	p.lid = number();
	p.life = stamp();
	return p;
}

static struct version_set version_set(void)
{
	struct version_set s = { 0 };
	for (uint64_t left = number(); left; left--) {
		if (!vec_room(s.v, s.n, 1, &s.cap))
			fail("memory");
		s.v[s.n++] = version_id();
	}
	return s;
}

static void read_where(struct where *w)
{
	w->stamp = stamp();
	w->at = spot();
	w->seat = seat();
	w->has_back = number();
	if (w->has_back)
		w->back = spot();
	w->has_half = number();
	if (!w->has_half)
		return;
	w->half.with = partner();
	w->half.before = spot();
	w->half.seat = seat();
}

static void read_link(struct tree *t)
{
	struct link_rec l = { .ino = number() };
	l.lid = number();
	l.life = stamp();
	read_where(&l.where);
	l.is_removed = number();
	if (l.is_removed) {
		l.removed.stamp = stamp();
		l.removed.seen = version_set();
	}
	for (uint64_t left = number(); left; left--) {
		if (!vec_room(l.replaced, l.replaced_n, 1, &l.replaced_cap))
			fail("memory");
		struct replacement *r = &l.replaced[l.replaced_n++];
		r->by = partner();
		r->seen = version_set();
	}
	must(tree_add_link(t, &l), "link");
	for (size_t i = 0; i < l.replaced_n; i++)
		free(l.replaced[i].seen.v);
	free(l.replaced);
	free(l.removed.seen.v);
}

static void read_inode(struct tree *t)
{
	struct inode_head h = { .ino = number() };
	h.type = (uint8_t)number();
	char birth[ID_LEN];
	digits(birth, sizeof(birth));
	h.birth = id_from(birth);
	must(tree_add_inode(t, &h), "inode");
}

static void read_version(struct tree *t)
{
	struct version_rec v = { .ino = number() };
	v.id = version_id();
	v.root = version_id();
	v.via = number();
	v.gone = number();
	must(tree_add_version(t, &v), "version");
}

static void who(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	(void)ctx;
	(void)time;
	snprintf(out, CONFLICT_WHO, "%c %" PRIu64, (char)('@' + root->stamp.stream % 27), root->stamp.lamport);
}

static void put_hex(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		printf("%02x", ((const uint8_t *)s.p)[i]);
}

static void show_version(const struct tree_version *v)
{
	printf(" %" PRIu64 ".%" PRIu64 ".%" PRIu64 ".", v->id.stamp.lamport, v->id.stamp.stream, v->id.stamp.n);
	put_hex(id_span(&v->id.tag));
	printf(" home %" PRIu64, v->home);
}

static void show_leans(const struct tree *t, const struct tree_dir *d, const struct tree_entry *e)
{
	for (size_t i = 0; i < d->children_n; i++) {
		bool leans;
		must(tree_leans(t, e, d->children[i]->name, &leans), "leans");
		if (!leans)
			continue;
		printf(" <");
		put_hex(d->children[i]->name);
	}
}

static void show_entry(const struct tree *t, const struct tree_dir *d, const struct tree_entry *e)
{
	const struct tree_entry *found;
	must(tree_lookup(t, d->ino, e->name, &found), "lookup");
	unsigned nlink = 0;
	if (found != e || (e->version && tree_nlink(t, e, &nlink) != ERR_OK))
		fail("lookup finds another");
	printf("%" PRIu64 " ", d->ino);
	put_hex(e->name);
	printf(" %u %" PRIu64 " %" PRIu64 " %d ", e->type, e->ino, e->lid, e->sibling);
	put_hex(e->recorded);
	printf(" nlink %u hidden", nlink);
	for (size_t i = 0; i < e->hidden_n; i++)
		printf(" %" PRIu64 ".%" PRIu64, e->hidden[i]->ino, e->hidden[i]->lid);
	if (e->version)
		show_version(e->version);
	show_leans(t, d, e);
	printf("\n");
}

static void show_dir(const struct tree *t, uint64_t ino)
{
	const struct tree_dir *d;
	must(tree_dir(t, ino, &d), "dir");
	cleanup(buf_free) struct buf path = BUF_INIT;
	must(tree_path(t, ino, &path), "path");
	printf("dir %" PRIu64 " up %" PRIu64 " path ", d->ino, d->up);
	put_hex(buf_span(&path));
	printf(" members");
	for (size_t i = 0; i < d->members_n; i++) {
		bool revived;
		must(tree_is_revived(t, d->members[i], &revived), "revived");
		printf(" %" PRIu64 "%s", d->members[i], revived ? "!" : "");
	}
	printf("\n");
	for (size_t i = 0; i < d->children_n; i++)
		show_entry(t, d, d->children[i]);
	for (size_t i = 0; i < d->children_n; i++)
		if (!d->children[i]->version)
			show_dir(t, d->children[i]->ino);
}

static void read_record(struct records *t)
{
	static char key[NAME_BYTES], value[8192], text[2 * sizeof(value) + 1];
	size_t n = digits(key, sizeof(key));
	if (scanf("%16384s", text) != 1 || !hex_decode(text, value, strlen(text) / 2))
		fail("a value is missing");
	must(records_put(t, SPAN(key, n), SPAN(value, strlen(text) / 2)), "record");
}

static void show(struct tree *t)
{
	show_dir(t, INO_ROOT);
	struct tree_inos voided;
	must(tree_voided(t, &voided), "voided");
	printf("void");
	for (size_t i = 0; i < voided.n; i++)
		printf(" %" PRIu64, voided.v[i]);
	printf("\n.\n");
	fflush(stdout);
}

static const struct tree_naming naming = { .who = who };

/* derive: of the words, or of the records, if there are any. */
static void derive(struct tree **t, const struct records *records)
{
	struct view v = records_view(records);
	if (!records->n) {
		must(tree_derive(*t), "derive");
		return;
	}
	tree_freep(t);
	must(tree_build(&v, &naming, t), "build");
}

int main(void)
{
	struct records records = RECORDS_INIT;
	char kind[16];
	struct tree *t = NULL;
	while (scanf("%15s", kind) == 1) {
		if (!t)
			must(tree_new(&naming, &t), "memory");
		if (strcmp(kind, "inode") == 0)
			read_inode(t);
		else if (strcmp(kind, "link") == 0)
			read_link(t);
		else if (strcmp(kind, "version") == 0)
			read_version(t);
		else if (strcmp(kind, "record") == 0)
			read_record(&records);
		else if (strcmp(kind, "show") == 0) {
			derive(&t, &records);
			show(t);
			tree_freep(&t);
			records_free(&records);
		} else
			fail("unknown word");
	}
	tree_freep(&t);
	records_free(&records);
	return 0;
}
