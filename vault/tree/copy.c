/* SPDX-License-Identifier: MIT */
#include "vault/tree/copy.h"

#include "crypto/crypto.h"
#include "util/cleanup.h"

#define COPY_BIT (UINT64_C(1) << 63)

err_t copy_of(uint64_t ino, const struct version_id *root, bool alone, struct copy *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_put(&b, "cloudseal copy", 14);
	buf_u64(&b, ino);
	buf_u64(&b, root->stamp.lamport);
	buf_u64(&b, root->stamp.stream);
	buf_u64(&b, root->stamp.n);
	buf_id(&b, root->tag);
	buf_u8(&b, alone);
	struct hash h;
	err_t e = buf_ok(&b);
	if (e == ERR_OK)
		e = crypto_sha256(buf_span(&b), &h);
	if (e != ERR_OK)
		return e;
	struct rd r = RD(hash_span(&h));
	ret->ino = rd_u64(&r) | COPY_BIT;
	for (int i = 0; i < 8; i++)
		ret->birth.b[i] = (uint8_t)(ino >> 8 * i);
	rd_copy(&r, ret->birth.b + 8, 8);
	return ERR_OK;
}

err_t copy_of_version(const struct tree_file *f, const struct tree_version *v, struct version_id *ret_by,
                      struct copy *ret)
{
	bool alone = false;
	for (size_t i = 0; i < f->shown_n; i++) {
		const struct tree_version *w = &f->versions[i];
		alone |= version_id_cmp(w->root, v->root) == 0 && version_id_cmp(w->id, v->id) != 0;
	}
	*ret_by = alone ? v->id : v->root;
	return copy_of(f->ino, ret_by, alone, ret);
}

uint64_t copy_origin(struct id birth)
{
	struct rd r = RD(id_span(&birth));
	return rd_u64(&r);
}

err_t copy_path(const struct copy_version *v, copy_exists exists, void *ctx, struct copy_path *ret)
{
	ret->ino[0] = v->home;
	ret->alone = 0;
	for (ret->n = 1; ret->n <= COPIES_IN_A_ROW; ret->n++) {
		struct copy c;
		bool is = false;
		err_t e = copy_of(copy_path_end(ret), &v->id, true, &c);
		if (e == ERR_OK)
			e = exists(ctx, &c, &is);
		ret->alone |= (uint64_t)(e == ERR_OK && is) << (ret->n - 1);
		if (e == ERR_OK && !is)
			e = copy_of(copy_path_end(ret), &v->root, false, &c);
		if (e == ERR_OK && !is)
			e = exists(ctx, &c, &is);
		if (e != ERR_OK || !is)
			return e;
		ret->ino[ret->n] = c.ino;
	}
	return ERR_OK;
}
