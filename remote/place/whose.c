/* SPDX-License-Identifier: MIT */
#include "remote/place/whose.h"

#include "util/cleanup.h"

#include <stdio.h>
#include <string.h>

#define SHOWN ((size_t)4) /* characters of an id: to tell two apart */

void whose_init(struct whose *w)
{
	pthread_mutex_init(&w->lock, NULL);
	w->text[0] = 0;
}

void whose_keys(struct whose *w, const struct aws_keys *k)
{
	const size_t n = strlen(k->id);
	char key[24] = "a key";
	if (n > 2 * SHOWN)
		snprintf(key, sizeof(key), "key ...%s", k->id + n - SHOWN);
	guard(&w->lock);
	snprintf(w->text, sizeof(w->text), "%s, from %s%s", key, k->from, k->token[0] ? ", with a session token" : "");
}

void whose_login(struct whose *w, const struct login *l)
{
	guard(&w->lock);
	if (l)
		snprintf(w->text, sizeof(w->text), "user %.100s, from %s", l->user, l->from);
	else
		snprintf(w->text, sizeof(w->text), "no user");
}

void whose_get(struct whose *w, char out[STORE_WHOSE_MAX])
{
	guard(&w->lock);
	memcpy(out, w->text, STORE_WHOSE_MAX);
}

void whose_destroy(struct whose *w)
{
	pthread_mutex_destroy(&w->lock);
}
