/* SPDX-License-Identifier: MIT */
#include "cli/commands/join_invited.h"

#include "cli/secrets/new_passphrase.h"
#include "cli/secrets/terminal.h"
#include "cli/ui/escape.h"
#include "cli/ui/units.h"
#include "cli/vaults/disk.h"
#include "cli/vaults/invited_file.h"
#include "cli/vaults/local.h"
#include "cli/vaults/own.h"
#include "remote/requests/sync_calls.h"
#include "sync/core/state_form.h"
#include "util/cleanup.h"
#include "util/deadline.h"
#include "vault/members/root_box.h"
#include "vault/objects/invitation_request.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

#define LOOK_NS (2 * NS_PER_S)
#define AWAY_NS (60 * NS_PER_S) /* the store does not answer: then it is said */
#define GONE_LOOKS 3            /* the request is not there: a store may show it late */
#define CLOCK_S 3600            /* how wrong a clock may be */
#define ASK_ANEW "ask for a new one: cloudseal device invite on a device that has the vault"

struct asking {
	struct joining *j;
	struct unlock_source source;
	struct invitation v;
	struct invitation_offer offer;
	struct invited me;
	struct signer_mine *mine; /* with no mix key yet */
	struct buf request;
	struct hash request_hash;
};

static void asking_free(struct asking *a)
{
	invitation_wipe(&a->v);
	invited_wipe(&a->me);
	secret_freep(&a->mine);
	buf_free(&a->request);
}

/* -- code and offer ----------------------------------------------------------------------------------------------- */

static err_t keys_of_code(struct asking *a, struct why *why)
{
	cleanup(secret_freep) uint8_t *code = secret_alloc(INVITATION_CODE);
	if (!code)
		return ERR_NOMEM;
	err_t e = unlock_code(&a->source, code, why);
	secret_input_done();
	a->v.vault = a->j->header.g.vault;
	a->v.genesis = a->j->header.genesis_hash;
	a->v.cipher = a->j->header.g.cipher;
	return e ? e : invitation_of(code, &a->v);
}

/* get: one object of the invitation. */
static err_t get(struct asking *a, enum invitation_object which, struct buf *ret)
{
	char name[ID_TEXT];
	err_t e = invitation_name(&a->v, which, name);
	return e ? e : store_get_sync(a->j->v->store, name, 0, 0, INVITATION_MAX, ret);
}

static err_t see_offer(struct asking *a, struct why *why)
{
	cleanup(buf_free) struct buf object = BUF_INIT;
	err_t e = get(a, INVITATION_OFFER, &object);
	if (!e)
		e = invitation_offer_open(&a->v, buf_span(&object), &a->offer);
	if (e == ERR_VERSION)
		return why_set(why, e, "that invitation is of a newer cloudseal: update this one");
	if (e == ERR_NOTFOUND || e == ERR_DAMAGED || e == ERR_WRONGKEY || e == ERR_LIMIT)
		return why_set(
		        why, ERR_WRONGKEY,
		        "that code is not good here: it was used or withdrawn, or is of another vault; " ASK_ANEW);
	if (!e && time(NULL) > a->offer.until + CLOCK_S)
		return why_set(why, ERR_WRONGKEY, "that code is over, since it counts for a day; " ASK_ANEW);
	return e;
}

/* -- who asks ----------------------------------------------------------------------------------------------------- */

/* begin: a seed, and what opens it here. Whatever another try left goes. */
static err_t begin(struct asking *a, struct why *why)
{
	struct joining *j = a->j;
	cleanup(new_passphrase_free) struct new_passphrase pass = { 0 };
	const struct local_at at = local_of(&j->header);
	err_t e = new_vault_anew(j->v, why);
	if (!e)
		e = own_name(j->o->device_name, a->me.name, why);
	if (!e)
		e = new_passphrase_ask(&a->source, &pass, why);
	if (!e)
		e = crypto_random(a->me.seed.b, sizeof(a->me.seed.b));
	if (!e && !(j->at.local = secret_alloc(sizeof(*j->at.local))))
		e = ERR_NOMEM;
	if (!e)
		e = crypto_random(j->at.local->b, sizeof(j->at.local->b));
	if (!e)
		e = new_passphrase_set(&pass, &j->v->dir, &at, j->at.local, why);
	return e ? e : invited_file_save(&j->v->dir, &a->v, j->at.local, &a->me, why);
}

