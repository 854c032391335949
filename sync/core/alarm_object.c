/* SPDX-License-Identifier: MIT */
#include "sync/core/alarm_object.h"

#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"
#include "util/hex.h"

struct id alarm_object(const char *name)
{
	struct id id;
	return hex_decode(name, id.b, ID_LEN) ? id : ID_ZERO;
}

struct id alarm_commit(struct sync *s, const struct stream *st, uint64_t n, uint32_t epoch)
{
	cleanup(epoch_wipe) struct epoch at = { 0 };
	char name[OBJECT_NAME] = "";
	const uint32_t newest = keyring_claimed(s->c.keyring);
	if (!epoch && keyring_from(s->c.keyring, st->epoch) < newest)
		return ID_ZERO;
	if (epoch_open(s->c.keyring, epoch ? epoch : newest, &at) || name_commit(&at.names, st->hash, n, 0, name))
		return ID_ZERO;
	return alarm_object(name);
}

struct id alarm_head(struct sync *s, const struct stream *st, uint32_t epoch)
{
	cleanup(epoch_wipe) struct epoch at = { 0 };
	char name[OBJECT_NAME] = "";
	if (epoch_open(s->c.keyring, epoch ? epoch : keyring_claimed(s->c.keyring), &at) ||
	    name_head(&at.names, st->hash, name))
		return ID_ZERO;
	return alarm_object(name);
}

struct id alarm_place(struct sync *s, uint64_t place, uint32_t epoch)
{
	cleanup(epoch_wipe) struct epoch at = { 0 };
	char name[OBJECT_NAME] = "";
	if (epoch_open(s->c.keyring, epoch, &at) || name_join(&at.names, place, name))
		return ID_ZERO;
	return alarm_object(name);
}

uint64_t alarm_own(struct sync *s)
{
	const struct stream *own = streams_find(s, s->stream);
	return own ? own->number : 0;
}
