/* SPDX-License-Identifier: MIT
 * From top to bottom: whose key, the key, its QR code beside what it is for, how it is used, room for notes. All of it
 * is within what A4 and Letter have in common.
 */
#include "cli/secrets/recovery_page.h"

#include "cli/ui/qr.h"
#include "util/cleanup.h"

#include <string.h>
#include <time.h>

#define LEFT 56
#define RIGHT (PAGE_WIDTH - 56)
#define BOTTOM 750
#define INDENT 60
#define KEY_SIZE 15
#define KEY_CHAR 9 /* three fifths of the size, which is what a letter of Courier takes */
#define GROUP 6    /* letters of the key, the dash among them */
#define GROUPS 7
#define SQUARE 5 /* of the QR code */
#define MONO_SIZE 10
#define LINE_CHARS 68 /* of an address or command, */
#define LINES_MAX 5   /* which has so many lines at most */

/* -- words -------------------------------------------------------------------------------------------------------- */

static const char *const what_for[] = {
	"What it is for",
	"It opens the vault on a new computer, and on one that",
	"has it when the passphrase is lost. If all computers",
	"that have the vault are gone, it is the way back in,",
	"which nobody can replace.",
	"",
	"Whoever has this page and can reach the store can",
	"read and change all that is in the vault. Keep it as",
	"you keep a key, and away from these computers.",
	"",
	"The QR code has the text that stands above it.",
};

static const char new_computer[] =
        "On a new computer, as one line (what the store itself asks for is not on this page):";
static const char *const typing[] = {
	"It asks for the recovery key: type the groups, in capitals or not, with or without dashes.",
	"It names a group that is mistyped. 0 and 1 are digits: O, I, L and U do not occur in a key.",
};
static const char old_computer[] = "On a computer that has the vault, when its passphrase is lost:";
static const char footer[] = "The file that this page was printed from is the key as well: remove it.";

/* word: appends one of a command, so that a shell takes it as it is. */
static void word(struct buf *to, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
	bool quote = false;
	for (const char *c = text; *c; c++)
		quote |= !((unsigned char)*c & 0x80) && !strchr(plain, *c);
	if (to->len)
		buf_u8(to, ' ');
	if (quote)
		buf_u8(to, '\'');
	for (const char *c = text; *c; c++) {
		if (quote && *c == '\'')
			buf_put(to, "'\\'", 3);
		buf_u8(to, (uint8_t)*c);
	}
	if (quote)
		buf_u8(to, '\'');
}

/* join_command: with what else says where the store is. */
static err_t join_command(const struct recovery_sheet *s, struct buf *ret)
{
	static const struct {
		enum conf_key key;
		const char *option;
	} places[] = { { CONF_ENDPOINT, "--endpoint" },
		       { CONF_REGION, "--region" },
		       { CONF_ADDRESSING, "--addressing" } };
	buf_put(ret, "cloudseal join", strlen("cloudseal join"));
	word(ret, "--name");
	word(ret, s->vault);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *value = s->conf->text[places[i].key];
		if (value) {
			word(ret, places[i].option);
			word(ret, value);
		}
	}
	word(ret, s->conf->text[CONF_STORE]);
	buf_u8(ret, 0);
	return buf_ok(ret);
}

/* next_line: of a text that is parted into lines, at a blank where one is: the first, and *text is behind it. false: it
 * is at its end. */
static bool next_line(const char **text, struct span *ret)
{
	const char *from = *text, *blank = NULL;
	size_t n = 0;
	for (int chars = 0; from[n]; n++) {
		bool begins = ((unsigned char)from[n] & 0xc0) != 0x80;
		if (begins && chars++ == LINE_CHARS)
			break;
		if (from[n] == ' ')
			blank = from + n;
	}
	bool at_blank = from[n] && from[n] != ' ' && blank;
	*ret = SPAN(from, at_blank ? (size_t)(blank - from) : n);
	*text = from + ret->len;
	if (**text == ' ')
		++*text;
	return n > 0;
}

err_t recovery_page_fits(const struct recovery_sheet *s, enum page_form form, struct why *why)
{
	cleanup(buf_free) struct buf command = BUF_INIT;
	err_t e = join_command(s, &command);
	if (e)
		return e;
	const char *text = (const char *)command.p, *rest = text;
	struct span one;
	int lines = 0;
	while (next_line(&rest, &one))
		lines++;
	if (lines > LINES_MAX)
		return why_set(why, ERR_INVAL, "the store's address is too long for a sheet: use --recovery-file");
	if (page_shows(form, text))
		return ERR_OK;
	if (page_shows(PAGE_SVG, text))
		return why_set(why, ERR_INVAL,
		               "the store's address has letters that a PDF of ours does not have: name an .svg file");
	return why_set(why, ERR_INVAL, "the store's address cannot be printed: use --recovery-file");
}

