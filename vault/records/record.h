/* SPDX-License-Identifier: MIT
 * Records of the vault map: kinds, keys, values. Byte layouts: docs/format.md, "Records".
 * A key is kind(1) then fixed-width big-endian numbers, ids or keyed hashes. A value starts with a version byte (1) and
 * is decoded by pure, bounds-checked functions: ERR_DAMAGED when malformed, ERR_VERSION when the version byte is newer
 * (the record is then kept verbatim and its file is read-only, never rewritten).
 * Values are canonical: what decode accepts, encode gives back byte for byte. An encoder handed what the format cannot
 * hold (an empty list, a bad name, pieces out of order) marks `out` failed instead of writing it.
 */
#pragma once

#include "crypto/crypto.h"

#define ID_LEN 16
#define INO_ROOT 1
#define NAME_LEN_MAX 255
#define INLINE_MAX 1024
#define BLOCK_SIZE (128u * 1024) /* of every vault of format 1 */
#define WINDOW_BLOCKS 16u        /* blocks of one extents record: 2 MiB of file */
#define OWNER_SELF UINT32_MAX    /* uid/gid of the symbolic vault owner */
#define WINDOW_SIZE ((uint64_t)WINDOW_BLOCKS * BLOCK_SIZE)
#define FILE_MAX (WINDOW_SIZE << 32) /* window numbers have 32 bits: 8 PiB */
#define SYMLINK_MAX 4095
#define XATTR_VALUE_MAX 65536
#define STORED_MAX (2 * BLOCK_SIZE) /* bytes of one block in a segment, padding included */

enum record_kind {
	/* shared */
	REC_SUPER = 0x01,      /* () -> format of the map */
	REC_INODE = 0x10,      /* ino(8) */
	REC_DIRENT = 0x11,     /* dir ino(8) namehash(8): every entry of the directory with that hash */
	REC_EXTENTS = 0x12,    /* content id(16) window(4): the pieces inside that window */
	REC_XATTR = 0x13,      /* ino(8) namehash(8) */
	REC_ALIAS = 0x14,      /* ino(8): a united directory that lives on under another inode */
	REC_BLOCK = 0x20,      /* block id(16): where the sealed block is on the store */
	REC_SEGMENT = 0x21,    /* segment id(16) */
	REC_DEVICE = 0x30,     /* device id(16) */
	REC_STREAM = 0x31,     /* stream id(16) */
	REC_STATEMENT = 0x32,  /* hash(32): the statement's own bytes */
	REC_EPOCH = 0x33,      /* epoch number(4) epoch id(32): its root */
	REC_SLOT = 0x34,       /* slot id(16): public keys and wrapped seed */
	REC_CHECKPOINT = 0x35, /* height(8): manifest name and hash */
	/* local, derived or private; never published */
	REC_ORPHAN = 0x80, /* ino(8): no name any more, maybe open */
	REC_LINK = 0x81,   /* ino(8) dir ino(8) namehash(8): reverse index; value = a DIRENT value with only the entries
	                      of that DIRENT that point to ino (more than one only when their hashes tie) */
	REC_COUNT = 0x82,  /* ino(8): names, subdirectories */
	REC_REF = 0x83,    /* block id(16): number of pieces that use it */
	REC_REAP = 0x84,   /* content id(16): extents to be worked off in the background */
	REC_PIN = 0x85,    /* ino(8): keep offline */
};

/* Keys of MAP_QUEUE. */
enum queue_kind {
	QUEUE_BLOCK = 'B', /* block id(16) -> struct pending_block: sealed here, in no segment yet */
	QUEUE_HELD =
	        'H', /* block id(16): in a segment, but segment or commit not confirmed on the store: never evicted */
	QUEUE_CUTTING =
	        'C', /* no more: there while a cut packs blocks that are not held yet; replaced by their QUEUE_HELD */
	QUEUE_SEGMENT = 'S', /* sequence(8) segment id(16) -> block ids and sizes, in order: to be PUT */
	QUEUE_OBJECT = 'O', /* sequence(8) name(32 hex) -> exact bytes to be PUT (commits, checkpoint chunks, manifests,
	                       joins) */
};

