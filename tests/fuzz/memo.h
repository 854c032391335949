/* SPDX-License-Identifier: MIT
 * Elliptic curves take 30 to 50 us a call, uninstrumented, and most inputs that the fuzzer makes of one ask them the
 * same again. So a target that links with --wrap (tests/fuzz/meson.build) is given what they answered before, by the
 * SHA-256 of all that they were asked; what is new is asked of the function itself. They are pure, so nothing is
 * decided otherwise.
 */
#pragma once

#include "crypto/hash.h"
#include "crypto/public.h"
#include "tests/fuzz/fuzz.h"

#define MEMO_MOST 1024 /* a later answer takes the place of an earlier one */

struct memo {
	bool known;
	err_t e;
	struct hash asked;
	uint8_t out[2 * 32];
};

/* memo_of: by what is asked; it is the caller's to fill if it is not known. */
static inline struct memo *memo_of(uint8_t function, struct span a, struct span b, struct span c)
{
	static struct memo all[MEMO_MOST];
	cleanup(buf_free) struct buf asked = BUF_INIT;
	struct hash h;
	buf_u8(&asked, function);
	buf_blob32(&asked, a);
	buf_blob32(&asked, b);
	buf_blob32(&asked, c);
	if (buf_ok(&asked) || crypto_sha256(buf_span(&asked), &h))
		abort();
	struct memo *m = &all[(h.b[0] | h.b[1] << 8) % MEMO_MOST];
	if (!m->known || !hash_eq(m->asked, h))
		*m = (struct memo){ .asked = h };
	return m;
}

err_t __real_crypto_verify(const uint8_t sign_key[32], struct span msg, const uint8_t sig[SIG_LEN]);
err_t __wrap_crypto_verify(const uint8_t sign_key[32], struct span msg, const uint8_t sig[SIG_LEN]);
err_t __wrap_crypto_verify(const uint8_t sign_key[32], struct span msg, const uint8_t sig[SIG_LEN])
{
	struct memo *m = memo_of(1, SPAN(sign_key, 32), msg, SPAN(sig, SIG_LEN));
	if (!m->known)
		m->e = __real_crypto_verify(sign_key, msg, sig);
	m->known = true;
	return m->e;
}

err_t __real_x25519(const struct key *raw, const uint8_t *peer, uint8_t out[32]);
err_t __wrap_x25519(const struct key *raw, const uint8_t *peer, uint8_t out[32]);
err_t __wrap_x25519(const struct key *raw, const uint8_t *peer, uint8_t out[32])
{
	struct memo *m = memo_of(2, SPAN(raw->b, sizeof(raw->b)), SPAN(peer, peer ? 32 : 0), SPAN(NULL, 0));
	if (!m->known)
		m->e = __real_x25519(raw, peer, m->out);
	m->known = true;
	memcpy(out, m->out, 32);
	return m->e;
}

err_t __real_keys_from_seed(const struct key *seed, struct public_keys *ret);
err_t __wrap_keys_from_seed(const struct key *seed, struct public_keys *ret);
err_t __wrap_keys_from_seed(const struct key *seed, struct public_keys *ret)
{
	struct memo *m = memo_of(3, SPAN(seed->b, sizeof(seed->b)), SPAN(NULL, 0), SPAN(NULL, 0));
	_Static_assert(sizeof(*ret) <= sizeof(m->out), "they fit");
	if (!m->known)
		m->e = __real_keys_from_seed(seed, (struct public_keys *)m->out);
	m->known = true;
	memcpy(ret, m->out, sizeof(*ret));
	return m->e;
}
