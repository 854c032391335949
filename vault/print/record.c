/* SPDX-License-Identifier: MIT */
#include "vault/print/record.h"

#include "util/cleanup.h"
#include "vault/keys/statement.h"
#include "vault/join/shared_key.h"
#include "vault/print/key_text.h"
#include "vault/print/local2.h"
#include "vault/print/record2.h"
#include "vault/records/record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EXTENTS_SHOWN 8

static void stamp(const struct fields *f, const char *name, struct timestamp s)
{
	fields_time(f, name, s.sec, s.nsec);
}

static void owner(const struct fields *f, const char *name, uint32_t id)
{
	if (id == OWNER_SELF)
		fields_word(f, name, "vault owner");
	else
		fields_number(f, name, id);
}

static err_t super(const struct fields *f, struct span value)
{
	uint32_t format;
	err_t e = super_decode(value, &format);
	if (!e)
		fields_number(f, "format", format);
	return e;
}

static void inode_contents(const struct fields *f, const struct inode_rec *in)
{
	if (S_ISLNK(in->mode)) {
		fields_text(f, "target", in->inline_data);
		return;
	}
	if (!S_ISREG(in->mode))
		return;
	fields_number(f, "inline_bytes", in->inline_data.len);
	fields_hex(f, "content", in->content.b, sizeof(in->content));
	fields_secret(f, "file_key");
}

static err_t inode(const struct fields *f, struct span value)
{
	struct inode_rec in;
	char mode[16];
	err_t e = inode_decode(value, &in);
	if (e)
		return e;
	snprintf(mode, sizeof(mode), "%06o", in.mode);
	fields_decimal(f, "ino", in.ino);
	fields_word(f, "mode", mode);
	owner(f, "uid", in.uid);
	owner(f, "gid", in.gid);
	fields_number(f, "size", in.size);
	fields_number(f, "rdev", in.rdev);
	stamp(f, "atime", in.atime);
	stamp(f, "mtime", in.mtime);
	stamp(f, "ctime", in.ctime);
	stamp(f, "btime", in.btime);
	fields_hex(f, "birth", in.birth.b, sizeof(in.birth));
	fields_hex(f, "version", in.version.b, sizeof(in.version));
	inode_contents(f, &in);
	return ERR_OK;
}

static const char *type_word(uint32_t type)
{
	switch (type) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symlink";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	case S_IFCHR:
		return "character device";
	default:
		return "block device";
	}
}

static err_t dirent(const struct fields *f, struct span value)
{
	struct dirent_rec list[DIRENT_TIES_MAX];
	size_t n;
	err_t e = dirent_decode(value, list, &n);
	if (e)
		return e;
	fields_open(f, "entries", FIELDS_LIST);
	for (size_t i = 0; i < n; i++) {
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_text(f, "name", list[i].name);
		fields_decimal(f, "ino", list[i].ino);
		fields_word(f, "type", type_word(list[i].type));
		fields_close(f);
	}
	fields_close(f);
	return ERR_OK;
}

static err_t xattr(const struct fields *f, struct span value)
{
	struct xattr_rec list[DIRENT_TIES_MAX];
	size_t n;
	err_t e = xattr_decode(value, list, &n);
	if (e)
		return e;
	fields_open(f, "attributes", FIELDS_LIST);
	for (size_t i = 0; i < n; i++) {
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_text(f, "name", list[i].name);
		fields_number(f, "bytes", list[i].value.len);
		fields_close(f);
	}
	fields_close(f);
	return ERR_OK;
}

static void first_extents(const struct fields *f, const struct extent *list, size_t n)
{
	fields_number(f, "extents", n);
	fields_open(f, "first_extents", FIELDS_LIST);
	for (size_t i = 0; i < MIN(n, (size_t)EXTENTS_SHOWN); i++) {
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_number(f, "offset", list[i].off);
		fields_number(f, "bytes", list[i].len);
		fields_hex(f, "block", list[i].block.b, sizeof(list[i].block));
		fields_number(f, "block_offset", list[i].block_off);
		fields_close(f);
	}
	fields_close(f);
}

static err_t extents(const struct fields *f, struct span key, struct span value)
{
	struct id content;
	uint32_t group;
	size_t n;
	cleanup_free struct extent *list = calloc(EXTENTS_MAX, sizeof(*list));
	if (!list)
		return ERR_NOMEM;
	if (!key_parse_extents(key, &content, &group))
		return ERR_DAMAGED;
	err_t e = extents_decode(value, group, list, EXTENTS_MAX, &n);
	if (!e)
		first_extents(f, list, n);
	return e;
}

static err_t alias(const struct fields *f, struct span value)
{
	uint64_t ino;
	err_t e = alias_decode(value, &ino);
	if (!e)
		fields_decimal(f, "ino", ino);
	return e;
}

static err_t block(const struct fields *f, struct span value)
{
	struct block_rec b;
	err_t e = block_rec_decode(value, &b);
	if (e)
		return e;
	fields_number(f, "bytes", b.length);
	fields_number(f, "epoch", b.epoch);
	fields_hex(f, "segment", b.segment.b, sizeof(b.segment));
	fields_number(f, "offset", b.offset);
	fields_number(f, "stored", b.stored);
	fields_hex(f, "hash", b.hash.b, sizeof(b.hash));
	return ERR_OK;
}

static err_t segment(const struct fields *f, struct span value)
{
	struct segment_rec s;
	err_t e = segment_rec_decode(value, &s);
	if (e)
		return e;
	fields_number(f, "bytes", s.size);
	fields_number(f, "blocks", s.blocks);
	fields_hex(f, "stream", s.stream.b, sizeof(s.stream));
	return ERR_OK;
}

