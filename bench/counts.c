/* SPDX-License-Identifier: MIT
 * What one operation of each kind writes, and what 10,000 new files make as commits: one line of JSON a row.
 * bench/counts makes the table of them.
 *
 *     counts DIR MIB FILES      DIR: there and empty; MIB: size of the large file
 */
#include "bench/counted_vault.h"

#include "util/cleanup.h"
#include "vault/records/kinds.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define KIB 1024u
#define CHUNK (128 * KIB)
#define PER_FOLDER 100u

static const struct fs_caller me = { .uid = 1000, .gid = 1000, .umask = 022, .pid = 1 };

/* struct bench: the file system, and what the row at hand works on. Every inode number it holds has one lookup
 * reference, as the kernel would. */
struct bench {
	struct counted_vault *vault;
	struct fs *fs;
	uint64_t folder, other; /* directories with some files in each */
	uint64_t file;          /* what prepare made */
	uint64_t large;         /* made when the first row wants it */
	unsigned n;             /* for names that were never used */
	char name[64], name2[64];
	uint64_t mib, files;
};

/* fresh: a name of ordinary length, and of some sense, as people give them. */
static void fresh(struct bench *b, char out[64])
{
	static const char *const what[] = { "Letter to the bank", "Invoice", "Holiday by the sea", "minutes" };
	unsigned n = b->n++;
	snprintf(out, 64, "%s %04u.odt", what[n % ARRAY_LEN(what)], n);
}

static void put(struct bench *b, struct fs_file *f, uint64_t off, size_t n)
{
	static const size_t most = CHUNK;
	cleanup_free uint8_t *p = malloc(most);
	must(!p || n > most);
	must(crypto_random(p, n)); /* contents compress to nothing */
	must(fs_write(b->fs, f, off, p, n, 0));
}

/* make: a new file of `n` bytes, open for no longer than it takes to write them. */
static uint64_t make(struct bench *b, uint64_t dir, const char *name, size_t n)
{
	struct stat st;
	struct fs_file *f;
	must(fs_create(b->fs, &me, &(struct fs_new){ .dir = dir, .name = name, .mode = 0644 }, O_WRONLY, &st, &f));
	if (n)
		put(b, f, 0, n);
	fs_file_close(b->fs, f);
	return st.st_ino;
}

static void write_at(struct bench *b, uint64_t ino, uint64_t off, size_t n)
{
	struct fs_file *f;
	must(fs_file_open(b->fs, ino, O_WRONLY, &f));
	put(b, f, off, n);
	fs_file_close(b->fs, f);
}

static uint64_t size_of(struct bench *b, uint64_t ino)
{
	struct stat st;
	must(fs_getattr(b->fs, ino, &st));
	return (uint64_t)st.st_size;
}

/* --- what rows begin with --- */
static void prepare_none(struct bench *b)
{
	fresh(b, b->name);
}

static void prepare_sized(struct bench *b, size_t n)
{
	fresh(b, b->name);
	b->file = make(b, b->folder, b->name, n);
	fresh(b, b->name2);
}

static void prepare_small(struct bench *b)
{
	prepare_sized(b, 100);
}

static void prepare_block(struct bench *b)
{
	prepare_sized(b, 10 * KIB);
}

/* prepare_saved: a file and a newer one beside it, which will take its name. */
static void prepare_saved(struct bench *b)
{
	prepare_sized(b, 10 * KIB);
	fs_forget(b->fs, make(b, b->folder, b->name2, 10 * KIB), 1);
}

static uint64_t make_large(struct bench *b)
{
	fresh(b, b->name);
	uint64_t ino = make(b, b->folder, b->name, 0);
	for (uint64_t off = 0; off < b->mib * KIB * KIB; off += CHUNK) {
		write_at(b, ino, off, CHUNK);
		if (off % (8 * KIB * KIB) == 0)
			counted_vault_flush(b->vault);
	}
	return ino;
}

static void prepare_large(struct bench *b)
{
	if (!b->large)
		b->large = make_large(b);
}

static void prepare_folder(struct bench *b)
{
	struct stat st;
	fresh(b, b->name);
	must(fs_mkdir(b->fs, &me, b->folder, b->name, 0755, &st));
	b->file = st.st_ino;
}

/* --- rows --- */
static void create_sized(struct bench *b, size_t n)
{
	b->file = make(b, b->folder, b->name, n);
}

static void create_empty(struct bench *b)
{
	create_sized(b, 0);
}

