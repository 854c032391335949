/* SPDX-License-Identifier: MIT
 * The keyring and every key derived from it live in the secret allocator. Purpose keys are derived once, when an epoch
 * is added, so that asking for one costs a lock and a copy.
 */
#include "vault/keys/keyring.h"

#include "util/cleanup.h"

#include <string.h>

struct epoch {
	uint32_t number;
	bool claimed; /* by a header only */
	struct hash id;
	struct key root, purpose[KEY_PURPOSES];
};

struct keyring { /* secret_alloc'ed */
	enum cipher cipher;
	struct id vault;
	struct hash genesis;
	pthread_mutex_t lock;
	struct epoch *epochs;      /* lock; secret_alloc'ed, ascending by number, then id */
	size_t n;                  /* lock */
	struct namehash *namehash; /* lock; set once with epoch 1, constant from then on; so is: */
	struct key tag;
};

struct keyring *keyring_new(enum cipher c, struct id vault_id, struct hash genesis)
{
	struct keyring *k = cipher_known(c) ? secret_alloc(sizeof(*k)) : NULL;
	if (!k)
		return NULL;
	if (pthread_mutex_init(&k->lock, NULL)) {
		secret_free(k);
		return NULL;
	}
	k->cipher = c;
	k->vault = vault_id;
	k->genesis = genesis;
	return k;
}

void keyring_freep(struct keyring **k)
{
	if (!*k)
		return;
	namehash_freep(&(*k)->namehash);
	secret_free((*k)->epochs);
	pthread_mutex_destroy(&(*k)->lock);
	secret_free(steal_ptr(*k));
}

enum cipher keyring_cipher(const struct keyring *k)
{
	return k->cipher;
}

struct id keyring_vault(const struct keyring *k)
{
	return k->vault;
}

struct hash keyring_genesis(const struct keyring *k)
{
	return k->genesis;
}

/* lock_of: readers of a const keyring lock it too. */
static pthread_mutex_t *lock_of(const struct keyring *k)
{
	return &((struct keyring *)(uintptr_t)k)->lock;
}

/* at: NULL: no such place. */
static struct epoch *at(const struct keyring *k, uint32_t place)
{
	return place >= 1 && place <= k->n ? &k->epochs[place - 1] : NULL;
}

static int order(const struct epoch *e, uint32_t number, struct hash id)
{
	if (e->number != number)
		return e->number < number ? -1 : 1;
	return hash_cmp(e->id, id);
}

/* before: how many are before that one. */
static size_t before(const struct keyring *k, uint32_t number, struct hash id)
{
	size_t n = k->n;
	while (n > 0 && order(&k->epochs[n - 1], number, id) >= 0)
		n--;
	return n;
}

static struct epoch *find(const struct keyring *k, uint32_t number, struct hash id)
{
	struct epoch *e = at(k, (uint32_t)before(k, number, id) + 1);
	return e && order(e, number, id) == 0 ? e : NULL;
}

static err_t derive(const struct keyring *k, struct epoch *e)
{
	const struct epoch_at at = { k->vault, k->genesis, e->number, e->id };
	err_t err = ERR_OK;
	for (int i = 0; !err && i < KEY_PURPOSES; i++)
		err = epoch_key(&e->root, &at, (enum key_purpose)i, &e->purpose[i]);
	return err;
}

static err_t make_namehash(struct keyring *k, const struct key *root)
{
	cleanup(key_wipe) struct key sub = { 0 };
	err_t e = crypto_subkey(root, "cloudseal namehash", id_span(&k->vault), &sub);
	if (e)
		return e;
	k->namehash = namehash_new(sub.b);
	return k->namehash ? ERR_OK : ERR_NOMEM;
}

static err_t make_tag_key(struct keyring *k, const struct key *root)
{
	return crypto_subkey(root, "cloudseal tag", id_span(&k->vault), &k->tag);
}

static size_t claims(const struct keyring *k)
{
	size_t n = 0;
	for (size_t i = 0; i < k->n; i++)
		n += k->epochs[i].claimed;
	return n;
}

/* insert: a longer copy with `e` at its place. */
static err_t insert(struct keyring *k, const struct epoch *e)
{
	if (k->n >= 2 * KEYRING_NUMBER_MAX || (e->claimed && claims(k) >= KEYRING_CLAIMS_MAX))
		return ERR_LIMIT;
	struct epoch *list = secret_alloc((k->n + 1) * sizeof(*list));
	if (!list)
		return ERR_NOMEM;
	size_t i = before(k, e->number, e->id);
	if (k->n) {
		memcpy(list, k->epochs, i * sizeof(*list));
		memcpy(list + i + 1, k->epochs + i, (k->n - i) * sizeof(*list));
	}
	list[i] = *e;
	secret_free(k->epochs);
	k->epochs = list;
	k->n++;
	return ERR_OK;
}

/* known: `new` for an epoch that is there as `old`. */
static err_t known(struct epoch *old, const struct epoch *new)
{
	if (!crypto_equal(&old->root, &new->root, sizeof(old->root))) {
		if (new->claimed || !old->claimed)
			return ERR_EXISTS;
		*old = *new;
	}
	old->claimed &= new->claimed;
	return ERR_OK;
}

/* first_root: what is derived of the root of epoch 1 alone. */
static err_t first_root(struct keyring *k, const struct key *root)
{
	err_t e = make_namehash(k, root);
	return e ? e : make_tag_key(k, root);
}

