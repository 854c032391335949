/* SPDX-License-Identifier: MIT
 * One page of A4 to be printed, as SVG or as PDF: text and black rectangles, in points (1/72 inch) from the upper left
 * corner. It may be secret, so it is made in secret memory.
 *
 * Fonts are those that every reader of PDF has, so none is within: a PDF shows Latin-1 alone. An SVG names families,
 * and what reads it has the letters.
 */
#pragma once

#include "util/buf.h"

#define PAGE_WIDTH 595
#define PAGE_HEIGHT 842
#define PAGE_OBJECTS 8 /* of a PDF */

enum page_form { PAGE_SVG, PAGE_PDF };
enum page_font { PAGE_SANS, PAGE_BOLD, PAGE_MONO };
struct page {
	enum page_form form;
	char *p; /* secret_alloc'ed */
	size_t len;
	bool full;               /* it did not fit */
	size_t at[PAGE_OBJECTS]; /* where the objects of a PDF begin */
};
struct page_place {
	int x, y; /* of text where its first letter stands: the base line */
	enum page_font font;
	int size;
};
/* page_shows: the text can be printed so: well-formed, and within what the fonts have. */
bool page_shows(enum page_form form, const char *text);
/* page_begin: *ret is the caller's, for page_free, which wipes. */
MUST_CHECK err_t page_begin(enum page_form form, struct page *ret);
/* page_text: one line; what page_shows would refuse comes out as '?'. `n`: bytes of it. */
void page_text(struct page *p, const struct page_place *at, const char *text, size_t n);
void page_rect(struct page *p, int x, int y, int width, int height);
/* page_end: *ret is what a file of it has, in `p`. ERR_LIMIT: it does not fit. */
MUST_CHECK err_t page_end(struct page *p, struct span *ret);
void page_free(struct page *p);
