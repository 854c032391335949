/* SPDX-License-Identifier: MIT
 * The recovery key as text: 7 groups of 5 characters of Crockford's base 32, four of data and a check character. The
 * check makes sum(w_i * c_i) = group number in GF(32) with five different weights, which finds every single wrong
 * character, every swap within a group and every swap of groups; of an invitation's code it is the number + 7. Data:
 * 128 bits of key, 12 bits of SHA-256 of the key.
 */
#include "vault/keys/recovery.h"

#include "util/cleanup.h"

#include <ctype.h>
#include <string.h>

#define GROUPS 7
#define GROUP_LEN 5
#define SYMBOLS (GROUPS * GROUP_LEN)

/* What is written so. */
struct form {
	unsigned check; /* added to the number of a group */
	const char *name, *other;
};
static const struct form key_form = { 0, "a recovery key", "the code of an invitation" };
static const struct form code_form = { GROUPS, "the code of an invitation", "a recovery key" };

static const char alphabet[33] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* times_x: multiplication by x in GF(32) = GF(2)[x] / (x^5 + x^2 + 1). */
static unsigned times_x(unsigned a)
{
	a <<= 1;
	return a & 32 ? a ^ 37 : a;
}

/* group_sum: weights x^4, x^3, x^2, x, 1. */
static unsigned group_sum(const uint8_t g[GROUP_LEN])
{
	unsigned sum = 0;
	for (size_t i = 0; i < GROUP_LEN; i++)
		sum = times_x(sum) ^ g[i];
	return sum;
}

struct symbols {
	uint8_t s[SYMBOLS];
	uint8_t bits[18]; /* 140 bits: key(16), first 12 bits of its hash */
};

static void symbols_wipe(struct symbols *s)
{
	crypto_wipe(s, sizeof(*s));
}

static err_t fill_bits(const uint8_t secret[16], struct symbols *s)
{
	struct hash hash;
	err_t e = crypto_sha256(SPAN(secret, 16), &hash);
	memcpy(s->bits, secret, 16);
	s->bits[16] = hash.b[0];
	s->bits[17] = hash.b[1] & 0xf0;
	crypto_wipe(hash.b, sizeof(hash));
	return e;
}

/* data_symbol: the place of the k-th five bits among the symbols. */
static size_t data_symbol(size_t k)
{
	return k / (GROUP_LEN - 1) * GROUP_LEN + k % (GROUP_LEN - 1);
}

static err_t encode(const uint8_t secret[16], const struct form *f, char **ret_text)
{
	cleanup(symbols_wipe) struct symbols s = { 0 };
	char *text = secret_alloc(SYMBOLS + GROUPS);
	if (!text)
		return ERR_NOMEM;
	err_t e = fill_bits(secret, &s);
	if (e) {
		secret_free(text);
		return e;
	}
	for (size_t bit = 0; bit < 140; bit++)
		if (s.bits[bit / 8] >> (7 - bit % 8) & 1)
			s.s[data_symbol(bit / 5)] |= (uint8_t)(16 >> bit % 5);
	for (size_t g = 0; g < GROUPS; g++) {
		uint8_t *at = s.s + g * GROUP_LEN;
		at[GROUP_LEN - 1] = (uint8_t)(group_sum(at) ^ (f->check + g + 1));
		for (size_t i = 0; i < GROUP_LEN; i++)
			text[g * (GROUP_LEN + 1) + i] = alphabet[at[i]];
		text[g * (GROUP_LEN + 1) + GROUP_LEN] = g + 1 < GROUPS ? '-' : 0;
	}
	*ret_text = text;
	return ERR_OK;
}

/* separator: bytes of `p` that stand between groups: blanks, ASCII punctuation, UTF-8 dashes and no-break space. */
static size_t separator(const char *p)
{
	if (isspace((unsigned char)*p) || ispunct((unsigned char)*p))
		return 1;
	if (!strncmp(p, "\xe2\x80", 2) && p[2])
		return 3;
	return strncmp(p, "\xc2\xa0", 2) ? 0 : 2;
}

