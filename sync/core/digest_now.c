/* SPDX-License-Identifier: MIT */
#include "sync/core/digest_now.h"

#include "sync/core/sync_struct.h"

err_t digest_now(struct sync *s, struct hash *ret)
{
	struct digest_known *k = &s->digest;
	if (!k->is || memcmp(&k->of, &s->st.digest, sizeof(k->of))) {
		err_t e = lthash_digest(&s->st.digest, &k->hash);
		k->is = !e;
		if (e)
			return e;
		k->of = s->st.digest;
	}
	*ret = k->hash;
	return ERR_OK;
}
