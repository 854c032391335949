/* SPDX-License-Identifier: MIT
 * What stands in records of format 2. The first byte of the input says what the rest is: facts of a segment, a
 * statement, the start of an epoch, extents, a content.
 */
#include "fuzz.h"
#include "vault/join/content.h"
#include "vault/join/epoch2.h"
#include "vault/join/segment.h"
#include "vault/join/signer.h"

static void try_facts(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	if (segment_get_facts(in, &f))
		return;
	if (segment_put_facts(&out, &f))
		abort();
	fuzz_same(&out, in.p, in.len);
}

static void try_statement(struct span in)
{
	struct signer_said s;
	struct signer_new m;
	struct id id;
	if (signer_statement(in, &s) && signer_new_of(&s, &m) == ERR_OK && signer_id(ID_ZERO, &m, &id))
		abort();
}

static void try_epoch(struct span in)
{
	uint32_t number;
	(void)epoch2_start_ok(in, &number);
	(void)epoch2_recipients_ok(in);
}

static void try_extents(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(window_extents_free) struct window_extents w = { 0 };
	if (content_get_extents(in, &w))
		return;
	if (content_put_extents(&out, &w))
		abort();
	fuzz_same(&out, in.p, in.len);
}

static void try_content(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct content_rec c;
	if (!content_get(in, &c))
		return;
	if (content_put(&out, &c))
		abort();
	fuzz_same(&out, in.p, in.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const all[])(struct span) = { try_facts, try_statement, try_epoch, try_extents, try_content };
	if (size)
		all[data[0] % ARRAY_LEN(all)](SPAN(data + 1, size - 1));
	return 0;
}