static err_t device(const struct fields *f, struct span value)
{
	struct device_rec d;
	err_t e = device_decode(value, &d);
	if (e)
		return e;
	fields_text(f, "name", d.name);
	fields_hex(f, "sign_key", d.sign_key, sizeof(d.sign_key));
	fields_hex(f, "slot", d.slot.b, sizeof(d.slot));
	fields_time(f, "added", d.added, 0);
	return ERR_OK;
}

static err_t stream(const struct fields *f, struct span value)
{
	struct stream_rec s;
	err_t e = stream_decode(value, &s);
	if (e)
		return e;
	fields_hex(f, "device", s.device.b, sizeof(s.device));
	fields_flag(f, "closed", s.closed);
	if (s.closed)
		fields_number(f, "closed_at", s.closed_at);
	return ERR_OK;
}

static err_t statement(const struct fields *f, struct span value)
{
	static const char *const words[] = { [ST_JOIN] = "join",
		                             [ST_REVOKE] = "revoke",
		                             [ST_SLOT_ADD] = "slot added",
		                             [ST_SLOT_REMOVE] = "slot removed" };
	struct statement s;
	cleanup_free struct stream_cut *cuts = calloc(CUTS_MAX, sizeof(*cuts));
	if (!cuts)
		return ERR_NOMEM;
	err_t e = statement_decode(value, &s, cuts);
	if (e)
		return e;
	fields_word(f, "statement", words[s.kind]);
	fields_hex(f, "by_slot", s.slot.b, sizeof(s.slot));
	fields_number(f, "number", s.number);
	fields_time(f, "time", s.time, 0);
	return ERR_OK;
}

static err_t epoch(const struct fields *f, struct span value)
{
	cleanup(key_wipe) struct key root;
	err_t e = epoch_decode(value, &root);
	if (!e)
		fields_secret(f, "root");
	return e;
}

static err_t slot(const struct fields *f, struct span value)
{
	static const char *const words[] = {
		[SLOT_RECOVERY] = "recovery key", [SLOT_PASSPHRASE] = "passphrase", [SLOT_DEVICE] = "device"
	};
	struct slot_rec s;
	err_t e = slot_decode(value, &s);
	if (e)
		return e;
	fields_word(f, "opened_by", s.kind < ARRAY_LEN(words) && words[s.kind] ? words[s.kind] : "unknown");
	fields_secret(f, "seed");
	return ERR_OK;
}

static err_t checkpoint(const struct fields *f, struct span value)
{
	struct checkpoint_rec c;
	err_t e = checkpoint_decode(value, &c);
	if (e)
		return e;
	fields_hex(f, "manifest_object", c.manifest_id.b, sizeof(c.manifest_id));
	fields_hex(f, "manifest", c.manifest.b, sizeof(c.manifest));
	fields_number(f, "epoch", c.epoch);
	return ERR_OK;
}

static err_t count(const struct fields *f, struct span value)
{
	struct count_rec c;
	err_t e = count_decode(value, &c);
	if (e)
		return e;
	fields_number(f, "names", c.names);
	fields_number(f, "subdirectories", c.subdirs);
	return ERR_OK;
}

static err_t ref(const struct fields *f, struct span value)
{
	uint32_t users;
	err_t e = ref_decode(value, &users);
	if (!e)
		fields_number(f, "users", users);
	return e;
}

static err_t mark(const struct fields *f, struct span value)
{
	(void)f;
	return mark_decode(value);
}

static const struct printer {
	uint8_t kind;
	err_t (*print)(const struct fields *f, struct span value);
} printers[] = {
	{ REC_SUPER, super },
	{ REC_INODE, inode },
	{ REC_DIRENT, dirent },
	{ REC_XATTR, xattr },
	{ REC_ALIAS, alias },
	{ REC_BLOCK, block },
	{ REC_SEGMENT, segment },
	{ REC_DEVICE, device },
	{ REC_STREAM, stream },
	{ REC_EPOCH, epoch },
	{ REC_STATEMENT, statement },
	{ REC_SLOT, slot },
	{ REC_ORPHAN, mark },
	{ REC_LINK, dirent },
	{ REC_CHECKPOINT, checkpoint },
	{ REC_COUNT, count },
	{ REC_REF, ref },
	{ REC_REAP, mark },
	{ REC_PIN, mark },
};

static err_t print_value(const struct fields *f, uint8_t kind, struct span key, struct span value)
{
	if (shared_key_is(key))
		return print_shared(f, key, value);
	if (kind == REC_EXTENTS)
		return extents(f, key, value);
	for (size_t i = 0; i < ARRAY_LEN(printers); i++)
		if (printers[i].kind == kind)
			return printers[i].print(f, value);
	return print_local(f, kind, value);
}

void print_record(const struct fields *f, struct span key, struct span value)
{
	char text[KEY_TEXT_MAX];
	struct span record = key_text_record(key);
	uint8_t kind = record.len ? *(const uint8_t *)record.p : 0;
	const char *name = key_text_kind(kind);
	key_text_format(key, text);
	fields_word(f, "key", text);
	fields_word(f, "kind", name ? name : "unknown");
	if (!value.p)
		return;
	err_t e = print_value(f, kind, record, value);
	if (!e)
		return;
	fields_number(f, "bytes", value.len);
	fields_word(f, "error", err_text(e));
}
