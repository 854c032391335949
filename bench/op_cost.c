/* SPDX-License-Identifier: MIT
 * CPU of one operation of each kind in a whole vault in one process (counted_vault.h): fs, map and engine, without the
 * kernel's side. What is buffered is flushed within the row; publishing all of it is a column of its own. Builds of two
 * versions can be compared by it also beside other work.
 *
 *     op-cost DIR FILES      DIR: there and empty; FILES: in folders of 500
 */
#include "bench/counted_vault.h"

#include "util/cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

#define PER_FOLDER 500u
#define BLOCK 4096u

static const struct fs_caller me = { .uid = 1000, .gid = 1000, .umask = 022, .pid = 1 };

struct bench {
	struct counted_vault *vault;
	struct fs *fs;
	unsigned n;
	uint64_t *folder, *file;
	uint8_t body[BLOCK];
};

static double cpu(void)
{
	struct rusage u;
	must(getrusage(RUSAGE_SELF, &u));
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static uint64_t folder_of(const struct bench *b, unsigned i)
{
	return b->folder[i / PER_FOLDER];
}

static void name_of(unsigned i, const char *kind, char out[32])
{
	snprintf(out, 32, "%s%06u.odt", kind, i);
}

static void put(struct bench *b, struct fs_file *f, size_t n)
{
	must(fs_write(b->fs, f, 0, b->body, n, 0));
	fs_file_close(b->fs, f);
}

static void make(struct bench *b, unsigned i, size_t n)
{
	struct stat st;
	struct fs_file *f;
	char name[32];
	name_of(i, "f", name);
	const struct fs_new what = { .dir = folder_of(b, i), .name = name, .mode = 0644 };
	must(fs_create(b->fs, &me, &what, O_WRONLY, &st, &f));
	b->file[i] = st.st_ino;
	put(b, f, n);
}

static void make_small(struct bench *b, unsigned i)
{
	make(b, i, 100);
}

static void make_block(struct bench *b, unsigned i)
{
	make(b, i, BLOCK);
}

static void rewrite(struct bench *b, unsigned i)
{
	struct fs_file *f;
	b->body[0]++;
	must(fs_file_open(b->fs, b->file[i], O_WRONLY, &f));
	put(b, f, BLOCK);
}

static void set_mode(struct bench *b, unsigned i)
{
	const struct stat want = { .st_mode = 0600 };
	struct stat st;
	must(fs_setattr(b->fs, &me, b->file[i], &want, FS_SET_MODE, &st));
}

static void look_up(struct bench *b, unsigned i)
{
	struct stat st;
	char name[32];
	name_of(i, "f", name);
	must(fs_lookup(b->fs, folder_of(b, i), name, &st));
	fs_forget(b->fs, b->file[i], 1);
}

static void move(struct bench *b, unsigned i)
{
	char from[32], to[32];
	name_of(i, "f", from);
	name_of(i, "g", to);
	must(fs_rename(b->fs, folder_of(b, i), from, folder_of(b, i), to, 0));
}

static void drop(struct bench *b, unsigned i)
{
	char name[32];
	name_of(i, "g", name);
	must(fs_unlink(b->fs, folder_of(b, i), name));
	fs_forget(b->fs, b->file[i], 1);
}

/* all: as a mount does it, what is written is flushed every so often. */
static void all(struct bench *b, const char *what, void (*fn)(struct bench *, unsigned))
{
	const double start = cpu();
	for (unsigned i = 0; i < b->n; i++) {
		fn(b, i);
		if (i % PER_FOLDER == PER_FOLDER - 1)
			counted_vault_flush(b->vault);
	}
	counted_vault_flush(b->vault);
	const double done = cpu();
	counted_vault_publish(b->vault);
	printf("%-22s %6.1f us, published %6.1f us\n", what, (done - start) / b->n, (cpu() - done) / b->n);
	must(fflush(stdout));
}

static void folders(struct bench *b)
{
	for (unsigned i = 0; i * PER_FOLDER < b->n; i++) {
		struct stat st;
		char name[32];
		name_of(i, "d", name);
		must(fs_mkdir(b->fs, &me, INO_ROOT, name, 0755, &st));
		b->folder[i] = st.st_ino;
	}
	counted_vault_publish(b->vault);
}

int main(int argc, char **argv)
{
	struct bench b = { .n = argc == 3 ? (unsigned)atoi(argv[2]) : 0 };
	if (!b.n) {
		fprintf(stderr, "op-cost DIR FILES\n");
		return 2;
	}
	b.folder = calloc(b.n / PER_FOLDER + 1, sizeof(*b.folder));
	b.file = calloc(b.n, sizeof(*b.file));
	must(!b.folder || !b.file);
	b.vault = counted_vault_new(argv[1]);
	b.fs = counted_vault_fs(b.vault);
	folders(&b);
	all(&b, "create, 100 bytes", make_small);
	all(&b, "lookup", look_up);
	all(&b, "chmod", set_mode);
	all(&b, "rename", move);
	all(&b, "unlink", drop);
	all(&b, "create, 4 KiB", make_block);
	all(&b, "write 4 KiB anew", rewrite);
	all(&b, "rename", move);
	all(&b, "unlink, 4 KiB", drop);
	for (unsigned i = 0; i * PER_FOLDER < b.n; i++)
		fs_forget(b.fs, b.folder[i], 1);
	counted_vault_free(b.vault);
	free(b.folder);
	free(b.file);
	return 0;
}