/* go_on: with an earlier try by this code. */
static err_t go_on(struct asking *a, struct why *why)
{
	struct joining *j = a->j;
	j->v->left = true;
	fprintf(stderr, "cloudseal: %s: going on with the try before, by the passphrase that was given then\n",
	        j->v->dir.name);
	err_t e = unlock_local(&j->v->dir, &j->header, &a->source, &j->at.local, why);
	if (e == ERR_WRONGKEY) {
		why->text[0] = 0;
		return why_set(why, e,
		               "that is not the passphrase that was given at the try before: try again, or " ASK_ANEW);
	}
	return e ? e : invited_file_load(&j->v->dir, &a->v, j->at.local, &a->me, why);
}

static err_t make_request(struct asking *a)
{
	struct invitation_request r = { .name = "" };
	const struct key none = { 0 };
	err_t e = signer_mine_of(a->v.vault, SIGNER_DEVICE, &a->me.seed, &none, &a->mine);
	if (!e)
		e = mine_prove(a->mine, a->v.genesis, r.proof);
	if (e)
		return e;
	memcpy(r.sign_key, a->mine->sign_key, sizeof(r.sign_key));
	memcpy(r.box_key, a->mine->box_key, sizeof(r.box_key));
	memcpy(r.name, a->me.name, sizeof(r.name));
	e = invitation_request_seal(&a->v, &a->offer, &r, &a->me.seed, &a->request);
	return e ? e : crypto_sha256(buf_span(&a->request), &a->request_hash);
}

/* -- asking ------------------------------------------------------------------------------------------------------- */

/* see_request: ERR_OK: ours is there; ERR_NOTFOUND: none; ERR_EXISTS: another. */
static err_t see_request(struct asking *a)
{
	cleanup(buf_free) struct buf there = BUF_INIT;
	err_t e = get(a, INVITATION_REQUEST, &there);
	if (e == ERR_LIMIT)
		return ERR_EXISTS;
	return e || !span_cmp(buf_span(&there), buf_span(&a->request)) ? e : ERR_EXISTS;
}

static err_t another(struct asking *a, struct why *why)
{
	a->j->v->left = false;
	return why_set(why, ERR_EXISTS,
	               "another device asks by that code, or a try that is lost did: if it is none of yours, say no "
	               "on the inviting device; " ASK_ANEW);
}

static err_t put_request(struct asking *a, struct why *why)
{
	char name[ID_TEXT];
	err_t e = invitation_name(&a->v, INVITATION_REQUEST, name);
	if (!e)
		e = see_request(a);
	if (e == ERR_NOTFOUND) {
		a->j->v->left = true; /* it may be there, whatever the answer */
		e = store_put_sync(a->j->v->store, name, buf_span(&a->request));
		if (!e)
			e = see_request(a);
		if (e == ERR_NOTFOUND)
			e = ERR_OK; /* not shown yet */
	}
	a->j->v->left |= !e;
	return e == ERR_EXISTS ? another(a, why) : e;
}

static err_t show_number(struct asking *a)
{
	uint32_t n;
	err_t e = invitation_number(&a->v, a->offer.hash, a->request_hash, &n);
	if (e)
		return e;
	escape_print(
	        stdout,
	        "This device asks to join as %s. Its number is %03u %03u %03u: the inviting device shows the same,",
	        a->me.name, n / 1000000, n / 1000 % 1000, n % 1000);
	puts("or somebody else is asking. Say yes there. Waiting for it; interrupted, the same command goes on.");
	return fflush(stdout) ? ERR_IO : ERR_OK;
}

/* -- the answer --------------------------------------------------------------------------------------------------- */

struct waiting {
	struct deadline end;
	int64_t answered; /* mono: when the store answered last */
	unsigned gone;    /* looks in a row without the request */
};

/* look: ERR_BUSY: nothing yet. */
static err_t look(struct asking *a, struct waiting *w)
{
	cleanup(buf_free) struct buf object = BUF_INIT;
	err_t e = get(a, INVITATION_REPLY, &object);
	if (!e)
		return invitation_reply_open(&a->v, &a->me.seed, a->request_hash, buf_span(&object), &a->j->reply);
	if (e != ERR_NOTFOUND)
		return e;
	e = see_request(a);
	w->gone = e == ERR_NOTFOUND ? w->gone + 1 : 0;
	if (e == ERR_NOTFOUND && w->gone >= GONE_LOOKS)
		return ERR_CANCELED;
	return !e || e == ERR_NOTFOUND ? ERR_BUSY : e;
}

/* away: of what may pass, until it has lasted. */
static bool away(struct waiting *w, err_t e)
{
	const int64_t now = clock_mono();
	if (e == ERR_BUSY)
		w->answered = now;
	return e == ERR_BUSY || ((e == ERR_NET || e == ERR_TIMEOUT) && now - w->answered < AWAY_NS);
}

