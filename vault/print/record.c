/* SPDX-License-Identifier: MIT */
#include "vault/print/record.h"

#include "vault/join/shared_key.h"
#include "vault/print/key_text.h"
#include "vault/print/local.h"
#include "vault/print/shared.h"

static err_t print_value(const struct fields *f, uint8_t kind, struct span key, struct span value)
{
	return shared_key_is(key) ? print_shared(f, key, value) : print_local(f, kind, value);
}

void print_record(const struct fields *f, struct span key, struct span value)
{
	char text[KEY_TEXT_MAX];
	struct span record = key_text_record(key);
	uint8_t kind = record.len ? *(const uint8_t *)record.p : 0;
	const char *name = key_text_kind(kind);
	key_text_format(key, text);
	fields_word(f, "key", text);
	fields_word(f, "kind", name ? name : "unknown");
	if (!value.p)
		return;
	err_t e = print_value(f, kind, record, value);
	if (!e)
		return;
	fields_number(f, "bytes", value.len);
	fields_word(f, "error", err_text(e));
}
