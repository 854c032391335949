/* SPDX-License-Identifier: MIT */
#include "tests/sim/journal.h"

#include "sync/core/epoch.h"
#include "sync/core/state.h"
#include "util/cleanup.h"

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* --- the trace --- */
void journal_begin(struct journal *j, FILE *file)
{
	*j = (struct journal){ file, { 1, 2 } };
}

static void stir(struct trace *t, uint64_t x)
{
	t->a = (t->a ^ x) * UINT64_C(0x9e3779b97f4a7c15);
	t->a ^= t->a >> 32;
	t->b = (t->b + x) * UINT64_C(0xd6e8feb86659fd93);
	t->b ^= t->b >> 29 ^ t->a;
}

/* mix: behind its length, so that no two things are one. */
static void mix(struct journal *j, struct span what)
{
	const uint8_t *p = what.p;
	stir(&j->all, what.len);
	for (size_t left = what.len, n; left; left -= n, p += n) {
		uint64_t x = 0;
		n = MIN(left, sizeof(x));
		memcpy(&x, p, n);
		stir(&j->all, x);
	}
}

void journal_text(struct journal *j, const char *line)
{
	mix(j, span_str(line));
	if (j->file)
		fprintf(j->file, "%s\n", line);
}

void journal_line(struct journal *j, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	journal_text(j, line);
}

void journal_object(void *ctx, const char *name, struct span body)
{
	mix(ctx, span_str(name));
	mix(ctx, body);
}

/* --- the end --- */
static void xattr_text(struct fs *fs, uint64_t ino, char *ret, size_t size)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	ret[0] = 0;
	if (!fs_getxattr(fs, ino, "user.x", &b))
		snprintf(ret, size, "%.*s", (int)MIN(b.len, 32), (const char *)b.p);
}

static void journal_entry(struct journal *j, struct device *d, const struct look_entry *e)
{
	struct stat st = { 0 };
	char contents[LOOK_HASH], x[40];
	int err = fs_getattr(d->fs, e->ino, &st);
	look_contents(d->fs, e->ino, contents);
	xattr_text(d->fs, e->ino, x, sizeof(x));
	journal_line(j,
	             "{\"e\":\"entry\",\"d\":%u,\"p\":\"%s\",\"type\":%u,\"mode\":%u,\"uid\":%u,\"nlink\":%u,"
	             "\"size\":%lld,\"now\":\"%s\",\"x\":\"%s\",\"ino\":%llu,\"mtime\":%lld,\"r\":%d}",
	             d->no, e->path, e->type >> 12, st.st_mode & 07777, st.st_uid, (unsigned)st.st_nlink,
	             (long long)st.st_size, contents, x, (unsigned long long)e->ino, (long long)st.st_mtim.tv_sec, err);
}

/* --- for the oracle alone: what is no part of the trace --- */
static void put_hex(FILE *f, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		fprintf(f, "%02x", ((const uint8_t *)s.p)[i]);
}

void journal_commit(struct journal *j, const struct keyring *k, const char *name, struct span body)
{
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	cleanup(epoch_wipe) struct epoch epoch = { .at.number = 0 };
	struct hash hash;
	uint8_t sig[SIG_LEN];
	if (!j->file || !k || epoch_open(k, 1, &epoch))
		return;
	struct object_place at = epoch_place(&epoch, OBJECT_COMMIT, name);
	if (object_open(&at, body, &plain, &hash, sig))
		return; /* it is something else */
	fprintf(j->file, "{\"e\":\"part\",\"hash\":\"");
	put_hex(j->file, hash_span(&hash));
	fprintf(j->file, "\",\"v\":\"");
	put_hex(j->file, buf_span(&plain));
	fprintf(j->file, "\"}\n");
}

struct dump {
	struct journal *j;
	unsigned device;
	char table;
};

static bool is_derived(uint8_t kind)
{
	return (kind >= 0xa0 && kind <= 0xa6) || (kind >= 0xaa && kind <= 0xac);
}

static int dump_record(void *ctx, struct span key, struct span value)
{
	const struct dump *x = ctx;
	uint8_t kind = *(const uint8_t *)key.p;
	if (x->table == 'r' && is_derived(kind))
		return 0; /* journal_index looks at these */
	fprintf(x->j->file, "{\"e\":\"record\",\"d\":%u,\"t\":\"%c\",\"k\":\"", x->device, x->table);
	put_hex(x->j->file, key);
	fprintf(x->j->file, "\",\"v\":\"");
	if (x->table == 'r' && kind < 0x80)
		put_hex(x->j->file, value);
	fprintf(x->j->file, "\"}\n");
	return 0;
}

static void dump_records(struct journal *j, const struct device *d)
{
	const struct {
		enum map_table t;
		char name;
	} tables[] = { { MAP_RECORDS, 'r' }, { MAP_QUEUE, 'q' } };
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct dump x = { j, d->no, tables[i].name };
		if (map_scan(d->map, tables[i].t, SPAN(NULL, 0), SPAN(NULL, 0), dump_record, &x))
			abort();
	}
}

/* dump_stream: whose it is: no shared record says it yet. */
static int dump_stream(void *ctx, struct span key, struct span value)
{
	const struct dump *x = ctx;
	struct stream st = { 0 };
	char id[ID_TEXT];
	(void)key;
	if (state_stream_decode(value, &st))
		abort();
	id_hex(st.device, id);
	fprintf(x->j->file, "{\"e\":\"stream\",\"number\":%llu,\"device\":\"%s\"}\n", (unsigned long long)st.number,
	        id);
	return 0;
}

/* dump_index: whether the local records of what is shown follow from the shared ones. */
static void dump_index(struct journal *j, const struct device *d)
{
	struct shown_checked c = { .key = BUF_INIT };
	if (work_check(d->work, &c))
		abort();
	fprintf(j->file, "{\"e\":\"index\",\"d\":%u,\"found\":%d,\"k\":\"", d->no, c.found);
	put_hex(j->file, buf_span(&c.key));
	fprintf(j->file, "\"}\n");
	shown_checked_free(&c);
}

static void dump(struct journal *j, const struct device *d)
{
	struct dump x = { .j = j };
	dump_records(j, d);
	dump_index(j, d);
	if (map_scan(d->map, MAP_STATE, span_str(STATE_STREAM), span_str(STATE_STREAM), dump_stream, &x))
		abort();
}

void journal_device(struct journal *j, struct device *d)
{
	struct look *l = malloc(sizeof(*l));
	struct sync_status st;
	struct saved now;
	if (!l)
		abort();
	sync_status(d->sync, &st);
	sync_saved(d->sync, 0, &now);
	look_walk(d->fs, l);
	journal_line(
	        j,
	        "{\"e\":\"end\",\"d\":%u,\"phase\":%d,\"round\":\"%s\",\"dirty\":%llu,\"queued\":%llu,\"listed\":%d,"
	        "\"said\":\"%.200s\"}",
	        d->no, st.phase, d->round ? err_text(d->round) : "", (unsigned long long)(now.lacks & ~SAVED_QUEUED),
	        (unsigned long long)now.objects, l->err, st.last_text);
	if (j->file)
		dump(j, d); /* before anything is opened: closing a file may change what they are */
	for (unsigned i = 1; i < l->n; i++)
		journal_entry(j, d, &l->list[i]);
	free(l);
}
