/* SPDX-License-Identifier: MIT */
#include "sync/members/who.h"

#include "sync/core/state.h"
#include "sync/core/stream.h"
#include "util/cleanup.h"
#include "vault/changeset/published.h"
#include "vault/changeset/said.h"
#include "vault/join/group_decode.h"
#include "vault/join/signer.h"
#include "vault/join/vault_key.h"

#include <string.h>

struct named {
	struct stamp at;
	struct buf text;
	bool any;
};

static void named_free(struct named *n)
{
	buf_free(&n->text);
}

/* take: the name in a record, if it is newer. */
static err_t take(struct span value, struct named *n)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	err_t e = record_decode(value, &r);
	const struct group_node *name = e ? NULL : group_find(group_all(&r), 2);
	if (e || !name || name->class != GROUP_VALUE || !signer_name_ok(name->bytes))
		return e;
	if (n->any && stamp_cmp(name->stamp, n->at) <= 0)
		return ERR_OK;
	n->text.len = 0;
	n->at = name->stamp;
	n->any = true;
	buf_put(&n->text, name->bytes.p, name->bytes.len);
	return buf_ok(&n->text);
}

static struct vault_key key_of(struct id device)
{
	const struct vault_name n = { .kind = SHARED_DEVICE, .id = device };
	return vault_key_of(&n);
}

static err_t published(struct map *m, struct id device, struct named *n)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	const struct view v = published_view(m);
	struct vault_key key = key_of(device);
	err_t e = v.get(v.ctx, vault_key_span(&key), &value);
	return e ? e : take(buf_span(&value), n);
}

/* said: in the open or the closed set. */
static err_t said(struct map *m, uint8_t set, struct id device, struct named *n)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	cleanup(buf_free) struct buf name = BUF_INIT;
	struct vault_key key = key_of(device);
	buf_u8(&name, set);
	buf_put(&name, key.b, key.len);
	err_t e = buf_ok(&name);
	if (!e)
		e = map_get(m, MAP_RECORDS, buf_span(&name), &value);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	return take(buf_span(&value), n);
}

static err_t give(err_t e, const struct named *n, struct buf *out)
{
	if (e || !n->any)
		return e ? e : ERR_NOTFOUND;
	buf_put(out, n->text.p, n->text.len);
	return buf_ok(out);
}

err_t who_device(struct map *m, struct id device, struct buf *out)
{
	cleanup(named_free) struct named n = { .text = BUF_INIT };
	return give(published(m, device, &n), &n, out);
}

err_t who_device_now(struct map *m, struct id device, struct buf *out)
{
	cleanup(named_free) struct named n = { .text = BUF_INIT };
	err_t e = published(m, device, &n);
	if (!e || e == ERR_NOTFOUND)
		e = said(m, SAID_A, device, &n);
	if (!e)
		e = said(m, SAID_B, device, &n);
	return give(e, &n, out);
}

err_t who_name(struct map *m, uint64_t stream, struct buf *out)
{
	struct stream st;
	err_t e = stream_find(m, stream, &st);
	return e ? e : who_device(m, st.device, out);
}

void who_signer(struct map *m, struct id signer, enum signer_kind kind, struct buf *out)
{
	char id[ID_TEXT];
	id_hex(signer, id);
	if (kind == SIGNER_RECOVERY)
		buf_put(out, "the recovery key", strlen("the recovery key"));
	else if (kind == SIGNER_PASSPHRASE)
		buf_put(out, "the portable passphrase", strlen("the portable passphrase"));
	else if (who_device(m, signer, out))
		buf_put(out, id, ID_LEN);
}
