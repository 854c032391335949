/* SPDX-License-Identifier: MIT */
#include "vault/join/inode_head.h"

#include "util/cleanup.h"
#include "vault/join/attr.h"

#include <string.h>
#include <sys/stat.h>

static bool type_ok(uint8_t type)
{
	unsigned m = (unsigned)type << 12;
	if (m & ~(unsigned)S_IFMT)
		return false;
	return S_ISREG(m) || S_ISDIR(m) || S_ISLNK(m) || S_ISCHR(m) || S_ISBLK(m) || S_ISFIFO(m) || S_ISSOCK(m);
}

void inode_identity_read(struct nodes list, struct inode_head *h, bool *odd)
{
	const struct group_node *g = group_find(list, GROUP_IDENTITY);
	if (!g)
		return;
	struct rd r = RD(g->bytes);
	struct id birth = rd_id(&r);
	uint8_t type = rd_u8(&r);
	if (g->class != GROUP_VALUE || stamp_cmp(g->stamp, STAMP_ZERO) || !rd_end(&r) || !type_ok(type)) {
		*odd = true;
		return;
	}
	h->birth = birth;
	h->type = type;
}

/* find_attr: NULL: none, or no attribute of that kind, which is odd. */
static const struct group_node *find_attr(struct nodes list, enum attr_group i, bool *odd)
{
	const struct group_node *g = group_find(list, (uint16_t)(GROUP_ATTR + i));
	bool fine = g && g->class == GROUP_VALUE && attr_ok(i, g->bytes);
	*odd |= g && !fine;
	return fine ? g : NULL;
}

static bool is_device(uint8_t type)
{
	unsigned m = (unsigned)type << 12;
	return S_ISCHR(m) || S_ISBLK(m);
}

void inode_head_check(struct nodes list, struct inode_head *h, bool *odd)
{
	inode_identity_read(list, h, odd);
	for (unsigned i = 0; i < ATTR_GROUPS; i++) {
		bool there = find_attr(list, (enum attr_group)i, odd);
		*odd |= there && i == ATTR_RDEV && h->type && !is_device(h->type);
	}
}

static err_t read_attr(struct nodes list, enum attr_group i, struct attr *a, bool *odd)
{
	const struct group_node *g = find_attr(list, i, odd);
	if (!g)
		return ERR_OK;
	a->there = true;
	a->stamp = g->stamp;
	buf_put(&a->value, g->bytes.p, g->bytes.len);
	return buf_ok(&a->value);
}

/* only_devices: have rdev; of what is not known to be something else it is kept. */
static void only_devices(struct inode_head *h, bool *odd)
{
	if (h->type == 0 || is_device(h->type) || !h->attr[ATTR_RDEV].there)
		return;
	*odd = true;
	buf_free(&h->attr[ATTR_RDEV].value);
	h->attr[ATTR_RDEV] = (struct attr){ 0 };
}

err_t inode_head_read(struct nodes list, uint64_t ino, struct inode_head *ret, bool *odd)
{
	cleanup(inode_head_free) struct inode_head h = { .ino = ino };
	err_t e = ERR_OK;
	inode_identity_read(list, &h, odd);
	for (unsigned i = 0; !e && i < ATTR_GROUPS; i++)
		e = read_attr(list, (enum attr_group)i, &h.attr[i], odd);
	if (e)
		return e;
	only_devices(&h, odd);
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

void inode_identity_write(struct record *r, const struct inode_head *h)
{
	uint8_t identity[ID_LEN + 1];
	id_put(identity, h->birth);
	identity[ID_LEN] = h->type;
	if (h->type)
		group_value(r, GROUP_IDENTITY, STAMP_ZERO, SPAN(identity, sizeof(identity)));
}

void inode_head_write(struct record *r, const struct inode_head *h)
{
	inode_identity_write(r, h);
	inode_attrs_write(r, h);
}

void inode_attrs_write(struct record *r, const struct inode_head *h)
{
	for (unsigned i = 0; i < ATTR_GROUPS; i++)
		if (h->attr[i].there)
			group_value(r, (uint16_t)(GROUP_ATTR + i), h->attr[i].stamp, buf_span(&h->attr[i].value));
}
