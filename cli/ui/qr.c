/* SPDX-License-Identifier: MIT */
#include "cli/ui/qr.h"

#include "crypto/secret.h"
#include "util/buf.h"
#include "util/cleanup.h"

#include <langinfo.h>
#include <qrencode.h>
#include <string.h>
#include <sys/ioctl.h>

#define WHITE_ON_BLACK "\x1b[40;37;1m"
#define AS_BEFORE "\x1b[0m\n"

static void code_free(QRcode *const *q)
{
	if (*q)
		crypto_wipe((*q)->data, (size_t)(*q)->width * (size_t)(*q)->width);
	QRcode_free(*q);
}

err_t qr_make(const char *text, struct qr *ret)
{
	errno = 0;
	cleanup(code_free) QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	if (!code)
		return errno == ENOMEM ? ERR_NOMEM : ERR_INVAL;
	size_t squares = (size_t)code->width * (size_t)code->width;
	struct qr q = { code->width, secret_alloc(squares) };
	if (!q.dark)
		return ERR_NOMEM;
	for (size_t i = 0; i < squares; i++)
		q.dark[i] = code->data[i] & 1;
	*ret = q;
	return ERR_OK;
}

void qr_free(struct qr *q)
{
	secret_free(q->dark);
	*q = (struct qr){ 0 };
}

bool qr_dark(const struct qr *q, int x, int y)
{
	bool outside = x < 0 || y < 0 || x >= q->width || y >= q->width;
	return !outside && q->dark[y * q->width + x];
}

static void put_line(const struct qr *q, int y, struct buf *out)
{
	static const char *const blocks[] = { "\xe2\x96\x88", "\xe2\x96\x80", "\xe2\x96\x84", " " };
	buf_put(out, WHITE_ON_BLACK, strlen(WHITE_ON_BLACK));
	for (int x = -QR_QUIET; x < q->width + QR_QUIET; x++) {
		const char *b = blocks[2 * qr_dark(q, x, y) + qr_dark(q, x, y + 1)];
		buf_put(out, b, strlen(b));
	}
	buf_put(out, AS_BEFORE, strlen(AS_BEFORE));
}

static void put_lines(const struct qr *q, struct buf *out)
{
	for (int y = -QR_QUIET; y < q->width + QR_QUIET; y += 2)
		put_line(q, y, out);
}

static bool shows(FILE *to, int columns)
{
	struct winsize w = { 0 };
	if (!isatty(fileno(to)) || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		return false;
	return ioctl(fileno(to), TIOCGWINSZ, &w) || !w.ws_col || w.ws_col >= columns;
}

bool qr_show(const char *text, FILE *to)
{
	cleanup(qr_free) struct qr q = { 0 };
	cleanup(buf_wipe_free) struct buf b = BUF_INIT;
	if (qr_make(text, &q) || !shows(to, q.width + 2 * QR_QUIET))
		return false;
	put_lines(&q, &b);
	return !buf_ok(&b) && fwrite(b.p, 1, b.len, to) == b.len;
}
