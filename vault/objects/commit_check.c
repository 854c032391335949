/* SPDX-License-Identifier: MIT */
#include "vault/objects/commit_check.h"

#include "util/cleanup.h"
#include "vault/join/epoch.h"
#include "vault/join/shared_key.h"
#include "vault/join/vault_key.h"
#include "vault/objects/commit_records.h"
#include "vault/objects/pack.h"

/* parts_fit: all of one commit, and the last says what the others are. */
static bool parts_fit(const struct commit_part *parts, size_t n)
{
	if (n == 0 || !commit_is_last(&parts[n - 1].c))
		return false;
	const struct commit *last = &parts[n - 1].c;
	for (size_t i = 0; i < n; i++) {
		const struct commit *c = &parts[i].c;
		if (c->stream != last->stream || c->n != last->n || c->parts != n || c->part != i)
			return false;
		if (i + 1 < n && !hash_eq(parts[i].hash, hash_from(last->part_hashes + i * HASH_LEN)))
			return false;
	}
	return true;
}

static bool bytes_fit(const struct commit_part *parts, size_t n)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += parts[i].bytes;
	return sum <= COMMIT_BYTES_MAX;
}

static bool lamport_ok(const struct commit *c, const struct commit_basis *b)
{
	return c->lamport >= b->lamport && c->lamport - b->lamport <= COMMIT_LAMPORT_STEP &&
	       c->lamport <= COMMIT_LAMPORT_MAX;
}

/* -- purges ------------------------------------------------------------------------------------------------------ */

static bool is_file(unsigned kind)
{
	return kind >= SHARED_INODE && kind <= SHARED_XATTR;
}

/* purge_one_ok: the key of an INODE but the root's; of VERSION, PLACE, CONTENT, EXTENTS, SEGMENT, or of a kind that is
 * not known. */
static bool purge_one_ok(struct span key)
{
	struct shared_name f;
	struct vault_name v;
	if (is_file(*(const uint8_t *)key.p))
		return !shared_key_parse(key, &f) &&
		       (f.kind == SHARED_VERSION || (f.kind == SHARED_INODE && f.ino != INO_ROOT));
	err_t e = vault_key_parse(key, &v);
	return e == ERR_NOTFOUND || (!e && v.kind <= SHARED_SEGMENT);
}

static bool purge_ok(const struct key_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (!purge_one_ok(l->v[i]))
			return false;
	return true;
}

/* -- all of it --------------------------------------------------------------------------------------------------- */

static bool epoch_ok(const struct commit *c, const struct commit_basis *b)
{
	uint32_t number;
	if (c->start.len == 0)
		return true;
	return epoch_start_ok(c->start, &number) && number - 1 >= b->epoch && number - 1 <= commit_epoch_most(b);
}

/* look_first: all but the records. */
static enum refusal look_first(const struct commit_part *parts, size_t n, const struct commit_basis *b)
{
	if (!parts_fit(parts, n))
		return REFUSED_PARTS;
	const struct commit *c = &parts[n - 1].c;
	if (!bytes_fit(parts, n))
		return REFUSED_LIMIT;
	if (!lamport_ok(c, b))
		return REFUSED_LAMPORT;
	if (c->rules > b->rules)
		return REFUSED_RULES;
	if (!purge_ok(&c->purge))
		return REFUSED_PURGE;
	return epoch_ok(c, b) ? REFUSED_NOT : REFUSED_EPOCH;
}

static err_t look_at_records(const struct commit_part *parts, size_t n, const struct commit_basis *b, enum refusal *ret)
{
	cleanup(commit_records_free) struct commit_records s = { .last = &parts[n - 1].c, .basis = b };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < n; i++)
		e = pack_read(parts[i].c.pack, commit_records_add, &s);
	if (e && e != ERR_DAMAGED)
		return e;
	if (e)
		*ret = s.why ? s.why : REFUSED_RECORD;
	else
		*ret = commit_records_end(&s);
	return ERR_OK;
}

err_t commit_check(const struct commit_part *parts, size_t n, const struct commit_basis *b, enum refusal *ret)
{
	enum refusal why = look_first(parts, n, b);
	err_t e = why ? ERR_OK : look_at_records(parts, n, b, &why);
	if (!e)
		*ret = why;
	return e;
}
