/* SPDX-License-Identifier: MIT
 * Numbers are whole, so that no locale puts a comma into one. A PDF (ISO 32000-1) is eight objects and the table of
 * where each begins; the length of the page's text is an object of its own, as it is known behind it.
 */
#include "cli/ui/page.h"

#include "crypto/secret.h"
#include "util/cleanup.h"
#include "util/utf8.h"

#include <stdarg.h>
#include <string.h>

#define PAGE_BYTES 65536

/* -- bytes -------------------------------------------------------------------------------------------------------- */

static void put(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct page *p, const char *fmt, ...)
{
	size_t room = PAGE_BYTES - p->len;
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(p->p + p->len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room)
		p->full = true;
	else
		p->len += (size_t)n;
}

static void put_char(struct page *p, char c)
{
	if (p->len + 1 >= PAGE_BYTES)
		p->full = true;
	else
		p->p[p->len++] = c;
}

/* latin: the character of a text that is UTF-8, in *len bytes; 0: it is not of Latin-1. */
static unsigned latin(const char *text, size_t n, size_t *len)
{
	unsigned char first = (unsigned char)text[0];
	*len = 1;
	if (first < 0x80)
		return first;
	while (*len < n && ((unsigned char)text[*len] & 0xc0) == 0x80)
		++*len;
	bool two = *len == 2 && (first == 0xc2 || first == 0xc3);
	return two ? (first & 3u) << 6 | ((unsigned char)text[1] & 0x3fu) : 0;
}

bool page_shows(enum page_form form, const char *text)
{
	size_t n = strlen(text);
	if (!utf8_plain(SPAN(text, n)))
		return false;
	for (size_t at = 0, len; form == PAGE_PDF && at < n; at += len)
		if (!latin(text + at, n - at, &len))
			return false;
	return true;
}

/* -- SVG ---------------------------------------------------------------------------------------------------------- */

static void svg_begin(struct page *p)
{
	put(p,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"210mm\" height=\"297mm\" viewBox=\"0 0 %d %d\">\n"
	    "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
	    PAGE_WIDTH, PAGE_HEIGHT, PAGE_WIDTH, PAGE_HEIGHT);
}

static void svg_char(struct page *p, char c)
{
	switch (c) {
	case '&':
		put(p, "&amp;");
		break;
	case '<':
		put(p, "&lt;");
		break;
	case '>':
		put(p, "&gt;");
		break;
	default:
		put_char(p, c);
	}
}

static void svg_text(struct page *p, const struct page_place *at, const char *text, size_t n)
{
	static const char *const fonts[] = { [PAGE_SANS] = "Helvetica, Arial, sans-serif\"",
		                             [PAGE_BOLD] = "Helvetica, Arial, sans-serif\" font-weight=\"bold\"",
		                             [PAGE_MONO] = "Courier New, Courier, monospace\"" };
	bool plain = utf8_plain(SPAN(text, n));
	put(p, "<text x=\"%d\" y=\"%d\" font-size=\"%d\" xml:space=\"preserve\" font-family=\"%s>", at->x, at->y,
	    at->size, fonts[at->font]);
	for (size_t i = 0; i < n; i++)
		svg_char(p, plain ? text[i] : '?');
	put(p, "</text>\n");
}

/* -- PDF ---------------------------------------------------------------------------------------------------------- */

enum { CATALOG, PAGES, PAGE, TEXT, TEXT_LENGTH, FONT };

/* object: the number that others call it by. */
static int object(struct page *p, int which)
{
	p->at[which] = p->len;
	return which + 1;
}