static err_t tell(struct asking *a, err_t e, struct why *why)
{
	struct store_state state = { 0 };
	switch (e) {
	case ERR_EXISTS:
	case ERR_WRONGKEY:
		return another(a, why);
	case ERR_CANCELED:
		a->j->v->left = false;
		return why_set(why, ERR_WRONGKEY, "the inviting device said no, or withdrew that code; " ASK_ANEW);
	case ERR_BUSY:
		return why_set(why, ERR_TIMEOUT, "nobody has said yes yet: the same command goes on waiting");
	default:
		store_state_of(a->j->v->store, &state);
		return why_set(why, e, "%.400s: nothing is lost, the same command goes on",
		               state.last_text[0] ? state.last_text : err_text(e));
	}
}

static err_t wait_reply(struct asking *a, struct why *why)
{
	const int64_t wait = a->j->o->timeout ? a->j->o->timeout : a->offer.until + CLOCK_S - time(NULL);
	struct waiting w = { deadline_in(wait * NS_PER_S), clock_mono(), 0 };
	const struct timespec nap = { LOOK_NS / NS_PER_S, 0 };
	err_t e = look(a, &w);
	while (away(&w, e) && !deadline_passed(w.end)) {
		nanosleep(&nap, NULL);
		e = look(a, &w);
	}
	return e ? tell(a, e, why) : ERR_OK;
}

/* -- what it gives ------------------------------------------------------------------------------------------------ */

static err_t keys_of_reply(struct asking *a, struct why *why)
{
	struct joining *j = a->j;
	const struct invitation_reply *r = &j->reply;
	const struct root_box_at at = { a->v.vault, a->v.genesis, a->v.cipher, 1, NULL };
	struct hash commits;
	err_t e = root_box_commits(&at, &r->first, &commits);
	if (!e && !hash_eq(commits, j->header.g.commitment))
		return why_set(why, ERR_DAMAGED, "the answer does not open the vault whose header is there; " ASK_ANEW);
	if (!e && !(j->keyring = keyring_new(a->v.cipher, a->v.vault, a->v.genesis)))
		e = ERR_NOMEM;
	if (!e)
		e = keyring_add(j->keyring, 1, a->v.genesis, &r->first);
	if (!e && r->epoch > 1)
		e = keyring_claim(j->keyring, r->epoch, r->epoch_id, &r->root);
	memcpy(j->at.own.name, a->me.name, sizeof(a->me.name));
	return e ? e : signer_mine_of(a->v.vault, SIGNER_DEVICE, &a->me.seed, &r->mix, &j->at.own.mine);
}

static err_t remove_map(const struct new_vault *v, struct why *why)
{
	cleanup_fd int fd = openat(v->dir.fd, "map", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return ERR_OK;
	err_t e = disk_empty(fd, NULL, why);
	if (!e && unlinkat(v->dir.fd, "map", AT_REMOVEDIR))
		e = why_set(why, ERR_IO, "%.300s/map: %s", v->dir.path, strerror(errno));
	return e;
}

/* see_map: an earlier try's is gone on with once it says that this device's stream begins; what was half read goes. */
static err_t see_map(struct joining *j, struct why *why)
{
	struct map *map = NULL;
	err_t e = faccessat(j->v->dir.fd, "map", F_OK, AT_SYMLINK_NOFOLLOW)
	                  ? ERR_NOTFOUND
	                  : local_open(&j->v->dir, j->at.local, false, &map, NULL);
	if (!e)
		e = map_has(map, MAP_STATE, span_str(STATE_LIFE));
	if (!e) {
		j->at.map = map;
		return ERR_OK;
	}
	local_map_close(&map);
	return remove_map(j->v, why);
}

/* -- all of it ---------------------------------------------------------------------------------------------------- */

static err_t ask(struct asking *a, struct why *why)
{
	err_t e = invited_file_is(&a->j->v->dir, &a->v) ? go_on(a, why) : begin(a, why);
	secret_input_done();
	if (!e)
		e = make_request(a);
	if (!e)
		e = put_request(a, why);
	if (!e)
		e = show_number(a);
	return e ? e : wait_reply(a, why);
}

err_t join_invited(struct joining *j, struct why *why)
{
	cleanup(asking_free) struct asking a = { .j = j, .source = { &j->o->secret, &j->v->conf, j->v->dir.name } };
	err_t e = unlock_header_from(j->v->store, &j->header, why);
	if (!e)
		e = keys_of_code(&a, why);
	if (!e)
		e = see_offer(&a, why);
	if (!e)
		e = ask(&a, why);
	if (!e)
		e = keys_of_reply(&a, why);
	return e ? e : see_map(j, why);
}
