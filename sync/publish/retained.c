/* SPDX-License-Identifier: MIT */
#include "sync/publish/retained.h"

#include "sync/core/sync_struct.h"
#include "sync/deliver/stood_on.h"

/* -- how far others stand on us ---------------------------------------------------------------------------------- */

/* of_device: the newest that a stream of the device at `at` stands on: a former one of a device that was restored goes
 * no further. */
static uint64_t of_device(const struct stream_list *l, const uint64_t *stood, size_t at)
{
	uint64_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		if (!l->list[i].closed && id_eq(l->list[i].device, l->list[at].device))
			n = MAX(n, stood[i]);
	return n;
}

static err_t stood_on_by_all(struct sync *s, uint64_t *ret)
{
	const struct stream *own = streams_find(s, s->stream);
	const struct stream_list *l = &s->streams;
	cleanup_free uint64_t *stood = calloc(l->n, sizeof(*stood));
	uint64_t least = s->st.confirmed;
	err_t e = stood ? ERR_OK : ERR_NOMEM;
	for (size_t i = 0; !e && i < l->n; i++)
		e = stood_on(s, &l->list[i], own->number, &stood[i]);
	for (size_t i = 0; !e && i < l->n; i++)
		if (!l->list[i].closed && !id_eq(l->list[i].device, own->device))
			least = MIN(least, of_device(l, stood, i));
	*ret = e ? 0 : least;
	return e;
}

/* -- what a checkpoint has --------------------------------------------------------------------------------------- */

static int last_visit(void *ctx, struct span key, struct span value)
{
	(void)value;
	size_t prefix = strlen(STATE_CHECKPOINT);
	struct rd r = RD(SPAN((const uint8_t *)key.p + prefix, key.len - prefix));
	*(uint64_t *)ctx = rd_u64be(&r);
	return 0;
}

/* covered: sequence of our newest checkpoint's manifest: what was published before it, it has. 0: it is not on the
 * store, or not in our head. */
static err_t covered(struct sync *s, uint64_t *ret)
{
	uint64_t sequence = 0;
	*ret = 0;
	if (!s->st.announced.epoch || s->st.building || s->heads.due)
		return ERR_OK;
	err_t e = map_scan(s->c.map, MAP_STATE, span_str(STATE_CHECKPOINT), SPAN(NULL, 0), last_visit, &sequence);
	if (!e && !queue_find(&s->queue, sequence))
		*ret = sequence;
	return e;
}

/* -- what goes --------------------------------------------------------------------------------------------------- */

/* choose: of all that is kept, in order of sequence, the last is commit `confirmed`; parts come before their last. What
 * is left when these are counted is of former streams (members/incarnation.h): who stands on a commit of this one has
 * all of them. */
static void choose(struct sync *s, uint64_t below, uint64_t most, struct ops *o, bool *gone)
{
	uint64_t n = s->st.confirmed + 1;
	for (size_t i = s->queue.n; i-- > 0;) {
		const struct item *it = &s->queue.items[i];
		if (it->kind != QUEUE_RETAINED)
			continue;
		n -= n && (it->sequence & 0xff) == CLASS_COMMIT;
		if (it->sequence >= below || n > most)
			continue;
		struct rkey key = queue_key(QUEUE_RETAINED, it->sequence, it->name);
		ops_del(o, MAP_QUEUE, rkey_span(&key));
		gone[i] = true;
	}
}

static void forget(struct sync *s, const bool *gone)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->queue.n; i++)
		if (!gone[i])
			s->queue.items[kept++] = s->queue.items[i];
	s->queue.n = kept;
}

err_t retained_forget(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup_free bool *gone = NULL;
	uint64_t below, most = 0;
	err_t e = covered(s, &below);
	if (!e && below)
		e = stood_on_by_all(s, &most);
	if (e || !below || !most)
		return e;
	gone = calloc(s->queue.n + 1, sizeof(*gone));
	if (!gone)
		return ERR_NOMEM;
	choose(s, below, most, &o, gone);
	if (!o.b.len)
		return buf_ok(&o.b);
	e = ops_commit(&o, s->c.map);
	if (!e)
		forget(s, gone);
	return e;
}
