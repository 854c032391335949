/* SPDX-License-Identifier: MIT
 * SEGMENT records: what a commit may carry is read, and the blocks lie one behind the other within the object.
 */
#include "fuzz.h"
#include "vault/join/group_decode.h"
#include "vault/join/known.h"
#include "vault/join/vault_key.h"
#include "vault/objects/segment.h"

/* id_of: of the segment with the facts of this record, if it has any. */
static struct id id_of(struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct id id = ID_ZERO;
	const struct group_node *g = record_decode(value, &r) ? NULL : group_find(group_all(&r), 1);
	return g && segment_id(g->bytes, &id) ? ID_ZERO : id;
}

static void check_places(const struct segment_facts *f)
{
	uint64_t at = 0;
	for (size_t i = 0; i < f->blocks_n; i++) {
		struct segment_place p = segment_place_of(f, i);
		if (p.offset != at || !p.size)
			abort();
		at += p.size;
	}
	if (at != segment_used(f) || at > segment_size(f))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span value = SPAN(data, size);
	cleanup(segment_free) struct segment s = { 0 };
	struct id id = id_of(value);
	struct vault_key key = vault_key_of(&(struct vault_name){ .kind = SHARED_SEGMENT, .id = id });
	err_t known = known_check(vault_key_span(&key), value), e = segment_read(value, id, &s);
	if (!known && e && e != ERR_NOTFOUND)
		abort();
	if (!e)
		check_places(&s.facts);
	return 0;
}
