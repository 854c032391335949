/* SPDX-License-Identifier: MIT */
#include "sync/deliver/digest.h"

#include "sync/core/digest_now.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/place.h"

/* differs: the other device says `said` of the same positions. */
static err_t differs(struct sync *s, struct id stream, struct hash said)
{
	const struct stream *other = streams_find(s, stream), *own = streams_find(s, s->stream);
	struct hash here;
	char a[ID_TEXT] = "?", b[ID_TEXT] = "?";
	err_t e = digest_now(s, &here);
	if (e || hash_eq(here, said))
		return e;
	if (own)
		id_hex(own->device, a);
	if (other)
		id_hex(other->device, b);
	const struct alarm_about about = { ALARM_RECORDS_DIFFER, other ? other->number : 0, ID_ZERO };
	sync_alarm(s, &about,
	           "this device (%.8s) and device %.8s have applied the same commits and have different records: a "
	           "fault of one of them",
	           a, b);
	return ERR_OK;
}

err_t digest_said(struct sync *s, struct id stream, const struct vv *applied, struct hash digest)
{
	cleanup(vv_free) struct vv here = { 0 };
	err_t e = place_positions(s, &here);
	return e || !vv_same(&here, applied) ? e : differs(s, stream, digest);
}

err_t digest_compare(struct sync *s, const struct pulled *p, const struct vv *vv)
{
	return digest_said(s, p->stream, vv, pulled_last(p)->digest);
}