/* --- keys --- */
#define KEY_BUF 64
struct rkey { /* a key built on the stack */
	uint8_t b[KEY_BUF];
	uint8_t len;
};
static inline struct span rkey_span(const struct rkey *k)
{
	return (struct span){ k->b, k->len };
}
struct rkey key_ino(enum record_kind kind, uint64_t ino);
struct rkey key_ino_hash(enum record_kind kind, uint64_t ino, uint64_t namehash); /* DIRENT, XATTR */
struct rkey key_link(uint64_t ino, uint64_t dir, uint64_t namehash);
struct rkey key_extents(const uint8_t content[ID_LEN], uint32_t window);
struct rkey key_id(enum record_kind kind,
                   const uint8_t id[ID_LEN]); /* BLOCK, SEGMENT, DEVICE, STREAM, SLOT, REF, REAP */
struct rkey key_kind(uint8_t kind);           /* just the kind: a prefix, or SUPER */
struct rkey key_bytes(uint8_t kind, struct span s);
struct rkey key_epoch(uint32_t epoch, const uint8_t id[HASH_LEN]);
struct rkey key_queue(enum queue_kind kind, const uint8_t id[ID_LEN]);
/* key_parse_*: from the bytes of a key; false when it is not of that form. */
bool key_parse_ino(struct span key, enum record_kind kind, uint64_t *ino);
bool key_parse_ino_hash(struct span key, enum record_kind kind, uint64_t *ino, uint64_t *hash);
bool key_parse_link(struct span key, uint64_t *ino, uint64_t *dir, uint64_t *hash);
bool key_parse_extents(struct span key, uint8_t content[ID_LEN], uint32_t *window);
bool key_parse_id(struct span key, enum record_kind kind, uint8_t id[ID_LEN]);
bool key_parse_epoch(struct span key, uint32_t *epoch, uint8_t id[HASH_LEN]);

/* --- values --- */
struct stamp {
	int64_t sec;
	uint32_t nsec;
};
struct inode_rec {
	uint64_t ino;
	uint8_t birth[ID_LEN]; /* who this file is, whatever its number */
	uint32_t mode;         /* type and permissions */
	uint32_t uid, gid;     /* OWNER_SELF: the vault's owner */
	uint64_t rdev, size;
	struct stamp atime, mtime, ctime, btime;
	uint8_t version[ID_LEN]; /* content-version id: drawn anew by every change of size, key or extents */
	uint8_t content[ID_LEN]; /* regular files over INLINE_MAX: where the extents are; all zero: none yet */
	uint8_t file_key[32];    /* regular files */
	struct span inline_data; /* contents of a small file, or a symlink's target; inside the decoded buffer */
};
void inode_encode(const struct inode_rec *in, struct buf *out);
MUST_CHECK err_t inode_decode(struct span value, struct inode_rec *ret); /* inline_data points into value */

/* name_ok: what a directory entry can be called. device_name_ok: UTF-8 without control characters, 1..64 bytes. */
bool name_ok(struct span name);
bool device_name_ok(struct span name);
struct dirent_rec {
	struct span name; /* 1..255 bytes, no '/' nor NUL, not "." nor "..": checked by decode */
	uint64_t ino;
	uint32_t type; /* S_IFMT bits */
};
/* A DIRENT value: all entries of one hash, in name order. */
void dirent_encode(const struct dirent_rec *list, size_t n, struct buf *out);
/* dirent_decode: at most `max` entries to `list`; names point into value. */
#define DIRENT_TIES_MAX 16
MUST_CHECK err_t dirent_decode(struct span value, struct dirent_rec list[DIRENT_TIES_MAX], size_t *ret_n);

struct piece { /* `len` bytes of a file at `off` are at `block_off` of the block; pieces never cross a BLOCK_SIZE
	          boundary */
	uint64_t off;
	uint32_t len;
	uint32_t block_off;
	uint8_t block[ID_LEN];
};
#define PIECES_MAX 1024                                                   /* of one window */
void extents_encode(const struct piece *list, size_t n, struct buf *out); /* in offset order, no overlap */
MUST_CHECK err_t extents_decode(struct span value, uint32_t window, struct piece *list, size_t max, size_t *ret_n);

