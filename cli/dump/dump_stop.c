/* SPDX-License-Identifier: MIT */
#include "cli/dump/dump_stop.h"

#include "util/cleanup.h"

err_t dump_wait_begin(struct dump_stop *s, struct dump_wait *w)
{
	guard(&s->lock);
	if (s->stopped)
		return ERR_CANCELED;
	w->next = s->waiting;
	s->waiting = w;
	return ERR_OK;
}

void dump_wait_end(struct dump_stop *s, const struct dump_wait *w)
{
	guard(&s->lock);
	for (struct dump_wait **p = &s->waiting; *p; p = &(*p)->next) {
		if (*p == w) {
			*p = w->next;
			return;
		}
	}
}

/* Under the lock, so that no store is closed meanwhile: a shutdown waits for answers alone, which need no lock of ours.
 */
void dump_stop(struct dump_stop *s)
{
	guard(&s->lock);
	s->stopped = true;
	for (struct dump_wait *w = s->waiting; w; w = w->next)
		w->store->ops->shutdown(w->store);
}
