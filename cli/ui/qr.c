/* SPDX-License-Identifier: MIT */
#include "cli/ui/qr.h"

#include "crypto/secret.h"
#include "util/cleanup.h"

#include <langinfo.h>
#include <qrencode.h>
#include <string.h>
#include <sys/ioctl.h>

#define QUIET 4
#define WHITE_ON_BLACK "\x1b[40;37;1m"
#define AS_BEFORE "\x1b[0m\n"

static void code_free(QRcode *const *q)
{
	QRcode_free(*q);
}

/* light: of a square; the quiet zone is, and what is below an odd last row. */
static bool light(const QRcode *q, int x, int y)
{
	if (x < 0 || y < 0 || x >= q->width || y >= q->width)
		return true;
	return !(q->data[y * q->width + x] & 1);
}

static void put_line(const QRcode *q, int y, struct buf *out)
{
	static const char *const blocks[] = { " ", "\xe2\x96\x84", "\xe2\x96\x80", "\xe2\x96\x88" };
	buf_put(out, WHITE_ON_BLACK, strlen(WHITE_ON_BLACK));
	for (int x = -QUIET; x < q->width + QUIET; x++) {
		const char *b = blocks[2 * light(q, x, y) + light(q, x, y + 1)];
		buf_put(out, b, strlen(b));
	}
	buf_put(out, AS_BEFORE, strlen(AS_BEFORE));
}

err_t qr_lines(const char *text, struct buf *out)
{
	errno = 0;
	cleanup(code_free) QRcode *q = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	if (!q)
		return errno == ENOMEM ? ERR_NOMEM : ERR_INVAL;
	for (int y = -QUIET; y < q->width + QUIET; y += 2)
		put_line(q, y, out);
	crypto_wipe(q->data, (size_t)q->width * (size_t)q->width);
	return buf_ok(out);
}

static bool shows(FILE *to)
{
	struct winsize w = { 0 };
	if (!isatty(fileno(to)) || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		return false;
	return ioctl(fileno(to), TIOCGWINSZ, &w) || !w.ws_col || w.ws_col >= 40;
}

void qr_show(const char *text, FILE *to)
{
	cleanup(buf_wipe_free) struct buf b = BUF_INIT;
	if (shows(to) && !qr_lines(text, &b))
		fwrite(b.p, 1, b.len, to);
}
