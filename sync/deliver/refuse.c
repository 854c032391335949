/* SPDX-License-Identifier: MIT */
#include "sync/deliver/refuse.h"

#include "sync/core/alarm_object.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"

struct looking {
	struct sync *s;
	const struct pulled *p;
	const struct vv *vv;
};

static struct id device_in(struct sync *s, uint64_t stream)
{
	const struct stream *st = streams_number(s, stream);
	return st ? st->device : ID_ZERO;
}

static struct id device_of(void *ctx, uint64_t stream)
{
	const struct looking *l = ctx;
	return device_in(l->s, stream);
}

static err_t begun(void *ctx, uint32_t number, struct hash id, bool *ret)
{
	const struct looking *l = ctx;
	const struct arrival *a = &l->p->arrival;
	const struct started_asked q = { number, id, l->vv, a->at, { a->at.stream, a->at.n - 1, a->previous } };
	return l->s->deliver->starts.begun(l->s, &q, ret);
}

/* lamport_below: the greatest in what it stands on. Of what a checkpoint brought it is known between two bounds alone:
 * then as the commit would have it. */
static uint64_t lamport_below(const struct past_basis *b, uint64_t said)
{
	return MAX(b->lamport, MIN(said, b->lamport_most));
}

err_t refuse_look(struct sync *s, const struct pulled *p, const struct past_basis *b, enum refusal *ret)
{
	struct looking l = { s, p, &b->vv };
	struct commit_basis basis = { .vv = &b->vv, .rules = MAX(b->rules, SYNC_RULES), .epoch = b->epoch };
	basis.epoch_most = b->epoch_most;
	basis.lamport = lamport_below(b, pulled_last(p)->lamport);
	basis.vault = keyring_vault(s->c.keyring);
	basis.genesis = keyring_genesis(s->c.keyring);
	basis.device = device_in(s, p->arrival.at.stream);
	basis.device_of = device_of;
	basis.begun = begun;
	basis.ctx = &l;
	enum refusal why = REFUSED_NOT;
	if (p->too_large) {
		*ret = REFUSED_LIMIT;
		return ERR_OK;
	}
	err_t e = commit_check(p->parts, p->n, &basis, &why);
	if (!e)
		*ret = why;
	return e;
}

static const char *reason(enum refusal why)
{
	static const char *const text[] = {
		[REFUSED_NOT] = "",
		[REFUSED_PARTS] = "its parts do not belong together",
		[REFUSED_LIMIT] = "it is too large",
		[REFUSED_LAMPORT] = "its clock is not possible",
		[REFUSED_RULES] = "its rules are not in force",
		[REFUSED_PURGE] = "it takes away what must stay",
		[REFUSED_EPOCH] = "it begins an epoch that is not possible",
		[REFUSED_RECORD] = "a record in it is malformed",
		[REFUSED_STAMP] = "it speaks of what its device did not know",
		[REFUSED_NOT_WHOLE] = "a change in it is not whole",
		[REFUSED_ANOTHERS] = "it says what only another device may say",
		[REFUSED_MEMBER] = "a new member in it is not whole",
		[REFUSED_INCARNATION] = "it begins no stream",
		[REFUSED_FIRST] = "it stands on nothing, and does not begin this vault",
	};
	return (size_t)why < ARRAY_LEN(text) && text[why] ? text[why] : "?";
}

/* say: of which commit, and which device it is. */
static void say(struct sync *s, const struct pulled *p, const char *what)
{
	char device[ID_TEXT];
	const struct stream *st = streams_number(s, p->arrival.at.stream);
	const struct alarm_about about = { ALARM_COMMIT_REFUSED, p->arrival.at.stream,
		                           st ? alarm_commit(s, st, p->arrival.at.n, p->epoch) : ID_ZERO, ID_ZERO };
	id_hex(device_in(s, p->arrival.at.stream), device);
	sync_alarm(s, &about, "commit %llu of device %.8s %s", (unsigned long long)p->arrival.at.n, device, what);
}

void refuse_named(struct sync *s, const struct pulled *p, enum refusal why)
{
	char text[STATE_TEXT];
	snprintf(text, sizeof(text), "is refused: %s. What it changed is not shown here", reason(why));
	say(s, p, text);
}

void refuse_stands(const struct pulled *p)
{
	log_warn(AREA_SYNC, "commit %llu of stream %016llx stands on a refused one: it is not applied",
	         (unsigned long long)p->arrival.at.n, (unsigned long long)p->arrival.at.stream);
}

void refuse_unknown(struct sync *s, const struct pulled *p)
{
	say(s, p, "parts from what was before this device's checkpoint: it is not applied");
}

void refuse_branches(struct sync *s, const struct pulled *p)
{
	say(s, p, "begins one more branch or stream than are followed: it is not applied");
}

void refuse_branch(struct sync *s, const struct pulled *p)
{
	say(s, p, "is the second of this number: its state was copied or restored. Both are applied");
}
