/* SPDX-License-Identifier: MIT */
#include "vault/print/header.h"

#include "util/cleanup.h"
#include "vault/keys/header_parts.h"
#include "vault/keys/statement.h"

static const char *slot_word(unsigned kind)
{
	static const char *const words[] = {
		[SLOT_RECOVERY] = "recovery key", [SLOT_PASSPHRASE] = "passphrase", [SLOT_DEVICE] = "device"
	};
	return kind < ARRAY_LEN(words) && words[kind] ? words[kind] : "unknown";
}

static void genesis(const struct fields *f, const struct header *h)
{
	const struct genesis *g = &h->genesis;
	fields_open(f, "genesis", FIELDS_OBJECT);
	fields_hex(f, "hash", h->genesis_hash.b, sizeof(h->genesis_hash));
	fields_hex(f, "vault", g->vault.b, sizeof(g->vault));
	fields_number(f, "cipher", g->cipher);
	fields_time(f, "time", g->time, 0);
	fields_hex(f, "device", g->device.b, sizeof(g->device));
	fields_text(f, "device_name", g->name);
	fields_hex(f, "stream", g->stream.b, sizeof(g->stream));
	fields_close(f);
}

static void slots(const struct fields *f, const struct header *h)
{
	fields_open(f, "slots", FIELDS_LIST);
	for (size_t i = 0; i < h->nwraps; i++) {
		const struct wrap *w = &h->wraps[i];
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_hex(f, "id", w->id.b, sizeof(w->id));
		fields_word(f, "opened_by", slot_word(w->kind));
		fields_flag(f, "counts", roster_find(&h->live, w->id) != NULL);
		if (w->kind == SLOT_PASSPHRASE) {
			fields_number(f, "kdf_memory_kib", w->kdf.memory_kib);
			fields_number(f, "kdf_passes", w->kdf.passes);
			fields_number(f, "kdf_lanes", w->kdf.lanes);
		}
		fields_secret(f, "seed");
		fields_close(f);
	}
	fields_close(f);
}

static void roots(const struct fields *f, const struct header *h)
{
	fields_open(f, "roots", FIELDS_LIST);
	for (size_t i = 0; i < h->nepoch_roots; i++) {
		const struct sealed_epoch_root *r = &h->epoch_roots[i];
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_number(f, "epoch", r->epoch);
		fields_hex(f, "id", r->id.b, sizeof(r->id));
		fields_hex(f, "slot", r->slot.b, sizeof(r->slot));
		fields_secret(f, "root");
		fields_close(f);
	}
	fields_close(f);
}

/* statement_parts: nothing of one that does not decode. */
static void statement_parts(const struct fields *f, struct span value)
{
	static const char *const words[] = { [ST_JOIN] = "join",
		                             [ST_REVOKE] = "revoke",
		                             [ST_SLOT_ADD] = "slot added",
		                             [ST_SLOT_REMOVE] = "slot removed" };
	struct statement s;
	cleanup_free struct stream_cut *cuts = calloc(CUTS_MAX, sizeof(*cuts));
	if (!cuts || statement_decode(value, &s, cuts))
		return;
	fields_word(f, "statement", words[s.kind]);
	fields_hex(f, "by_slot", s.slot.b, sizeof(s.slot));
	fields_number(f, "number", s.number);
	fields_time(f, "time", s.time, 0);
}

static void statements(const struct fields *f, const struct header *h)
{
	fields_open(f, "statements", FIELDS_LIST);
	for (size_t i = 0; i < h->nstatements; i++) {
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_hex(f, "hash", h->statements[i].hash.b, sizeof(h->statements[i].hash));
		statement_parts(f, buf_span(&h->statements[i].bytes));
		fields_close(f);
	}
	fields_close(f);
}

void print_header(const struct fields *f, const struct header *h)
{
	fields_number(f, "version", HEADER_VERSION);
	fields_number(f, "incompatible_features", HEADER_INCOMPATIBLE);
	fields_number(f, "compatible_features", h->compatible);
	genesis(f, h);
	slots(f, h);
	roots(f, h);
	statements(f, h);
	fields_number(f, "join_places", header_joins(h));
}
