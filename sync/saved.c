/* SPDX-License-Identifier: MIT */
#include "sync/saved.h"

#include "sync/core/dirty.h"
#include "sync/core/stored.h"
#include "sync/core/sync_struct.h"
#include "sync/members/incarnation.h"
#include "sync/members/removed.h"
#include "sync/publish/close.h"
#include "vault/records/kinds.h"
#include "vault/records/record.h"

static const struct {
	const char *name, *words;
} lacks_table[SAVED_LACKS] = {
	{ "buffered", "" },
	{ "unpublished", "" },
	{ "queued", "" },
	{ "place", "the cloud's folder is not this vault's, or lacks its header" },
	{ "commit", "the cloud lost changes of this device, and does not take them again" },
	{ "checkpoint", "the cloud lost what a new device begins with" },
	{ "statement", "the cloud lost what proves a device" },
	{ "contents", "the cloud lost contents of files, or may have" },
	{ "stopped", "uploading has stopped for good" },
};

const char *saved_name(unsigned number)
{
	return number < SAVED_LACKS ? lacks_table[number].name : NULL;
}

const char *saved_words(unsigned lacks)
{
	for (unsigned i = 0; i < SAVED_LACKS; i++)
		if (lacks & SAVED_OF_STORE & 1u << i)
			return lacks_table[i].words;
	return "";
}

struct saved_question saved_ask(const struct sync *s)
{
	return (struct saved_question){ sync_open_set(s) };
}

/* open_lacks: a set that was open at the question is open still; or some of it was turned back into a later one. */
static bool open_lacks(struct sync *s, const struct saved_question *q)
{
	if (sync_closed(s))
		return true;
	if (!sync_dirty(s))
		return false;
	bool same = sync_open_set(s) == q->set;
	return !q->set || same || s->turned_back || (s->at.changeset && close_unfit(s)) || !incarnation_may(s);
}

unsigned saved_of_store(const struct sync *s)
{
	unsigned l = s->lacking.before;
	l |= s->here.lacks ? SAVED_PLACE : 0u;
	l |= s->contents.suspect || stored_lost(s->c.map) || s->contents.unasked ? SAVED_SEGMENT : 0u;
	l |= s->own.repair || s->own.unasked ? SAVED_COMMIT : 0u;
	l |= s->checkpoint.wanted || s->checkpoint.unsaid || s->heads.missed ? SAVED_CHECKPOINT : 0u;
	l |= s->mailbox.looked || s->guide.refused ? SAVED_STATEMENT : 0u;
	l |= s->st.stopped ? SAVED_STOPPED : 0u;
	return l;
}

unsigned saved_lacks(struct sync *s, const struct saved_question *q)
{
	uint64_t objects, bytes;
	unsigned l = s->removed.is ? 0u : saved_of_store(s); /* what is lost otherwise, others see to */
	queue_waiting(&s->queue, &objects, &bytes);
	l |= removed_lacks(s) ? SAVED_STOPPED : 0u;
	l |= open_lacks(s, q) ? SAVED_OPEN : 0u;
	l |= objects ? SAVED_QUEUED : 0u;
	return l;
}

/* unasked: why something could not be looked for. */
static err_t unasked(const struct sync *s)
{
	if (s->own.unasked)
		return s->own.unasked;
	if (asked_alone(s->guide.refused))
		return s->guide.refused;
	return s->contents.unasked ? s->contents.unasked : s->checkpoint.unsaid;
}

err_t saved_error(struct sync *s, unsigned lacks)
{
	if (lacks & SAVED_STOPPED)
		return ERR_FORK;
	if (lacks & SAVED_OPEN && !incarnation_may(s))
		return ERR_DAMAGED;
	if (lacks & SAVED_OPEN && s->at.changeset && close_unfit(s))
		return ERR_LIMIT;
	if (lacks & SAVED_OF_STORE) {
		const err_t why = unasked(s);
		return why ? why : ERR_FORK;
	}
	return lacks ? ERR_BUSY : ERR_OK;
}

/* -- for other threads --------------------------------------------------------------------------------------------- */

static int block_visit(void *ctx, struct span key, struct span value)
{
	struct saved *r = ctx;
	struct pending_block p;
	(void)key;
	r->blocks++;
	if (!value.p || pending_block_decode(value, &p))
		return 0;
	r->block_bytes += p.length;
	if (!r->oldest || (int64_t)p.order < r->oldest)
		r->oldest = (int64_t)p.order;
	return 0;
}

void sync_saved(struct sync *s, uint64_t buffered, struct saved *ret)
{
	static const uint8_t prefix = QUEUE_BLOCK;
	struct saved r = { .buffered = buffered, .lacks = buffered ? SAVED_BUFFERED : 0u };
	bool open = sync_dirty(s); /* before what it becomes: invariant 2 */
	if (map_scan(s->c.map, MAP_QUEUE, SPAN(&prefix, 1), SPAN(NULL, 0), block_visit, &r)) {
		log_warn(AREA_SYNC, "the queue of blocks cannot be read");
		open = true;
	}
	r.lacks |= open ? SAVED_OPEN : 0u; /* a block that nothing open names is nobody's */
	r.lacks |= stored_lost(s->c.map) ? SAVED_SEGMENT : 0u;
	{
		guard(&s->lock);
		r.lacks |= s->saved.lacks | (s->saved.closing ? SAVED_OPEN : 0u);
		r.objects = s->saved.objects;
		r.object_bytes = s->saved.bytes;
	}
	r.lacks |= r.objects ? SAVED_QUEUED : 0u;
	r.yes = !r.lacks;
	r.bytes = r.yes ? 0 : r.buffered + r.block_bytes + r.object_bytes;
	*ret = r;
}
