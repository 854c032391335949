/* SPDX-License-Identifier: MIT
 * The callbacks of expat. The first error stops the parser and is what xml_parse returns.
 */
#include "remote/http/xml.h"

#include <expat.h>
#include <limits.h>
#include <string.h>

struct state {
	XML_Parser parser;
	const struct xml_events *events;
	void *ctx;
	unsigned depth;
	size_t len;
	err_t e;
	char text[XML_MAX_TEXT + 1];
};

static void stop(struct state *s, err_t e)
{
	if (!s->e)
		s->e = e;
	(void)XML_StopParser(s->parser, XML_FALSE); /* fails only when it has stopped already */
}

static const char *local(const char *name)
{
	const char *colon = strrchr(name, ':');
	return colon ? colon + 1 : name;
}

static void XMLCALL on_open(void *user, const XML_Char *name, const XML_Char **attributes)
{
	struct state *s = user;
	(void)attributes;
	if (s->e)
		return;
	s->len = 0;
	if (++s->depth > XML_MAX_DEPTH)
		stop(s, ERR_DAMAGED);
	else
		s->events->open(s->ctx, local(name));
}

static void XMLCALL on_close(void *user, const XML_Char *name)
{
	struct state *s = user;
	if (s->e)
		return;
	s->text[s->len] = 0;
	s->len = 0;
	s->depth--;
	err_t e = s->events->close(s->ctx, local(name), s->text);
	if (e)
		stop(s, e);
}

static void XMLCALL on_text(void *user, const XML_Char *text, int n)
{
	struct state *s = user;
	if (s->e)
		return;
	if (n < 0 || (size_t)n > XML_MAX_TEXT - s->len) {
		stop(s, ERR_DAMAGED);
		return;
	}
	memcpy(s->text + s->len, text, (size_t)n);
	s->len += (size_t)n;
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
                               int internal)
{
	(void)name, (void)sysid, (void)pubid, (void)internal;
	stop(user, ERR_DAMAGED);
}

err_t xml_parse(struct span in, const struct xml_events *events, void *ctx)
{
	struct state s = { .events = events, .ctx = ctx };
	if (in.len > INT_MAX)
		return ERR_DAMAGED;
	s.parser = XML_ParserCreate(NULL);
	if (!s.parser)
		return ERR_NOMEM;
	XML_SetUserData(s.parser, &s);
	XML_SetElementHandler(s.parser, on_open, on_close);
	XML_SetCharacterDataHandler(s.parser, on_text);
	XML_SetStartDoctypeDeclHandler(s.parser, on_doctype);
	bool ok = XML_Parse(s.parser, in.len ? in.p : "", (int)in.len, XML_TRUE) == XML_STATUS_OK;
	bool memory = !ok && XML_GetErrorCode(s.parser) == XML_ERROR_NO_MEMORY;
	XML_ParserFree(s.parser);
	if (s.e)
		return s.e;
	if (ok)
		return ERR_OK;
	return memory ? ERR_NOMEM : ERR_DAMAGED;
}