static int symbol_of(char c)
{
	c = (char)toupper((unsigned char)c);
	if (c == 'O')
		return 0;
	if (c == 'I' || c == 'L')
		return 1;
	const char *at = c ? memchr(alphabet, c, 32) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

/* wrong_count: not 35 characters. Names the group if separators show which one it is. */
static err_t wrong_count(const char *text, size_t n, const struct form *f, struct why *why)
{
	size_t len[GROUPS + 1] = { 0 }, groups = 0;
	bool inside = false;
	for (const char *p = text; *p;) {
		size_t skip = separator(p);
		if (!skip && !inside && groups <= GROUPS)
			groups++;
		inside = !skip;
		if (inside)
			len[groups - 1]++;
		p += skip ? skip : 1;
	}
	for (size_t g = 0; groups == GROUPS && g < GROUPS; g++)
		if (len[g] != GROUP_LEN)
			return why_set(why, ERR_INVAL, "group %zu is mistyped: it has %zu characters instead of %d",
			               g + 1, len[g], GROUP_LEN);
	return why_set(why, ERR_INVAL, "%s has %d characters in %d groups, this has %zu", f->name, SYMBOLS, GROUPS, n);
}

/* wrong_group: the first whose check is not right; 0: none. */
static size_t wrong_group(const struct symbols *s, unsigned check)
{
	for (size_t g = 0; g < GROUPS; g++)
		if (group_sum(s->s + g * GROUP_LEN) != check + g + 1)
			return g + 1;
	return 0;
}

static err_t check_groups(const struct symbols *s, const struct form *f, struct why *why)
{
	size_t wrong = wrong_group(s, f->check);
	if (!wrong)
		return ERR_OK;
	if (!wrong_group(s, GROUPS - f->check))
		return why_set(why, ERR_INVAL, "this is %s, not %s", f->other, f->name);
	return why_set(why, ERR_INVAL, "group %zu is mistyped", wrong);
}

static err_t read_symbols(const char *text, struct symbols *s, const struct form *f, struct why *why)
{
	size_t n = 0, bad = 0;
	for (const char *p = text; *p;) {
		size_t skip = separator(p);
		if (skip) {
			p += skip;
			continue;
		}
		int v = symbol_of(*p++);
		if (v < 0 && !bad)
			bad = n / GROUP_LEN + 1;
		if (n < SYMBOLS)
			s->s[n] = (uint8_t)MAX(v, 0);
		n++;
	}
	if (n != SYMBOLS)
		return wrong_count(text, n, f, why);
	if (bad)
		return why_set(why, ERR_INVAL, "group %zu is mistyped: it has a character that %s never has", bad,
		               f->name);
	return check_groups(s, f, why);
}

static err_t decode(const char *text, const struct form *f, uint8_t secret[16], struct why *why)
{
	cleanup(symbols_wipe) struct symbols s = { 0 }, want = { 0 };
	err_t e = read_symbols(text, &s, f, why);
	if (e)
		return e;
	for (size_t bit = 0; bit < 140; bit++)
		if (s.s[data_symbol(bit / 5)] >> (4 - bit % 5) & 1)
			s.bits[bit / 8] |= (uint8_t)(128 >> bit % 8);
	e = fill_bits(s.bits, &want);
	if (e)
		return e;
	if (!crypto_equal(s.bits, want.bits, sizeof(s.bits)))
		return why_set(why, ERR_INVAL, "more than one character is mistyped");
	memcpy(secret, s.bits, 16);
	return ERR_OK;
}

err_t recovery_encode(const uint8_t secret[16], char **ret_text)
{
	return encode(secret, &key_form, ret_text);
}

err_t recovery_decode(const char *text, uint8_t secret[16], struct why *why)
{
	return decode(text, &key_form, secret, why);
}

err_t recovery_code_encode(const uint8_t secret[16], char **ret_text)
{
	return encode(secret, &code_form, ret_text);
}

err_t recovery_code_decode(const char *text, uint8_t secret[16], struct why *why)
{
	return decode(text, &code_form, secret, why);
}
