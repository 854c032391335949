/* SPDX-License-Identifier: MIT
 * Texts of an invitation. The first byte of the input says which: offer, request, reply, what a device keeps of it.
 */
#include "fuzz.h"
#include "sync/members/invite_record.h"
#include "vault/objects/invitation_reply.h"
#include "vault/objects/invitation_request.h"

static void try_offer(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct invitation_offer o;
	if (invitation_offer_decode(in, &o))
		return;
	if (invitation_offer_encode(&o, &out))
		abort();
	fuzz_same(&out, in.p, in.len);
}

static void try_request(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct invitation_request r;
	if (invitation_request_decode(in, &r))
		return;
	if (invitation_request_encode(&r, &out))
		abort();
	fuzz_same(&out, in.p, in.len);
}

static void try_reply(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(invitation_reply_free) struct invitation_reply r = { .join = BUF_INIT };
	if (invitation_reply_decode(in, &r))
		return;
	if (invitation_reply_encode(&r, &out))
		abort();
	fuzz_same(&out, in.p, in.len);
}

static void try_record(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(invite_record_free) struct invite_record r = { .join = BUF_INIT };
	if (invite_record_decode(in, &r))
		return;
	invite_record_encode(&r, &out);
	fuzz_same(&out, in.p, in.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const forms[])(struct span in) = { try_offer, try_request, try_reply, try_record };
	if (size && data[0] < ARRAY_LEN(forms))
		forms[data[0]](SPAN(data + 1, size - 1));
	return 0;
}
