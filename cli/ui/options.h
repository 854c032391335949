/* SPDX-License-Identifier: MIT
 * Option parsing from one table: each row says name, kind, where the value goes and which commands take it.
 * Options may stand before, between or after arguments; "--" ends them. No option ever carries a secret.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum command_bit {
	CMD_INIT = 1,
	CMD_JOIN = 2,
	CMD_MOUNT = 4,
	CMD_LOCK = 8,
	CMD_STATUS = 16,
	CMD_SYNC = 32,
	CMD_CONFIG = 64,
	CMD_LIST = 128,
	CMD_FORGET = 256,
	CMD_PIN = 512,
	CMD_UNPIN = 1024,
	CMD_DEBUG = 2048,
	CMD_CONFLICTS = 4096,
	CMD_TRACES = 8192,
	CMD_REBUILD = 16384,
	CMD_PASSWD = 32768,
	CMD_RECOVERY = 65536,
	CMD_DEVICE = 1 << 18,
	CMD_VERIFY = 1 << 19,
	CMD_LOST = 1 << 20,
};
#define ARGS_MAX 4
/* Where the store is and who we are there. */
struct store_options {
	const char *endpoint, *region, *profile, *addressing, *ca_file, *user, *pass_file;
};
/* Where the secret comes from that opens a vault. */
struct secret_options {
	const char *passfile, *recovery_file;
	const char *recovery_sheet; /* of a new key, to be printed */
	const char *code_file;      /* of an invitation */
	const char *new_passfile;   /* passwd: of the new one */
	int64_t passfd;             /* -1: not given */
	bool recovery;
	bool portable; /* init: make a slot of the passphrase; join: open that one */
};
struct options {
	struct store_options store;
	struct secret_options secret;
	const char *name, *device_name;
	const char *mount_options; /* comma-separated, or NULL */
	const char *source;        /* of the mount helper: what the mount is called in the kernel's list, or NULL */
	int64_t timeout;           /* seconds, 0: none */
	bool foreground, lazy, flush, no_wait, json, watch, discard, unset, quiet, debug, remove, yes, help, create;
	bool invite, withdraw, force_writable, qr, give_up;
	const char *against; /* what the QR code of another device says */
	const char *args[ARGS_MAX];
	int nargs;
	bool no_environment; /* of S3, beside the keys: the vault's settings say all */
};
/* options_invited: join by the code of an invitation. */
static inline bool options_invited(const struct options *o)
{
	return o->invite || o->secret.code_file;
}
/* options_parse: argv from after the command's name. ERR_INVAL with a sentence. Strings point into argv. */
MUST_CHECK err_t options_parse(unsigned command, int argc, const char *const argv[], struct options *ret,
                               struct why *why);
/* options_print: the rows of one command, for its --help. */
void options_print(unsigned command, FILE *to);
