/* SPDX-License-Identifier: MIT */
#include "tests/sim/journal.h"

#include "util/cleanup.h"

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* --- the trace --- */
static void mix(struct journal *j, struct span what)
{
	struct hash both[2] = { j->trace };
	if (crypto_sha256(what, &both[1]) || crypto_sha256(SPAN(both, sizeof(both)), &j->trace))
		abort();
}

void journal_line(struct journal *j, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	mix(j, span_str(line));
	if (j->file)
		fprintf(j->file, "%s\n", line);
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

struct dump {
	struct journal *j;
	unsigned device;
	char table;
};

static void put_hex(FILE *f, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		fprintf(f, "%02x", ((const uint8_t *)s.p)[i]);
}

static int dump_record(void *ctx, struct span key, struct span value)
{
	const struct dump *x = ctx;
	fprintf(x->j->file, "{\"e\":\"record\",\"d\":%u,\"t\":\"%c\",\"k\":\"", x->device, x->table);
	put_hex(x->j->file, key);
	fprintf(x->j->file, "\",\"v\":\"");
	if (x->table == 'r')
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

void journal_device(struct journal *j, struct device *d)
{
	struct look *l = malloc(sizeof(*l));
	struct sync_status st;
	if (!l)
		abort();
	sync_status(d->sync, &st);
	look_walk(d->fs, l);
	journal_line(
	        j,
	        "{\"e\":\"end\",\"d\":%u,\"phase\":%d,\"round\":\"%s\",\"dirty\":%llu,\"queued\":%llu,\"listed\":%d,"
	        "\"said\":\"%.200s\"}",
	        d->no, st.phase, d->round ? err_text(d->round) : "", (unsigned long long)st.unpublished,
	        (unsigned long long)st.queued_objects, l->err, st.last_text);
	if (j->file)
		dump_records(j, d); /* before anything is opened: closing a file may change what they are */
	for (unsigned i = 1; i < l->n; i++)
		journal_entry(j, d, &l->list[i]);
	free(l);
}
