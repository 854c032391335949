/* SPDX-License-Identifier: MIT */
#include "vault/print/commit.h"

#include "vault/objects/epoch_start.h"
#include "vault/print/record.h"

#define NS 1000000000

static void new_epoch(const struct fields *f, struct span bytes)
{
	struct epoch_start s;
	if (!bytes.len || epoch_start_decode(bytes, &s))
		return;
	fields_open(f, "new_epoch", FIELDS_OBJECT);
	fields_hex(f, "cause", s.cause.b, sizeof(s.cause));
	fields_number(f, "members", s.nboxes);
	fields_secret(f, "root");
	fields_close(f);
}

void print_commit(const struct fields *f, const struct commit *c)
{
	fields_hex(f, "stream", c->stream.b, sizeof(c->stream));
	fields_number(f, "n", c->n);
	fields_number(f, "epoch", c->epoch);
	fields_number(f, "parts", c->parts);
	fields_number(f, "height", c->height);
	fields_time(f, "time", c->time / NS, (uint32_t)(c->time % NS));
	fields_hex(f, "parent", c->parent.b, sizeof(c->parent));
	fields_hex(f, "digest", c->digest.b, sizeof(c->digest));
	fields_number(f, "orphans", c->norphans);
	fields_hex(f, "manifest", c->manifest.b, sizeof(c->manifest));
	fields_hex(f, "manifest_object", c->manifest_id.b, sizeof(c->manifest_id));
	new_epoch(f, c->new_epoch);
}

void print_change(const struct fields *f, struct span key, struct span value)
{
	fields_word(f, "change", value.p ? "put" : "delete");
	print_record(f, key, value);
}
