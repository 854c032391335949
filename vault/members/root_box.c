/* SPDX-License-Identifier: MIT */
#include "vault/members/root_box.h"

#include "crypto/hash.h"
#include "util/cleanup.h"

#include <string.h>

err_t root_box_commits(const struct root_box_at *at, const struct key *root, struct hash *ret)
{
	cleanup(buf_free) struct buf context = BUF_INIT;
	struct key k;
	buf_id(&context, at->vault);
	buf_u32(&context, at->number);
	err_t e = buf_ok(&context);
	if (!e)
		e = crypto_subkey(root, "cloudseal root commitment", buf_span(&context), &k);
	if (!e)
		*ret = hash_from(k.b);
	return e;
}

err_t root_box_proves(const struct root_box_at *at, const struct key *root, uint8_t ret[ROOT_BOX_PROOF])
{
	cleanup(key_wipe) struct key k = { 0 };
	cleanup(buf_wipe_free) struct buf in = BUF_INIT;
	buf_u32(&in, at->number);
	buf_put(&in, root->b, sizeof(root->b));
	err_t e = buf_ok(&in);
	if (!e)
		e = crypto_subkey(at->first, "cloudseal root proof", hash_span(&at->genesis), &k);
	return e ? e : crypto_hmac(SPAN(k.b, sizeof(k.b)), buf_span(&in), ret);
}

/* bound_to: associated data of a box: of epoch 1 "cloudseal root" || vault id || commitment, of another "cloudseal
 * epoch" || V || number || receiver's id. */
static err_t bound_to(const struct root_box_at *at, struct id id, struct hash commitment, struct buf *out)
{
	const char *label = at->number == 1 ? "cloudseal root" : "cloudseal epoch";
	buf_put(out, label, strlen(label));
	buf_id(out, at->vault);
	if (at->number == 1) {
		buf_hash(out, commitment);
	} else {
		buf_hash(out, at->genesis);
		buf_u32(out, at->number);
		buf_id(out, id);
	}
	return buf_ok(out);
}

static err_t draw(const struct key *root, struct id id, struct box_draw *ret)
{
	cleanup(key_wipe) struct key salt = { 0 };
	err_t e = crypto_subkey(root, "cloudseal ephemeral", id_span(&id), &ret->ephemeral);
	if (!e)
		e = crypto_subkey(root, "cloudseal box salt", id_span(&id), &salt);
	memcpy(ret->salt, salt.b, sizeof(ret->salt));
	return e;
}

/* text_of: what is in a box: root, proof of a later one. */
static err_t text_of(const struct root_box_at *at, const struct key *root, struct buf *out)
{
	uint8_t proof[ROOT_BOX_PROOF];
	buf_put(out, root->b, sizeof(root->b));
	if (at->number > 1) {
		err_t e = root_box_proves(at, root, proof);
		if (e)
			return e;
		buf_put(out, proof, sizeof(proof));
	}
	return buf_ok(out);
}

err_t root_box_seal(const struct root_box_at *at, const struct key *root, struct id id, const struct box_to *to,
                    struct buf *out)
{
	cleanup(box_draw_wipe) struct box_draw d = { 0 };
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	cleanup(buf_free) struct buf aad = BUF_INIT;
	struct hash commitment;
	err_t e = root_box_commits(at, root, &commitment);
	if (!e)
		e = bound_to(at, id, commitment, &aad);
	if (!e)
		e = text_of(at, root, &text);
	if (!e)
		e = draw(root, id, &d);
	return e ? e : box_seal(at->cipher, to, &d, buf_span(&aad), buf_span(&text), out);
}

/* fits: the text is that of a root with this commitment. */
static err_t fits(const struct root_box_at *at, struct span text, const struct hash *commitment, struct key *root)
{
	cleanup(buf_wipe_free) struct buf want = BUF_INIT;
	struct hash is;
	if (text.len < sizeof(root->b))
		return ERR_DAMAGED;
	memcpy(root->b, text.p, sizeof(root->b));
	err_t e = text_of(at, root, &want);
	if (!e)
		e = root_box_commits(at, root, &is);
	if (e)
		return e;
	bool ok = want.len == text.len && crypto_equal(want.p, text.p, text.len) &&
	          (!commitment || crypto_equal(is.b, commitment->b, HASH_LEN));
	return ok ? ERR_OK : ERR_DAMAGED;
}

err_t root_box_open(const struct root_box_at *at, const struct root_box_mine *mine, struct span box,
                    const struct hash *commitment, struct key *ret)
{
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	cleanup(buf_free) struct buf aad = BUF_INIT;
	cleanup(key_wipe) struct key root = { 0 };
	if (!commitment && at->number == 1)
		return ERR_INVAL;
	err_t e = bound_to(at, mine->id, commitment ? *commitment : HASH_ZERO, &aad);
	if (!e)
		e = box_open(at->cipher, &mine->by, buf_span(&aad), box, &text);
	if (!e)
		e = fits(at, buf_span(&text), commitment, &root);
	if (!e)
		*ret = root;
	return e;
}