static void create_small(struct bench *b)
{
	create_sized(b, 100);
}

static void create_block(struct bench *b)
{
	create_sized(b, 10 * KIB);
}

static void create_100(struct bench *b)
{
	for (unsigned i = 0; i < 100; i++) {
		fresh(b, b->name);
		fs_forget(b->fs, make(b, b->folder, b->name, 100), 1);
	}
}

static void create_and_remove(struct bench *b)
{
	create_small(b);
	must(fs_unlink(b->fs, b->folder, b->name));
	fs_forget(b->fs, b->file, 1);
	b->file = 0;
}

static void rename_here(struct bench *b)
{
	must(fs_rename(b->fs, b->folder, b->name, b->folder, b->name2, 0));
}

static void rename_away(struct bench *b)
{
	must(fs_rename(b->fs, b->folder, b->name, b->other, b->name2, 0));
}

/* rename_over: the file that was there goes with the kernel's last reference to it. */
static void rename_over(struct bench *b)
{
	must(fs_rename(b->fs, b->folder, b->name2, b->folder, b->name, 0));
	fs_forget(b->fs, b->file, 1);
	b->file = 0;
}

static void save_by_rename(struct bench *b)
{
	fs_forget(b->fs, make(b, b->folder, b->name2, 10 * KIB), 1);
	rename_over(b);
}

static void unlink_it(struct bench *b)
{
	must(fs_unlink(b->fs, b->folder, b->name));
	fs_forget(b->fs, b->file, 1);
	b->file = 0;
}

static void mkdir_it(struct bench *b)
{
	struct stat st;
	must(fs_mkdir(b->fs, &me, b->folder, b->name, 0755, &st));
	b->file = st.st_ino;
}

static void rmdir_it(struct bench *b)
{
	must(fs_rmdir(b->fs, b->folder, b->name));
	fs_forget(b->fs, b->file, 1);
	b->file = 0;
}

static void link_it(struct bench *b)
{
	struct stat st;
	must(fs_link(b->fs, b->file, b->other, b->name2, &st));
	fs_forget(b->fs, b->file, 1);
}

static void symlink_it(struct bench *b)
{
	struct stat st;
	must(fs_symlink(b->fs, &me, "../somewhere/else", b->folder, b->name, &st));
	b->file = st.st_ino;
}

/* change_large: in the middle of a block in the middle of the file. */
static void change_large(struct bench *b)
{
	write_at(b, b->large, b->mib * KIB * KIB / 2 + 16 * KIB, 4 * KIB);
}

static void append_large(struct bench *b)
{
	write_at(b, b->large, size_of(b, b->large), 4 * KIB);
}

static void append_4k(struct bench *b)
{
	write_at(b, b->file, size_of(b, b->file), 4 * KIB);
}

static void rewrite(struct bench *b)
{
	struct fs_file *f;
	must(fs_file_open(b->fs, b->file, O_WRONLY | O_TRUNC, &f));
	put(b, f, 0, 100);
	fs_file_close(b->fs, f);
}

static void set(struct bench *b, const struct stat *want, unsigned what)
{
	struct stat st;
	must(fs_setattr(b->fs, &me, b->file, want, what, &st));
}

static void chmod_it(struct bench *b)
{
	set(b, &(struct stat){ .st_mode = 0600 }, FS_SET_MODE);
}

static void touch_it(struct bench *b)
{
	set(b, &(struct stat){ .st_size = 0 }, FS_SET_ATIME_NOW | FS_SET_MTIME_NOW);
}

static void truncate_it(struct bench *b)
{
	set(b, &(struct stat){ .st_size = 0 }, FS_SET_SIZE);
}

static void setxattr_it(struct bench *b)
{
	must(fs_setxattr(b->fs, &me, b->file, "user.origin", span_str("https://example.org/"), 0));
}

