/* SPDX-License-Identifier: MIT */
#include "vault/members/signature.h"

#include "crypto/public.h"
#include "util/cleanup.h"

static err_t check_proof(const struct signature_of *of, const struct heard *s)
{
	cleanup(statement_free) struct statement body = { 0 };
	cleanup(buf_free) struct buf message = BUF_INIT;
	err_t e = statement_get_body(&s->as, &body);
	if (!e)
		e = statement_proof_message(of->vault, of->genesis, &body.who, &message);
	return e ? e : crypto_verify(body.who.sign_key, buf_span(&message), body.proof);
}

err_t signature_check(void *ctx, const struct heard *s, const uint8_t *sign_key)
{
	const struct signature_of *of = ctx;
	cleanup(buf_free) struct buf message = BUF_INIT;
	err_t e = signer_message(of->vault, of->genesis, &s->as, &message);
	if (!e)
		e = crypto_verify(sign_key, buf_span(&message), s->as.sig);
	return e || s->as.kind != SIGNER_JOIN ? e : check_proof(of, s);
}
