/* SPDX-License-Identifier: MIT */
#include "cli/vaults/invited_file.h"

#include "cli/ui/escape.h"
#include "crypto/crypto.h"
#include "util/cleanup.h"
#include "vault/join/signer.h"

#include <string.h>

#define FILE_NAME "invited"
#define LABEL "cloudseal invited"
#define INVITED_VERSION 1
#define INVITED_MAX 4096

void invited_wipe(struct invited *i)
{
	crypto_wipe(i, sizeof(*i));
}

/* mark_of: which code it is of; whoever has not that learns nothing by it. */
static err_t mark_of(const struct invitation *of, struct id *ret)
{
	uint8_t mac[HASH_LEN];
	err_t e = crypto_hmac(SPAN(of->name.b, sizeof(of->name.b)), span_str(FILE_NAME), mac);
	if (!e)
		*ret = id_from(mac);
	return e;
}

/* read_file: the envelope; ERR_NOTFOUND: also of another code. */
static err_t read_file(const struct vault_dir *v, const struct invitation *of, struct buf *all, struct span *ret)
{
	struct id mark;
	err_t e = vaults_read(v, FILE_NAME, INVITED_MAX, all, NULL);
	if (!e)
		e = mark_of(of, &mark);
	if (e)
		return e;
	struct rd r = RD(buf_span(all));
	const uint8_t version = rd_u8(&r);
	const struct id is = rd_id(&r);
	if (r.bad || version != INVITED_VERSION || !crypto_equal(is.b, mark.b, sizeof(is.b)))
		return ERR_NOTFOUND;
	*ret = SPAN(r.p, r.left);
	return ERR_OK;
}

bool invited_file_is(const struct vault_dir *v, const struct invitation *of)
{
	cleanup(buf_free) struct buf all = BUF_INIT;
	struct span sealed;
	return !read_file(v, of, &all, &sealed);
}

static err_t about_of(const struct invitation *of, struct buf *out)
{
	buf_put(out, LABEL, strlen(LABEL));
	buf_id(out, of->vault);
	buf_hash(out, of->genesis);
	return buf_ok(out);
}

static err_t seal(const struct invitation *of, const struct key *local, const struct invited *i, struct buf *out)
{
	cleanup(key_wipe) struct key k = { 0 };
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	cleanup(buf_free) struct buf about = BUF_INIT;
	buf_put(&text, i->seed.b, sizeof(i->seed.b));
	buf_put(&text, i->name, strlen(i->name));
	err_t e = buf_ok(&text);
	if (!e)
		e = about_of(of, &about);
	if (!e)
		e = crypto_subkey(local, LABEL, SPAN(NULL, 0), &k);
	return e ? e : envelope_seal(of->cipher, &k, buf_span(&about), buf_span(&text), out);
}

err_t invited_file_save(const struct vault_dir *v, const struct invitation *of, const struct key *local,
                        const struct invited *i, struct why *why)
{
	cleanup(buf_free) struct buf all = BUF_INIT;
	struct id mark;
	err_t e = mark_of(of, &mark);
	if (e)
		return e;
	buf_u8(&all, INVITED_VERSION);
	buf_id(&all, mark);
	e = seal(of, local, i, &all);
	return e ? e : vaults_write(v, FILE_NAME, buf_span(&all), why);
}

static err_t parse(struct span text, struct invited *ret)
{
	struct rd r = RD(text);
	struct invited i = { .name = "" };
	rd_copy(&r, i.seed.b, sizeof(i.seed.b));
	if (r.bad || !signer_name_ok(SPAN(r.p, r.left)))
		return ERR_DAMAGED;
	memcpy(i.name, r.p, r.left);
	*ret = i;
	invited_wipe(&i);
	return ERR_OK;
}

err_t invited_file_load(const struct vault_dir *v, const struct invitation *of, const struct key *local,
                        struct invited *ret, struct why *why)
{
	cleanup(key_wipe) struct key k = { 0 };
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	cleanup(buf_free) struct buf all = BUF_INIT, about = BUF_INIT;
	struct span sealed;
	err_t e = read_file(v, of, &all, &sealed);
	if (!e)
		e = about_of(of, &about);
	if (!e)
		e = crypto_subkey(local, LABEL, SPAN(NULL, 0), &k);
	if (!e)
		e = envelope_open(of->cipher, &k, buf_span(&about), sealed, &text);
	if (!e)
		e = parse(buf_span(&text), ret);
	return e ? why_set(why, e, "what an earlier try left here is damaged: ask for a new invitation") : ERR_OK;
}

void invited_file_drop(const struct vault_dir *v)
{
	if (unlinkat(v->fd, FILE_NAME, 0) && errno != ENOENT)
		escape_print(stderr, "cloudseal: warning: could not remove %s/" FILE_NAME, v->path);
}
