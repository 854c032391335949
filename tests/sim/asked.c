/* SPDX-License-Identifier: MIT */
#include "tests/sim/asked.h"

#include "util/cleanup.h"
#include "vault/changeset/published.h"
#include "vault/join/records.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ONE_OF 128   /* answers, of which a world of 50 events has 30 to 100 */
#define ONE_OF_BAD 4 /* behind a round that failed: few have a yes then, and more can be wrong with it */

static err_t keep(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

static err_t all_of(const struct view *v, struct records *out)
{
	return v->scan(v->ctx, SPAN(NULL, 0), SPAN(NULL, 0), keep, out);
}

struct trial { /* what the device shows, and what the newcomer has */
	struct call call;
	struct records here, there;
	unsigned unread;
	char path[LOOK_PATH]; /* the first of these */
};

/* --- the two --- */
static void *showing(void *ctx)
{
	struct trial *t = ctx;
	t->call.e = all_of(work_view(t->call.d->work), &t->here);
	return NULL;
}

/* reading: every file: its blocks come from the store. */
static void *reading(void *ctx)
{
	struct trial *t = ctx;
	struct device *d = t->call.d;
	const struct view v = published_view(d->map);
	cleanup_free struct look *l = malloc(sizeof(*l));
	if (!l)
		abort();
	t->call.e = all_of(&v, &t->there);
	look_walk(d->fs, l);
	for (unsigned i = 1; i < l->n; i++) {
		char contents[LOOK_HASH];
		look_contents(d->fs, l->list[i].ino, contents);
		if (contents[0] != '!')
			continue;
		if (!t->unread++)
			strcpy(t->path, l->list[i].path);
	}
	return NULL;
}

static void on_fiber(struct trial *t, struct device *d, fiber_fn fn)
{
	t->call.d = d;
	struct fiber *f = fiber_new(d->no, fn, t);
	if (!crew_until(t->call.w, d, f) || t->call.e)
		abort();
	fiber_free(f);
}

/* --- what differs --- */
static void hex(FILE *to, const char *name, struct span s)
{
	fprintf(to, ",\"%s\":\"", name);
	for (size_t i = 0; i < s.len; i++)
		fprintf(to, "%02x", ((const uint8_t *)s.p)[i]);
	fprintf(to, "\"");
}

static void differs(FILE *to, struct span key, struct span here, struct span there)
{
	fprintf(to, "{\"e\":\"differs\"");
	hex(to, "k", key);
	hex(to, "here", here);
	hex(to, "there", there);
	fprintf(to, "}\n");
}

static struct span value_at(const struct records *r, size_t i)
{
	return buf_span(&r->v[i]->value);
}

/* compare: each record that is not the same of both, with both; the oracle knows what that means. */
static void compare(FILE *to, const struct records *here, const struct records *there)
{
	const struct span none = SPAN(NULL, 0);
	for (size_t i = 0, k = 0; i < here->n || k < there->n;) {
		int c = i == here->n ? 1 : -1;
		if (i < here->n && k < there->n)
			c = span_cmp(records_key(here->v[i]), records_key(there->v[k]));
		if (c < 0)
			differs(to, records_key(here->v[i]), value_at(here, i), none);
		else if (c > 0)
			differs(to, records_key(there->v[k]), none, value_at(there, k));
		else if (span_cmp(value_at(here, i), value_at(there, k)))
			differs(to, records_key(here->v[i]), value_at(here, i), value_at(there, k));
		i += c <= 0;
		k += c >= 0;
	}
}

/* --- the trial --- */
static void try_it(struct world *w, struct device *d, FILE *to)
{
	struct trial t = { .call.w = w, .here = RECORDS_INIT, .there = RECORDS_INIT };
	struct journal silent;
	journal_begin(&silent, NULL);
	w->j = &silent;
	net_watch(w->net, NULL, NULL);
	net_reveal(w->net);
	net_release(w->net);
	on_fiber(&t, d, showing);
	struct device *late = &w->dev[w->n];
	const err_t e = crew_join(w);
	if (!e) {
		on_fiber(&t, late, reading);
		compare(to, &t.here, &t.there);
	}
	fprintf(to, "{\"e\":\"asked\",\"d\":%u,\"joined\":\"%s\",\"unread\":%u,\"p\":\"%s\"}\n", d->no,
	        e ? err_text(e) : "", t.unread, t.path);
}

/* tell: what the copy wrote, and how it ended. */
static void tell(struct world *w, const struct device *d, FILE *from, pid_t copy)
{
	cleanup_free char *line = NULL;
	size_t size = 0;
	int status = 0;
	while (getline(&line, &size, from) > 0) {
		line[strcspn(line, "\n")] = 0;
		journal_text(w->j, line);
	}
	if (waitpid(copy, &status, 0) != copy)
		abort();
	if (status)
		journal_line(w->j, "{\"e\":\"asked\",\"d\":%u,\"crashed\":%d}", d->no, status);
}

void asked_tell(struct world *w, struct device *d)
{
	struct saved now;
	int ends[2];
	if (w->n == CREW_MAX || prng_pick(&w->asked, d->round ? ONE_OF_BAD : ONE_OF))
		return;
	sync_saved(d->sync, 0, &now);
	if (!now.yes) /* a user went on behind the round */
		return;
	if (pipe(ends))
		abort();
	pid_t copy = fork();
	if (copy < 0)
		abort();
	FILE *file = fdopen(ends[!copy], copy ? "r" : "w");
	if (!file)
		abort();
	close(ends[copy != 0]);
	if (!copy) {
		try_it(w, d, file);
		_exit(fflush(file) ? 1 : 0);
	}
	tell(w, d, file, copy);
	fclose(file);
}
