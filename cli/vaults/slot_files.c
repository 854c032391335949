/* SPDX-License-Identifier: MIT */
#include "cli/vaults/slot_files.h"

#include "cli/ui/test_switch.h"
#include "cli/vaults/local.h"
#include "cli/vaults/secret_files.h"
#include "util/cleanup.h"
#include "vault/changeset/published.h"
#include "vault/keys/record_keys.h"

#define STATE_RESCUE "cli.rescue" /* slot(16) that `rescue` is for; none: that of genesis */

static err_t rescue_is_for(const struct slot_files *f, struct id *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = map_get(f->map, MAP_STATE, span_str(STATE_RESCUE), &b);
	if (e == ERR_NOTFOUND)
		return signer_id(f->header->g.vault, &f->header->g.slot[0].who, ret);
	if (!e && b.len != ID_LEN)
		e = ERR_DAMAGED;
	if (!e)
		*ret = id_from(b.p);
	return e == ERR_DAMAGED ? ERR_OK : e; /* of none, then */
}

err_t slot_files_note(struct map *map, struct id slot)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!b)
		return ERR_NOMEM;
	batch_put(b, MAP_STATE, span_str(STATE_RESCUE), id_span(&slot));
	return map_apply(map, b);
}

/* next_rescue: 1. */
static err_t next_rescue(const struct slot_files *f, struct id slot, const struct signer_new *who, struct why *why)
{
	cleanup(key_wipe) struct key mix = { 0 };
	const struct view records = published_view(f->map);
	const struct local_at at = local_of(f->header);
	err_t e = record_keys_mix(&records, slot, who->mix, &mix);
	return e ? e : secret_files_rescue_next(f->dir, &at, &(struct box_to){ who->box_key, &mix }, f->local, why);
}

/* take_next: 3. */
static err_t take_next(const struct slot_files *f, struct id slot, struct why *why)
{
	err_t e = secret_files_rescue_take(f->dir, why);
	if (e)
		return e;
	TEST_KILL("rescue-taken");
	return slot_files_note(f->map, slot);
}

err_t slot_files_rescue(const struct slot_files *f, struct id slot, const struct signer_new *who, struct why *why)
{
	err_t e = next_rescue(f, slot, who, why);
	return e ? e : take_next(f, slot, why);
}

static err_t keep_header(const struct slot_files *f, struct span header, struct why *why)
{
	cleanup(buf_free) struct buf is = BUF_INIT;
	if (!vaults_read(f->dir, "header", HEADER_MAX, &is, NULL) && !span_cmp(buf_span(&is), header))
		return ERR_OK;
	return vaults_write(f->dir, "header", header, why);
}

/* follow_to: another than before. */
static err_t follow_to(const struct slot_files *f, struct span header, struct id slot, const struct signer_new *who,
                       struct why *why)
{
	err_t e = next_rescue(f, slot, who, why);
	if (e)
		return e;
	TEST_KILL("rescue-next");
	e = keep_header(f, header, why);
	if (e)
		return e;
	TEST_KILL("rescue-header");
	return take_next(f, slot, why);
}

err_t slot_files_follow(const struct slot_files *f, struct span header, struct id slot, const struct signer_new *who,
                        struct why *why)
{
	struct id is = ID_ZERO;
	err_t e = rescue_is_for(f, &is);
	if (e)
		return e;
	return id_eq(is, slot) ? keep_header(f, header, why) : follow_to(f, header, slot, who, why);
}
