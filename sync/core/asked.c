/* SPDX-License-Identifier: MIT */
#include "sync/core/asked.h"

#include "sync/core/sync_struct.h"

#define ASKED_ROW 3

void asked_begin(struct sync *s)
{
	s->asked.pulls = true;
	s->asked.answered = false;
	s->asked.passed = 0;
	s->asked.failed = ERR_OK;
}

bool asked_alone(err_t e)
{
	return e == ERR_REFUSED || e == ERR_IO;
}

bool asked_untaken(err_t e)
{
	return e == ERR_STOREFULL || e == ERR_DENIED || e == ERR_REFUSED || e == ERR_LIMIT;
}

static bool is_answer(err_t e)
{
	return !e || e == ERR_NOTFOUND || sync_unproved(e);
}

err_t asked_one(struct sync *s, err_t e)
{
	struct asked *a = &s->asked;
	if (is_answer(e)) {
		a->answered = true;
		a->row = 0;
	}
	if (!a->pulls || !asked_alone(e))
		return e;
	a->failed = a->failed ? a->failed : e;
	if (++a->row >= ASKED_ROW)
		return e;
	a->passed++;
	log_warn(AREA_SYNC, "the store does not answer for one object (%s): it is passed over", err_text(e));
	return ERR_NOTFOUND;
}

err_t asked_end(struct sync *s, err_t e)
{
	s->asked.pulls = false;
	return !e && s->asked.failed && !s->asked.answered ? s->asked.failed : e;
}

bool asked_all(const struct sync *s)
{
	return !s->asked.passed;
}
