/* SPDX-License-Identifier: MIT
 * By which credentials a store asks, in words that hold no secret: for any thread, beside those who use and renew them.
 */
#pragma once

#include "remote/place/credentials.h"
#include "remote/store.h"

#include <pthread.h>

struct whose {
	pthread_mutex_t lock;
	char text[STORE_WHOSE_MAX]; /* lock */
};
/* whose_keys: "key ...7QPE, from the environment": of a key's id its end. whose_login: "user NAME, from FILE"; NULL:
 * nobody's. */
void whose_init(struct whose *w);
void whose_keys(struct whose *w, const struct aws_keys *k);
void whose_login(struct whose *w, const struct login *l);
void whose_get(struct whose *w, char out[STORE_WHOSE_MAX]);
void whose_destroy(struct whose *w);
