/* SPDX-License-Identifier: MIT */
#include "sync/saved_kept.h"

#include "sync/core/suspect.h"
#include "sync/core/sync_struct.h"
#include "sync/saved.h"

#define STATE_LACKING "sync.lacking"
#define VERSION 1

enum need { NEED_CHECKPOINT = 1, NEED_HEAD = 2, NEED_CONTENTS = 4 };

/* -- what is kept -------------------------------------------------------------------------------------------------- */

static struct lacking lacking_now(const struct sync *s)
{
	struct lacking l = { .lacks = saved_of_store(s) & ~(unsigned)SAVED_STOPPED, .refused = s->own.refused };
	l.need |= s->checkpoint.wanted ? NEED_CHECKPOINT : 0u;
	l.need |= s->heads.missed ? NEED_HEAD : 0u;
	/* what could not be asked for is in no list: so all is asked for */
	l.need |= s->contents.suspect || s->contents.unasked || s->own.unasked ? NEED_CONTENTS : 0u;
	return l;
}

static void encode(const struct lacking *l, struct buf *out)
{
	buf_u8(out, VERSION);
	buf_u32(out, l->lacks);
	buf_u64(out, l->refused);
	buf_u8(out, (uint8_t)l->need);
}

static bool decode(struct span value, struct lacking *ret)
{
	struct rd r = RD(value);
	struct lacking l = { 0 };
	if (rd_u8(&r) != VERSION)
		return false;
	l.lacks = rd_u32(&r);
	l.refused = rd_u64(&r);
	l.need = rd_u8(&r);
	*ret = l;
	return rd_end(&r);
}

static err_t put(struct sync *s, const struct lacking *l)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(buf_free) struct buf v = BUF_INIT;
	encode(l, &v);
	if (v.failed)
		return ERR_NOMEM;
	if (l->lacks)
		ops_put(&o, MAP_STATE, span_str(STATE_LACKING), buf_span(&v));
	else
		ops_del(&o, MAP_STATE, span_str(STATE_LACKING));
	return ops_commit(&o, s->c.map);
}

static bool is_same(const struct lacking *a, const struct lacking *b)
{
	return a->lacks == b->lacks && (!a->lacks || (a->refused == b->refused && a->need == b->need));
}

void saved_keep(struct sync *s)
{
	const struct lacking now = lacking_now(s);
	if (s->st.stopped || is_same(&now, &s->lacking.kept)) /* stopped: it changes nothing here, and is never yes */
		return;
	err_t e = put(s, &now);
	if (e)
		log_warn(AREA_SYNC,
		         "what the cloud lacks could not be remembered (%s); tried again with the next round",
		         err_text(e));
	else
		s->lacking.kept = now;
}

/* -- at the next opening ------------------------------------------------------------------------------------------- */

err_t saved_load(struct sync *s)
{
	const struct lacking all = { .lacks = SAVED_SEGMENT, .need = NEED_CONTENTS };
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct lacking l = { 0 };
	err_t e = map_get(s->c.map, MAP_STATE, span_str(STATE_LACKING), &v);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	if (e && e != ERR_DAMAGED)
		return e;
	if (e || !decode(buf_span(&v), &l))
		l = all;
	s->lacking.kept = l;
	s->lacking.before = l.lacks & SAVED_OF_STORE & ~(unsigned)SAVED_STOPPED;
	s->own.refused = l.refused;
	s->checkpoint.wanted = l.need & NEED_CHECKPOINT;
	s->heads.missed = l.need & NEED_HEAD;
	if (l.need & NEED_CONTENTS)
		sync_suspect(s);
	return ERR_OK;
}

void saved_looked(struct sync *s)
{
	if (s->own_checked && s->mailbox.swept)
		s->lacking.before = 0;
}
