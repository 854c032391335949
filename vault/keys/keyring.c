/* SPDX-License-Identifier: MIT
 * The keyring and every key derived from it live in the secret allocator. Purpose keys are derived once, when an epoch
 * is added, so that asking for one costs a lock and a copy.
 */
#include "vault/keys/keyring.h"

#include "util/cleanup.h"

#include <string.h>

#define EPOCHS_MAX 65536u

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
	struct epoch *epochs;      /* lock; secret_alloc'ed, by ascending number */
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

static struct epoch *find(const struct keyring *k, uint32_t epoch)
{
	for (size_t i = k->n; i-- > 0;)
		if (k->epochs[i].number == epoch)
			return &k->epochs[i];
	return NULL;
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

/* insert: a longer copy with `e` at its place by number. */
static err_t insert(struct keyring *k, const struct epoch *e)
{
	if (k->n >= EPOCHS_MAX)
		return ERR_LIMIT;
	struct epoch *list = secret_alloc((k->n + 1) * sizeof(*list));
	if (!list)
		return ERR_NOMEM;
	size_t at = k->n;
	while (at > 0 && k->epochs[at - 1].number > e->number)
		at--;
	if (k->n) {
		memcpy(list, k->epochs, at * sizeof(*list));
		memcpy(list + at + 1, k->epochs + at, (k->n - at) * sizeof(*list));
	}
	list[at] = *e;
	secret_free(k->epochs);
	k->epochs = list;
	k->n++;
	return ERR_OK;
}

static bool same(const struct epoch *a, const struct epoch *b)
{
	return crypto_equal(&a->root, &b->root, sizeof(a->root)) && hash_eq(a->id, b->id);
}

/* known: `new` for an epoch that is there as `old`. */
static err_t known(struct epoch *old, const struct epoch *new)
{
	if (!same(old, new)) {
		if (new->claimed || !old->claimed)
			return ERR_EXISTS;
		*old = *new;
	}
	old->claimed &= new->claimed;
	return ERR_OK;
}

static err_t add(struct keyring *k, uint32_t epoch, struct hash id, const struct key *root, bool claimed)
{
	if (epoch == 0)
		return ERR_INVAL;
	if (epoch > EPOCHS_MAX) /* readers count up to the newest: a claim must not make that take for ever */
		return ERR_LIMIT;
	cleanup(secret_freep) struct epoch *new = secret_alloc(sizeof(*new));
	if (!new)
		return ERR_NOMEM;
	new->number = epoch;
	new->claimed = claimed;
	new->id = id;
	new->root = *root;
	err_t e = derive(k, new);
	if (e)
		return e;
	guard(&k->lock);
	struct epoch *old = find(k, epoch);
	if (old)
		return known(old, new);
	if (epoch == 1)
		e = make_namehash(k, root);
	if (!e && epoch == 1)
		e = make_tag_key(k, root);
	if (!e)
		e = insert(k, new);
	if (e && epoch == 1)
		namehash_freep(&k->namehash);
	return e;
}

err_t keyring_add(struct keyring *k, uint32_t epoch, struct hash id, const struct key *root)
{
	return add(k, epoch, id, root, false);
}

err_t keyring_claim(struct keyring *k, uint32_t epoch, struct hash id, const struct key *root)
{
	return add(k, epoch, id, root, true);
}

uint32_t keyring_epoch(const struct keyring *k)
{
	guard(lock_of(k));
	for (size_t i = k->n; i-- > 0;)
		if (!k->epochs[i].claimed)
			return k->epochs[i].number;
	return 0;
}

uint32_t keyring_claimed(const struct keyring *k)
{
	guard(lock_of(k));
	return k->n ? k->epochs[k->n - 1].number : 0;
}

err_t keyring_epoch_id(const struct keyring *k, uint32_t epoch, struct hash *id)
{
	guard(lock_of(k));
	const struct epoch *e = find(k, epoch);
	if (!e)
		return ERR_NOTFOUND;
	*id = e->id;
	return ERR_OK;
}

err_t keyring_key(const struct keyring *k, uint32_t epoch, enum key_purpose purpose, struct key *ret)
{
	if ((unsigned)purpose >= KEY_PURPOSES)
		return ERR_INVAL;
	guard(lock_of(k));
	const struct epoch *e = find(k, epoch);
	if (!e)
		return ERR_NOTFOUND;
	*ret = e->purpose[purpose];
	return ERR_OK;
}

err_t keyring_epoch_root(const struct keyring *k, uint32_t epoch, struct key *ret)
{
	guard(lock_of(k));
	const struct epoch *e = find(k, epoch);
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