static void pdf_begin(struct page *p)
{
	put(p, "%%PDF-1.4\n%%\xe2\xe3\xcf\xd3\n");
	put(p, "%d 0 obj\n<< /Type /Catalog /Pages %d 0 R >>\nendobj\n", object(p, CATALOG), PAGES + 1);
	put(p, "%d 0 obj\n<< /Type /Pages /Kids [%d 0 R] /Count 1 >>\nendobj\n", object(p, PAGES), PAGE + 1);
	put(p,
	    "%d 0 obj\n<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R\n"
	    "/Resources << /Font << /F0 %d 0 R /F1 %d 0 R /F2 %d 0 R >> >> >>\nendobj\n",
	    object(p, PAGE), PAGES + 1, PAGE_WIDTH, PAGE_HEIGHT, TEXT + 1, FONT + PAGE_SANS + 1, FONT + PAGE_BOLD + 1,
	    FONT + PAGE_MONO + 1);
	put(p, "%d 0 obj\n<< /Length %d 0 R >>\nstream\n", object(p, TEXT), TEXT_LENGTH + 1);
	p->at[TEXT_LENGTH] = p->len; /* of the stream, until its end */
}

static void pdf_text(struct page *p, const struct page_place *at, const char *text, size_t n)
{
	put(p, "BT /F%d %d Tf %d %d Td (", (int)at->font, at->size, at->x, PAGE_HEIGHT - at->y);
	for (size_t i = 0, len; i < n; i += len) {
		unsigned c = latin(text + i, n - i, &len);
		if (c >= 0x20 && c < 0x7f && !strchr("()\\", (int)c))
			put_char(p, (char)c);
		else
			put(p, "\\%03o", c >= 0x20 ? c : '?');
	}
	put(p, ") Tj ET\n");
}

static void pdf_end(struct page *p)
{
	static const char *const fonts[] = {
		[PAGE_SANS] = "Helvetica", [PAGE_BOLD] = "Helvetica-Bold", [PAGE_MONO] = "Courier"
	};
	size_t length = p->len - p->at[TEXT_LENGTH];
	put(p, "\nendstream\nendobj\n");
	put(p, "%d 0 obj\n%zu\nendobj\n", object(p, TEXT_LENGTH), length);
	for (int i = 0; i < (int)ARRAY_LEN(fonts); i++)
		put(p, "%d 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>\nendobj\n",
		    object(p, FONT + i), fonts[i]);
	size_t table = p->len;
	put(p, "xref\n0 %d\n0000000000 65535 f \n", PAGE_OBJECTS + 1);
	for (size_t i = 0; i < PAGE_OBJECTS; i++)
		put(p, "%010zu 00000 n \n", p->at[i]);
	put(p, "trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%zu\n%%%%EOF\n", PAGE_OBJECTS + 1, CATALOG + 1, table);
}

/* -- either ------------------------------------------------------------------------------------------------------- */

err_t page_begin(enum page_form form, struct page *ret)
{
	struct page p = { .form = form, .p = secret_alloc(PAGE_BYTES) };
	if (!p.p)
		return ERR_NOMEM;
	if (form == PAGE_SVG)
		svg_begin(&p);
	else
		pdf_begin(&p);
	*ret = p;
	return ERR_OK;
}

void page_text(struct page *p, const struct page_place *at, const char *text, size_t n)
{
	if (p->form == PAGE_SVG)
		svg_text(p, at, text, n);
	else
		pdf_text(p, at, text, n);
}

void page_rect(struct page *p, int x, int y, int width, int height)
{
	if (p->form == PAGE_SVG)
		put(p, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" shape-rendering=\"crispEdges\"/>\n", x, y,
		    width, height);
	else
		put(p, "%d %d %d %d re f\n", x, PAGE_HEIGHT - y - height, width, height);
}

err_t page_end(struct page *p, struct span *ret)
{
	if (p->form == PAGE_SVG)
		put(p, "</svg>\n");
	else
		pdf_end(p);
	if (p->full)
		return ERR_LIMIT;
	*ret = SPAN(p->p, p->len);
	return ERR_OK;
}

void page_free(struct page *p)
{
	secret_free(p->p);
	*p = (struct page){ 0 };
}