static err_t add(struct keyring *k, const struct epoch *of)
{
	if (of->number == 0 || (of->number == 1 && !hash_eq(of->id, k->genesis)))
		return ERR_INVAL;
	if (of->number > KEYRING_NUMBER_MAX)
		return ERR_LIMIT;
	cleanup(secret_freep) struct epoch *new = secret_alloc(sizeof(*new));
	if (!new)
		return ERR_NOMEM;
	*new = *of;
	err_t e = derive(k, new);
	if (e)
		return e;
	guard(&k->lock);
	struct epoch *old = find(k, of->number, of->id);
	if (old)
		return known(old, new);
	if (of->number == 1)
		e = first_root(k, &new->root);
	if (!e)
		e = insert(k, new);
	if (e && of->number == 1)
		namehash_freep(&k->namehash);
	return e;
}

err_t keyring_add(struct keyring *k, uint32_t number, struct hash id, const struct key *root)
{
	cleanup(secret_freep) struct epoch *e = secret_alloc(sizeof(*e));
	if (!e)
		return ERR_NOMEM;
	*e = (struct epoch){ .number = number, .id = id, .root = *root };
	return add(k, e);
}

err_t keyring_claim(struct keyring *k, uint32_t number, struct hash id, const struct key *root)
{
	cleanup(secret_freep) struct epoch *e = secret_alloc(sizeof(*e));
	if (!e)
		return ERR_NOMEM;
	*e = (struct epoch){ .number = number, .claimed = true, .id = id, .root = *root };
	return add(k, e);
}

/* newest: that is not claimed alone; 0: none. */
static uint32_t newest(const struct keyring *k)
{
	for (size_t i = k->n; i-- > 0;)
		if (!k->epochs[i].claimed)
			return (uint32_t)i + 1;
	return 0;
}

uint32_t keyring_epoch(const struct keyring *k)
{
	guard(lock_of(k));
	return newest(k);
}

uint32_t keyring_claimed(const struct keyring *k)
{
	guard(lock_of(k));
	return (uint32_t)k->n;
}

uint32_t keyring_from(const struct keyring *k, uint32_t number)
{
	static const struct hash zero;
	guard(lock_of(k));
	return (uint32_t)before(k, number, zero) + 1;
}

uint32_t keyring_find(const struct keyring *k, uint32_t number, struct hash id)
{
	guard(lock_of(k));
	return find(k, number, id) ? (uint32_t)before(k, number, id) + 1 : 0;
}

uint32_t keyring_number(const struct keyring *k, uint32_t place)
{
	guard(lock_of(k));
	const struct epoch *e = at(k, place);
	return e ? e->number : 0;
}

err_t keyring_epoch_id(const struct keyring *k, uint32_t place, struct hash *id)
{
	guard(lock_of(k));
	const struct epoch *e = at(k, place);
	if (!e)
		return ERR_NOTFOUND;
	*id = e->id;
	return ERR_OK;
}

err_t keyring_key(const struct keyring *k, uint32_t place, enum key_purpose purpose, struct key *ret)
{
	if ((unsigned)purpose >= KEY_PURPOSES)
		return ERR_INVAL;
	guard(lock_of(k));
	const struct epoch *e = at(k, place);
	if (!e)
		return ERR_NOTFOUND;
	*ret = e->purpose[purpose];
	return ERR_OK;
}

err_t keyring_next(const struct keyring *k, struct keyring_turn *t, enum key_purpose purpose, struct key *ret)
{
	if ((unsigned)purpose >= KEY_PURPOSES)
		return ERR_INVAL;
	guard(lock_of(k));
	uint32_t place = (uint32_t)before(k, t->number, t->last) + 1;
	const struct epoch *e = at(k, place);
	if (e && t->begun && order(e, t->number, t->last) == 0)
		e = at(k, place + 1);
	if (!e || e->number != t->number)
		return ERR_NOTFOUND;
	t->begun = true;
	t->last = e->id;
	*ret = e->purpose[purpose];
	return ERR_OK;
}

err_t keyring_seals(const struct keyring *k, enum key_purpose purpose, struct epoch_at *ret_at, struct key *ret)
{
	if ((unsigned)purpose >= KEY_PURPOSES)
		return ERR_INVAL;
	guard(lock_of(k));
	const struct epoch *e = at(k, newest(k));
	if (!e)
		return ERR_NOTFOUND;
	*ret_at = (struct epoch_at){ k->vault, k->genesis, e->number, e->id };
	*ret = e->purpose[purpose];
	return ERR_OK;
}

err_t keyring_epoch_root(const struct keyring *k, uint32_t place, struct key *ret)
{
	guard(lock_of(k));
	const struct epoch *e = at(k, place);
	if (!e)
		return ERR_NOTFOUND;
	*ret = e->root;
	return ERR_OK;
}

const struct namehash *keyring_namehash(const struct keyring *k)
{
	guard(lock_of(k));
	return k->namehash;
}

err_t keyring_tag(const struct keyring *k, struct span contents, struct id *ret)
{
	cleanup(key_wipe) struct key key = { 0 };
	uint8_t mac[HASH_LEN];
	{
		guard(lock_of(k));
		if (!k->namehash)
			return ERR_NOTFOUND;
		key = k->tag;
	}
	err_t e = crypto_hmac(SPAN(key.b, sizeof(key.b)), contents, mac);
	if (!e)
		*ret = id_from(mac);
	return e;
}
