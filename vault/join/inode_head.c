/* SPDX-License-Identifier: MIT */
#include "vault/join/inode_head.h"

#include "util/cleanup.h"
#include "vault/join/attr.h"

#include <string.h>
#include <sys/stat.h>

static bool type_ok(uint8_t type)
{
	unsigned m = (unsigned)type << 12;
	return S_ISREG(m) || S_ISDIR(m) || S_ISLNK(m) || S_ISCHR(m) || S_ISBLK(m) || S_ISFIFO(m) || S_ISSOCK(m);
}

static err_t read_identity(struct nodes list, struct inode_head *h)
{
	const struct node *g = group_find(list, GROUP_IDENTITY);
	if (!g)
		return ERR_OK;
	struct rd r = RD(g->bytes);
	h->birth = rd_id(&r);
	h->type = rd_u8(&r);
	bool ok = g->class == GROUP_VALUE && !stamp_cmp(g->stamp, STAMP_ZERO) && rd_end(&r) && type_ok(h->type);
	return ok ? ERR_OK : ERR_DAMAGED;
}

static err_t read_attr(struct nodes list, enum attr_group i, struct attr *a)
{
	const struct node *g = group_find(list, (uint16_t)(GROUP_ATTR + i));
	if (!g)
		return ERR_OK;
	if (g->class != GROUP_VALUE || !attr_ok(i, g->bytes))
		return ERR_DAMAGED;
	a->there = true;
	a->stamp = g->stamp;
	buf_put(&a->value, g->bytes.p, g->bytes.len);
	return buf_ok(&a->value);
}

err_t inode_head_read(struct nodes list, uint64_t ino, struct inode_head *ret)
{
	cleanup(inode_head_free) struct inode_head h = { .ino = ino };
	err_t e = read_identity(list, &h);
	for (unsigned i = 0; !e && i < ATTR_GROUPS; i++)
		e = read_attr(list, (enum attr_group)i, &h.attr[i]);
	if (e)
		return e;
	*ret = h;
	h = (struct inode_head){ 0 };
	return ERR_OK;
}

void inode_head_free(struct inode_head *h)
{
	for (size_t i = 0; i < ATTR_GROUPS; i++)
		buf_free(&h->attr[i].value);
	*h = (struct inode_head){ 0 };
}

void inode_head_write(struct record *r, const struct inode_head *h)
{
	uint8_t identity[ID_LEN + 1];
	id_put(identity, h->birth);
	identity[ID_LEN] = h->type;
	if (h->type)
		group_value(r, GROUP_IDENTITY, STAMP_ZERO, SPAN(identity, sizeof(identity)));
	for (unsigned i = 0; i < ATTR_GROUPS; i++)
		if (h->attr[i].there)
			group_value(r, (uint16_t)(GROUP_ATTR + i), h->attr[i].stamp, buf_span(&h->attr[i].value));
}