struct xattr_rec {
	struct span name, value;
};
void xattr_encode(const struct xattr_rec *list, size_t n, struct buf *out);
MUST_CHECK err_t xattr_decode(struct span value, struct xattr_rec list[DIRENT_TIES_MAX], size_t *ret_n);

struct block_rec {
	uint32_t length; /* plaintext bytes in the block, 1..BLOCK_SIZE */
	uint32_t epoch;
	uint8_t segment[ID_LEN];
	uint64_t offset;        /* in the segment */
	uint32_t stored;        /* bytes in the segment (Padme-rounded): block_sealed_size(length) are used */
	uint8_t hash[HASH_LEN]; /* SHA-256 of the sealed bytes */
};
void block_rec_encode(const struct block_rec *b, struct buf *out);
MUST_CHECK err_t block_rec_decode(struct span value, struct block_rec *ret);

struct pending_block { /* QUEUE_BLOCK */
	uint32_t length, epoch;
	uint64_t order; /* a hint, wall ns: blocks sealed one after the other are packed side by side */
	uint8_t hash[HASH_LEN];
};
void pending_block_encode(const struct pending_block *b, struct buf *out);
MUST_CHECK err_t pending_block_decode(struct span value, struct pending_block *ret);

struct count_rec {        /* REC_COUNT */
	uint32_t names;   /* directory entries that point here */
	uint32_t subdirs; /* of a directory */
};
void count_encode(const struct count_rec *c, struct buf *out);
MUST_CHECK err_t count_decode(struct span value, struct count_rec *ret);

void ref_encode(uint32_t pieces, struct buf *out); /* REC_REF */
MUST_CHECK err_t ref_decode(struct span value, uint32_t *ret);
/* ORPHAN, REAP, PIN: present or absent, the value is just the version. */
void mark_encode(struct buf *out);
MUST_CHECK err_t mark_decode(struct span value);

struct segment_rec {
	uint64_t size;   /* bytes of the object */
	uint32_t blocks; /* how many it was made of */
	uint8_t stream[ID_LEN];
};
void segment_rec_encode(const struct segment_rec *s, struct buf *out);
MUST_CHECK err_t segment_rec_decode(struct span value, struct segment_rec *ret);

struct device_rec {
	struct span name; /* UTF-8, 1..64 bytes */
	uint8_t sign_key[32];
	uint8_t slot[ID_LEN]; /* the human slot that admitted it */
	int64_t added;        /* wall seconds */
};
void device_encode(const struct device_rec *d, struct buf *out);
MUST_CHECK err_t device_decode(struct span value, struct device_rec *ret);
struct stream_rec {
	uint8_t device[ID_LEN];
	bool closed;
	uint64_t closed_at; /* nothing after this n counts; 0: nothing at all */
	uint8_t closed_hash[HASH_LEN];
};
void stream_encode(const struct stream_rec *s, struct buf *out);
MUST_CHECK err_t stream_decode(struct span value, struct stream_rec *ret);
/* REC_SUPER: format of the map; REC_ALIAS: the inode that a united directory lives on under. */
void super_encode(uint32_t format, struct buf *out);
MUST_CHECK err_t super_decode(struct span value, uint32_t *ret);
void alias_encode(uint64_t ino, struct buf *out);
MUST_CHECK err_t alias_decode(struct span value, uint64_t *ret);
/* REC_EPOCH: the root (the map is sealed everywhere; a reader wipes its copy). */
void epoch_encode(const struct key *root, struct buf *out);
MUST_CHECK err_t epoch_decode(struct span value, struct key *ret);
struct checkpoint_rec {              /* REC_CHECKPOINT */
	uint8_t manifest_id[ID_LEN]; /* object name */
	uint8_t manifest[HASH_LEN];
	uint32_t epoch; /* it is sealed under */
};
void checkpoint_encode(const struct checkpoint_rec *c, struct buf *out);
MUST_CHECK err_t checkpoint_decode(struct span value, struct checkpoint_rec *ret);
struct slot_rec {     /* REC_SLOT */
	uint8_t kind; /* enum slot_kind of vault/keys/header.h */
	struct public_keys keys;
	struct span wrapped; /* the wrapped seed as the header holds it, 1..1024 bytes */
};
void slot_encode(const struct slot_rec *s, struct buf *out);
MUST_CHECK err_t slot_decode(struct span value, struct slot_rec *ret);
