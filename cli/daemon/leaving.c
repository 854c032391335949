/* SPDX-License-Identifier: MIT */
#include "cli/daemon/leaving.h"

#include "cli/daemon/mounted_vault_saved.h"
#include "cli/daemon/mounted_vault_sync.h"
#include "cli/ui/progress.h"
#include "util/cleanup.h"
#include "util/deadline.h"
#include "util/log.h"

#include <string.h>

#define TICK_MS 50
#define UNWILLING_S 3 /* a store that does not answer for so long is not waited for */

void leaving_ask(struct leaving *l, unsigned most_s)
{
	guard(&l->lock);
	l->most_s = most_s;
	l->heard = true;
	l->now |= l->begun && !most_s;
}

void leaving_unasked(struct leaving *l)
{
	guard(&l->lock);
	l->most_s = LEAVING_S;
	l->heard = false;
}

bool leaving_now(struct leaving *l)
{
	guard(&l->lock);
	l->now |= l->begun;
	return l->begun;
}

bool leaving_heard(struct leaving *l)
{
	guard(&l->lock);
	return l->heard;
}

struct run {
	struct mounted_vault *v;
	struct progress bar;
	uint64_t sent;             /* before it began */
	struct deadline unwilling; /* then it ends, unless the store answers before */
	bool willing;
};

/* wanted: by somebody still; by the store. */
static bool wanted(struct run *r)
{
	struct store_state st = { 0 };
	store_state_of(r->v->store, &st);
	if (st.online || r->willing)
		r->unwilling = deadline_in(UNWILLING_S * NS_PER_S);
	r->willing = st.online;
	guard(&r->v->leaving.lock);
	return !r->v->leaving.now && !deadline_passed(r->unwilling);
}

/* cut_short: what is under way is given up, which a slow line would draw out for minutes; it goes up again. */
static void cut_short(struct mounted_vault *v)
{
	v->store->ops->shutdown(v->store);
	sync_stop(v->sync); /* who waits for a round is answered */
}

static void tick(void *ctx)
{
	struct run *r = ctx;
	struct sync_status s = { 0 };
	struct saved p;
	if (!wanted(r))
		cut_short(r->v);
	if (!r->bar.on)
		return;
	sync_status(r->v->sync, &s);
	mounted_vault_saved(r->v, &p);
	progress_show(&r->bar, s.sent_total - r->sent, s.sent_total - r->sent + p.bytes);
}

static void left_now(struct mounted_vault *v, struct last *ret)
{
	struct saved s;
	*ret = (struct last){ 0 };
	mounted_vault_saved(v, &s);
	mounted_vault_last(v, &s, ret);
}

/* begin: for how long; 0: nothing is left, or nobody waits. */
static unsigned begin(struct mounted_vault *v)
{
	char words[LEAVING_WORDS] = "";
	struct last left;
	left_now(v, &left);
	if (last_pending(&left))
		last_words(&left, words, sizeof(words));
	guard(&v->leaving.lock);
	v->leaving.begun = true;
	memcpy(v->leaving.words, words, sizeof(words));
	return !words[0] || v->leaving.now ? 0 : v->leaving.most_s;
}

static void upload(struct mounted_vault *v, unsigned most_s, bool front)
{
	struct run r = { .v = v, .willing = true };
	struct sync_status s = { 0 };
	const struct upload_tick each = { tick, &r, TICK_MS };
	struct why why = { 0 };
	log_info(AREA_CLI, "unmounted; uploading what is left: %s", v->leaving.words);
	sync_status(v->sync, &s);
	r.sent = s.sent_total;
	progress_begin(&r.bar, "Uploading", !front);
	if (front && !r.bar.on)
		fprintf(stderr, "cloudseal: %s: uploading what is left: %s; for %u s at most, another signal ends it\n",
		        v->dir->name, v->leaving.words, most_s);
	err_t e = mounted_vault_upload(v, (unsigned)MIN((uint64_t)most_s * 1000, UINT32_MAX), &each, &why);
	progress_end(&r.bar);
	log_info(AREA_CLI, "uploading ended: %s", e ? why.text : "everything is uploaded");
}

void leaving_run(struct mounted_vault *v, bool front, struct last *left)
{
	const unsigned most_s = begin(v);
	fs_flush_fetching(v->fs, LEAVING_COLD_S);
	if (most_s)
		upload(v, most_s, front);
	left_now(v, left);
	if (last_pending(left))
		cut_short(v);
}