struct row {
	const char *name;
	void (*prepare)(struct bench *b);
	void (*run)(struct bench *b);
};
static const struct row rows[] = {
	{ "create, empty", prepare_none, create_empty },
	{ "create, 100 bytes", prepare_none, create_small },
	{ "create, 10 KiB", prepare_none, create_block },
	{ "create 100 files of 100 bytes", prepare_none, create_100 },
	{ "create, 100 bytes, and unlink", prepare_none, create_and_remove },
	{ "mkdir", prepare_none, mkdir_it },
	{ "symlink", prepare_none, symlink_it },
	{ "hard link", prepare_small, link_it },
	{ "rename in a folder", prepare_small, rename_here },
	{ "rename to another folder", prepare_small, rename_away },
	{ "rename over a file of 10 KiB", prepare_saved, rename_over },
	{ "the same with writing the new one", prepare_block, save_by_rename },
	{ "unlink, 100 bytes", prepare_small, unlink_it },
	{ "unlink, 10 KiB", prepare_block, unlink_it },
	{ "rmdir", prepare_folder, rmdir_it },
	{ "truncate and write 100 bytes", prepare_small, rewrite },
	{ "append 4 KiB to 100 bytes", prepare_small, append_4k },
	{ "append 4 KiB to 10 KiB", prepare_block, append_4k },
	{ "change 4 KiB in the large file", prepare_large, change_large },
	{ "append 4 KiB to the large file", prepare_large, append_large },
	{ "truncate 10 KiB to 0", prepare_block, truncate_it },
	{ "chmod", prepare_small, chmod_it },
	{ "touch", prepare_small, touch_it },
	{ "setxattr", prepare_small, setxattr_it },
};

/* --- many files --- */
static void many(struct bench *b)
{
	struct stat st = { .st_ino = 0 };
	for (uint64_t i = 0; i < b->files; i++) {
		if (i % PER_FOLDER == 0) {
			fresh(b, b->name);
			must(fs_mkdir(b->fs, &me, INO_ROOT, b->name, 0755, &st));
			counted_vault_flush(b->vault);
		}
		fresh(b, b->name);
		fs_forget(b->fs, make(b, st.st_ino, b->name, 100), 1);
	}
}

/* --- output --- */
static void show_tally(const char *name, const struct lmdb_tally *t)
{
	printf(", \"%s\": {\"puts\": %" PRIu64 ", \"dels\": %" PRIu64 ", \"bytes\": %" PRIu64 "}", name, t->puts,
	       t->dels, t->bytes);
}

static void show(const char *name, const struct counts *c)
{
	printf("{\"row\": \"%s\", \"shared\": %" PRIu64 ", \"local\": %" PRIu64 ", \"other\": %" PRIu64, name,
	       c->shared, c->local, c->other);
	printf(", \"puts\": %" PRIu64 ", \"dels\": %" PRIu64 ", \"wal\": %" PRIu64 ", \"disk\": %" PRIu64, c->puts,
	       c->dels, c->wal, c->commit_disk);
	show_tally("commit", &c->commit);
	show_tally("publish", &c->publish);
	printf(", \"commit_bytes\": %" PRIu64 ", \"commit_parts\": %" PRIu64 ", \"other_bytes\": %" PRIu64 "}\n",
	       c->commit_bytes, c->commit_parts, c->other_bytes);
	must(fflush(stdout));
}

struct running {
	struct bench *b;
	void (*run)(struct bench *b);
};

static void run_row(void *ctx)
{
	const struct running *r = ctx;
	r->run(r->b);
}

static void one(struct bench *b, const struct row *row)
{
	b->file = 0;
	row->prepare(b);
	counted_vault_publish(b->vault);
	struct counts c = counted_vault_count(b->vault, run_row, &(struct running){ b, row->run });
	if (b->file)
		fs_forget(b->fs, b->file, 1);
	show(row->name, &c);
}

static uint64_t folder(struct bench *b, const char *name)
{
	struct stat st;
	must(fs_mkdir(b->fs, &me, INO_ROOT, name, 0755, &st));
	for (unsigned i = 0; i < PER_FOLDER; i++) {
		fresh(b, b->name);
		fs_forget(b->fs, make(b, st.st_ino, b->name, 100), 1);
	}
	return st.st_ino;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "counts DIR MIB FILES\n");
		return 2;
	}
	struct bench b = { .mib = strtoull(argv[2], NULL, 10), .files = strtoull(argv[3], NULL, 10) };
	b.vault = counted_vault_new(argv[1]);
	b.fs = counted_vault_fs(b.vault);
	b.folder = folder(&b, "Documents");
	b.other = folder(&b, "Archive");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		one(&b, &rows[i]);
	struct counts c = counted_vault_bulk(b.vault, run_row, &(struct running){ &b, many });
	show("many", &c);
	fs_forget(b.fs, b.large, 1);
	fs_forget(b.fs, b.folder, 1);
	fs_forget(b.fs, b.other, 1);
	counted_vault_free(b.vault);
	return 0;
}
