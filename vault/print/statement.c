/* SPDX-License-Identifier: MIT */
#include "vault/print/statement.h"

#include "util/cleanup.h"
#include "vault/join/statement.h"
#include "vault/print/parts.h"

static void newcomer(const struct fields *f, const struct signer_new *w)
{
	fields_number(f, "rank", w->rank);
	fields_hex(f, "sign_key", w->sign_key, SIGNER_KEY);
}

static void pin(const struct fields *f, const struct statement *s)
{
	fields_number(f, "counts_up_to", s->pin.number);
	fields_number(f, "streams", s->ends.n);
}

static void said(const struct fields *f, const struct statement *s)
{
	switch (s->kind) {
	case SIGNER_JOIN:
		newcomer(f, &s->who);
		break;
	case SIGNER_SLOT:
		newcomer(f, &s->who);
		fields_hex(f, "replaces", s->id.b, sizeof(s->id));
		break;
	case SIGNER_INCARNATION:
		fields_number(f, "ends", s->ends.n);
		break;
	case SIGNER_REVOKE:
		fields_hex(f, "revokes", s->id.b, sizeof(s->id));
		pin(f, s);
		break;
	case SIGNER_CLOSE:
		print_stream(f, "closes", s->end.stream);
		fields_number(f, "counts_up_to", s->end.n);
		break;
	case SIGNER_CONFIRM:
		fields_hex(f, "confirms", s->confirmed.b, sizeof(s->confirmed));
		break;
	case SIGNER_RULES:
		fields_number(f, "rules", s->rules);
		break;
	}
}

err_t print_statement(const struct fields *f, struct span bytes)
{
	static const char *const words[] = {
		[SIGNER_JOIN] = "join",   [SIGNER_INCARNATION] = "incarnation", [SIGNER_REVOKE] = "revoke",
		[SIGNER_CLOSE] = "close", [SIGNER_SLOT] = "slot added",         [SIGNER_CONFIRM] = "confirm",
		[SIGNER_RULES] = "rules",
	};
	cleanup(statement_free) struct statement s = { 0 };
	struct signer_said st;
	if (!signer_statement(bytes, &st))
		return ERR_DAMAGED;
	fields_word(f, "statement", st.kind < ARRAY_LEN(words) && words[st.kind] ? words[st.kind] : "unknown");
	fields_flag(f, "critical", st.flags & SIGNER_CRITICAL);
	fields_hex(f, "signer", st.signer.b, sizeof(st.signer));
	fields_number(f, "number", st.number);
	fields_time(f, "time", st.time, 0);
	err_t e = statement_get_body(&st, &s);
	if (!e)
		said(f, &s);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}