/* -- drawn -------------------------------------------------------------------------------------------------------- */

static void line(struct page *p, const struct page_place *at, const char *text)
{
	page_text(p, at, text, strlen(text));
}

/* wrapped: a text of any length from `y` on; where the next line would be. */
static int wrapped(struct page *p, int x, int y, const char *text)
{
	for (struct span one; next_line(&text, &one); y += MONO_SIZE + 3)
		page_text(p, &(struct page_place){ x, y, PAGE_MONO, MONO_SIZE }, one.p, one.len);
	return y;
}

static int whose(const struct recovery_sheet *s, struct page *p)
{
	static const char *const labels[] = { "Vault", "Store", "Made on" };
	char day[32] = "";
	time_t now = time(NULL);
	struct tm tm;
	if (localtime_r(&now, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	const char *const values[] = { s->vault, s->conf->text[CONF_STORE], day };
	int y = 112;
	line(p, &(struct page_place){ LEFT, 76, PAGE_BOLD, 22 }, "Recovery key of a cloudseal vault");
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		line(p, &(struct page_place){ LEFT, y, PAGE_SANS, MONO_SIZE }, labels[i]);
		y = wrapped(p, LEFT + INDENT, y, values[i]) + 3;
	}
	return y;
}

/* key_line: each group with its number above, by which a mistyped one is named. */
static int key_line(const char *key, int y, struct page *p)
{
	for (int i = 0; i < GROUPS; i++) {
		char number[2] = { (char)('1' + i), 0 };
		line(p, &(struct page_place){ LEFT + GROUP * KEY_CHAR * i + 20, y + 18, PAGE_SANS, 8 }, number);
	}
	line(p, &(struct page_place){ LEFT, y + 36, PAGE_MONO, KEY_SIZE }, key);
	return y + 50;
}

static int squares(const struct qr *q, int x, int y, struct page *p)
{
	for (int row = 0; row < q->width; row++)
		for (int from = 0, to; from < q->width; from = to + 1) {
			for (to = from; qr_dark(q, to, row); to++) {
			}
			if (to > from)
				page_rect(p, x + SQUARE * from, y + SQUARE * row, SQUARE * (to - from), SQUARE);
		}
	return y + SQUARE * q->width;
}

/* code: with what the key is for beside it. */
static err_t code(const char *key, int *y, struct page *p)
{
	cleanup(qr_free) struct qr q = { 0 };
	err_t e = qr_make(key, &q);
	if (e)
		return e;
	int top = *y + SQUARE * QR_QUIET, x = LEFT + SQUARE * (q.width + 2 * QR_QUIET) + 14;
	*y = squares(&q, LEFT + SQUARE * QR_QUIET, top, p) + SQUARE * QR_QUIET;
	for (int i = 0; i < (int)ARRAY_LEN(what_for); i++)
		line(p, &(struct page_place){ x, top + 4 + 14 * i, i ? PAGE_SANS : PAGE_BOLD, i ? 10 : 11 },
		     what_for[i]);
	return ERR_OK;
}

static err_t use(const struct recovery_sheet *s, int *y, struct page *p)
{
	cleanup(buf_free) struct buf command = BUF_INIT;
	char open[128];
	err_t e = join_command(s, &command);
	if (e)
		return e;
	int at = *y + 12;
	line(p, &(struct page_place){ LEFT, at, PAGE_BOLD, 11 }, "How to use it");
	line(p, &(struct page_place){ LEFT, at += 17, PAGE_SANS, 10 }, new_computer);
	at = wrapped(p, LEFT + INDENT, at + 16, (const char *)command.p);
	for (size_t i = 0; i < ARRAY_LEN(typing); i++, at += 14)
		line(p, &(struct page_place){ LEFT, at + 4, PAGE_SANS, 10 }, typing[i]);
	line(p, &(struct page_place){ LEFT, at + 8, PAGE_SANS, 10 }, old_computer);
	snprintf(open, sizeof(open), "cloudseal mount --recovery %s", s->vault);
	*y = wrapped(p, LEFT + INDENT, at + 24, open);
	return ERR_OK;
}

static void notes(int y, struct page *p)
{
	line(p, &(struct page_place){ LEFT, y + 12, PAGE_BOLD, 11 }, "Notes");
	for (int at = y + 36; at < BOTTOM - 14; at += 24)
		page_rect(p, LEFT, at, RIGHT - LEFT, 1);
	line(p, &(struct page_place){ LEFT, BOTTOM, PAGE_SANS, 9 }, footer);
}

err_t recovery_page_draw(const struct recovery_sheet *s, const char *key, struct page *p)
{
	int y = key_line(key, whose(s, p), p);
	err_t e = code(key, &y, p);
	if (!e)
		e = use(s, &y, p);
	if (!e)
		notes(y, p);
	return e;
}
