/* SPDX-License-Identifier: MIT
 * The measure of runs: the text falls into runs, each of one kind; a run costs what it takes to guess it among the runs
 * that are tried first.
 */
#include "cli/secrets/strength.h"

#include "crypto/secret.h"
#include "util/cleanup.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <zxcvbn.h>

/* In tenths of a bit. */
#define LETTER 47
#define DIGIT 33
#define SIGN 40
#define OTHER 60
#define WORD 140 /* of a list of 16,000 */
#define WORD_SHORT 3
#define WORD_LONG 8 /* letters that one word is at most, so that a row of random ones is several */
#define CAPITALS 10 /* of a word: at its beginning, or all */
#define YEAR 110    /* a year or date, and what else four digits and more are tried as */
#define YEAR_LONG 6
#define REPEATED 10 /* the one before again, or its neighbour */

enum kind { LETTERS, DIGITS, SIGNS, OTHERS };

static enum kind alone(uint8_t c)
{
	if (isalpha(c) || c == '@' || c == '$')
		return LETTERS;
	if (isdigit(c))
		return DIGITS;
	return c < 0x80 ? SIGNS : OTHERS;
}

/* kind_at: a digit or sign that stands for a letter within a word is no news to who guesses. */
static enum kind kind_at(struct span text, size_t at)
{
	const uint8_t *p = text.p;
	enum kind kind = alone(p[at]);
	bool within = at && at + 1 < text.len && isalpha(p[at - 1]) && isalpha(p[at + 1]);
	return kind == DIGITS && within ? LETTERS : kind;
}

static bool follows(uint8_t before, uint8_t c)
{
	int step = tolower(c) - tolower(before);
	return step >= -1 && step <= 1;
}

/* characters: of n of one kind, each by itself; rows and repetitions count as little as they are. */
static unsigned characters(const uint8_t *p, size_t n, unsigned each)
{
	unsigned sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += i && follows(p[i - 1], p[i]) ? REPEATED : each;
	return sum;
}

/* limited: in pieces of `most` characters, each at most what `piece` is. */
static unsigned limited(const uint8_t *p, size_t n, unsigned each, size_t most, unsigned piece)
{
	unsigned sum = 0;
	for (size_t at = 0; at < n; at += most)
		sum += MIN(characters(p + at, MIN(most, n - at), each), piece);
	return sum;
}

static unsigned run(enum kind kind, const uint8_t *p, size_t n)
{
	bool capital = false;
	switch (kind) {
	case LETTERS:
		for (size_t i = 0; i < n; i++)
			capital |= isupper(p[i]) != 0;
		return limited(p, n, LETTER, WORD_LONG, WORD) + (capital ? CAPITALS : 0);
	case DIGITS:
		return limited(p, n, DIGIT, YEAR_LONG, YEAR);
	case SIGNS:
		return characters(p, n, SIGN);
	default:
		return characters(p, n, OTHER);
	}
}

/* separator: one sign behind a word, and before what follows, is no news either. */
static bool separator(struct span text, size_t at, size_t n, size_t before)
{
	return kind_at(text, at) == SIGNS && n == 1 && before >= WORD_SHORT && at + 1 < text.len;
}

unsigned strength_runs(struct span text)
{
	const uint8_t *p = text.p;
	unsigned sum = 0;
	for (size_t at = 0, n, before = 0; at < text.len; at += n, before = n) {
		enum kind kind = kind_at(text, at);
		for (n = 1; at + n < text.len && kind_at(text, at + n) == kind; n++) {
		}
		sum += separator(text, at, n, before) ? REPEATED : run(kind, p + at, n);
	}
	return sum / 10;
}

err_t strength_bits(struct span text, unsigned *ret)
{
	cleanup(secret_freep) char *copy = secret_alloc(text.len + 1); /* it wants an end; its own copy it overwrites */
	if (!copy)
		return ERR_NOMEM;
	memcpy(copy, text.p, text.len);
	double known = ZxcvbnMatch(copy, NULL, NULL);
	unsigned runs = strength_runs(text);
	*ret = known < runs ? (unsigned)MAX(known, 0.0) : runs;
	return ERR_OK;
}
