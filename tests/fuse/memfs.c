/* SPDX-License-Identifier: MIT
 * memfs DIR [-f] [-o OPTIONS] [-s STATE_DIR]: mounts a file system over the in-memory map (or a map in STATE_DIR, which
 * a random key makes useless afterwards): the quickest way to exercise fs/ without vault, store and sync. Runs in the
 * foreground until it is unmounted.
 */
#include "fs/fuse/session.h"
#include "tests/fs_fake.h"

#include <signal.h>

static int serve(struct fs *fs, const char *dir, const char *options)
{
	struct why why = { "" };
	struct session *s;
	int err = session_mount(fs, dir, options, &s, &why);
	if (err) {
		fprintf(stderr, "memfs: %s\n", why.text);
		return err;
	}
	err = session_loop(s);
	session_free(s);
	return err;
}

int main(int argc, char **argv)
{
	const char *options = NULL, *state = NULL;
	struct fake w = { 0 };
	int opt;
	while ((opt = getopt(argc, argv, "fo:s:")) >= 0) {
		if (opt == 'o')
			options = optarg;
		else if (opt == 's')
			state = optarg;
		else if (opt != 'f')
			return 2;
	}
	if (optind + 1 != argc)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	int err = fake_open(&w, state, geteuid(), getegid());
	if (!err)
		err = serve(w.fs, argv[optind], options);
	int closing = fake_close(&w);
	fake_free(&w);
	if (err || closing)
		fprintf(stderr, "memfs: %s\n", strerror(err ? err : closing));
	return err || closing;
}
