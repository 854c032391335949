/* SPDX-License-Identifier: MIT
 * Who is a member by statements that are read as text, for comparison with the model (tests/model/against_roster.py).
 *
 * Input: words. vault ID; named KIND RANK SIGN-KEY BOX-KEY MIX-HASH, of genesis: the recovery slot, the first device,
 * perhaps a passphrase slot; statement BYTES. Ids, keys and bytes are hexadecimal. show prints what counts of what came
 * since the last one, and "." Signatures are not real: a statement is signed by whose key its signature begins with.
 * Output, a line each: signer ID member|in|out [pin NUMBER HASH|nothing]; in force ID; stream HASH DEVICE begins|no
 * [n END]; rules N; read-only.
 */
#include "util/cleanup.h"
#include "vault/members/roster.h"
#include "vault/members/roster_streams.h"

#include <inttypes.h>
#include <string.h>

#define STATEMENT_MOST (SIGNER_BODY_MAX + 256)

struct input {
	struct roster_named named[3];
	uint8_t keys[3][SIGNER_KEY + 1 + SIGNER_KEY]; /* of `named`: signing key, box key */
	size_t named_n;
	struct heard_set set;
};

static void fail(const char *what)
{
	fprintf(stderr, "roster-show: %s\n", what);
	exit(2);
}

static void must(err_t e, const char *what)
{
	if (e)
		fail(what);
}

/* digits: a word; how many bytes it says. */
static size_t digits(uint8_t *out, size_t size)
{
	static char text[2 * STATEMENT_MOST + 2];
	if (scanf("%33280s", text) != 1)
		fail("a word is missing");
	size_t n = strlen(text) / 2;
	if (n > size || !hex_decode(text, out, n))
		fail("hexadecimal digits are wrong");
	return n;
}

static unsigned number(void)
{
	unsigned n;
	if (scanf("%u", &n) != 1)
		fail("a number is missing");
	return n;
}

static void read_named(struct input *in)
{
	if (in->named_n == ARRAY_LEN(in->named))
		fail("genesis names three at most");
	struct roster_named *x = &in->named[in->named_n];
	uint8_t *keys = in->keys[in->named_n++];
	x->who.kind = (enum signer_kind)number();
	x->who.rank = number();
	x->who.sign_key = keys;
	digits(keys, SIGNER_KEY);
	x->who.box_key = SPAN(keys + SIGNER_KEY, digits(keys + SIGNER_KEY, 1 + SIGNER_KEY));
	digits(x->who.mix.b, HASH_LEN);
	must(signer_id(in->set.vault, &x->who, &x->id), "the id of a signer");
}

static void read_statement(struct input *in)
{
	static uint8_t bytes[STATEMENT_MOST];
	size_t n = digits(bytes, sizeof(bytes));
	must(heard_set_add(&in->set, SPAN(bytes, n)), "a statement is not of that form");
}

static err_t check(void *ctx, const struct heard *s, const uint8_t *sign_key)
{
	(void)ctx;
	return memcmp(s->as.sig, sign_key, SIGNER_KEY) ? ERR_DAMAGED : ERR_OK;
}

static void print_hex(const char *before, const uint8_t *p, size_t n)
{
	fputs(before, stdout);
	for (size_t i = 0; i < n; i++)
		printf("%02x", p[i]);
}

static void print_pin(const struct roster *r, size_t pin)
{
	if (pin == ROSTER_NONE) {
		fputs(" pin nothing", stdout);
		return;
	}
	printf(" pin %" PRIu64, r->said[pin].s->as.number);
	print_hex(" ", r->said[pin].s->hash.b, HASH_LEN);
}

static void print_signers(const struct roster *r)
{
	for (size_t i = 0; i < r->signer_n; i++) {
		const struct roster_signer *x = &r->signer[i];
		const char *how = x->in ? "in" : "out";
		print_hex("signer ", x->id.b, ID_LEN);
		printf(" %s", roster_member(x) ? "member" : how);
		if (x->pinned)
			print_pin(r, x->pin);
		puts("");
	}
	print_hex("in force ", roster_in_force(r)->id.b, ID_LEN);
	puts("");
}

static void print_streams(const struct roster *r)
{
	cleanup(roster_streams_free) struct roster_streams l = { 0 };
	must(roster_streams_make(r, &l), "streams");
	for (size_t i = 0; i < l.n; i++) {
		const struct roster_stream *s = &l.v[i];
		print_hex("stream ", s->hash.b, HASH_LEN);
		print_hex(" ", r->signer[s->device].id.b, ID_LEN);
		fputs(s->begins ? " begins" : " no", stdout);
		if (s->cut) {
			printf(" %" PRIu64, s->n);
			print_hex(" ", s->end.b, HASH_LEN);
		}
		puts("");
	}
}

static void show(struct input *in)
{
	cleanup(roster_free) struct roster r = { 0 };
	struct roster_basis b = { .named = in->named, .named_n = in->named_n, .check = check };
	must(roster_make(&b, in->set.v, in->set.n, &r), "a roster");
	print_signers(&r);
	print_streams(&r);
	printf("rules %" PRIu32 "%s\n.\n", r.rules, r.read_only ? "\nread-only" : "");
	fflush(stdout);
	heard_set_free(&in->set);
	in->named_n = 0;
}

int main(void)
{
	cleanup_free struct input *in = calloc(1, sizeof(*in));
	char word[16];
	if (!in)
		return 2;
	while (scanf("%15s", word) == 1) {
		if (!strcmp(word, "vault"))
			digits(in->set.vault.b, ID_LEN);
		else if (!strcmp(word, "named"))
			read_named(in);
		else if (!strcmp(word, "statement"))
			read_statement(in);
		else if (!strcmp(word, "show"))
			show(in);
		else
			fail("not a command");
	}
	heard_set_free(&in->set);
	return 0;
}
