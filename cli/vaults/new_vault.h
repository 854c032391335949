/* SPDX-License-Identifier: MIT
 * New-vault staging, for init and join: a named, locked, still invisible vault directory with settings and a store.
 *
 *   NAME is not there, or holds nothing of use ---> fresh
 *   NAME has what an init or join left that was killed, or failed once others may know of it ---> left: its
 *   signer goes on (cli/vaults/resume.h), or it goes: new_vault_anew ---> fresh
 *   fresh --- new_vault_close without new_vault_finish ---> not there
 */
#pragma once

#include "cli/ui/options.h"
#include "cli/vaults/vaults.h"

struct new_vault {
	struct vault_dir dir;
	struct conf conf;
	struct store *store;
	char *about;   /* owned; NULL: the address says all */
	bool left;     /* new_vault_close keeps the directory, for a later try, */
	bool finished; /* or since it is a vault */
};
/* new_vault_open: name, settings and store from options and STORE; what lies there is not asked yet. */
MUST_CHECK err_t new_vault_open(const struct options *o, struct new_vault *ret, struct why *why);
/* new_vault_about: the address, for messages; with the server and who named it, when that was the environment. */
const char *new_vault_about(const struct options *o, const struct new_vault *v);
/* new_vault_anew: what an earlier try left goes, and here it is as if it had never been. */
MUST_CHECK err_t new_vault_anew(struct new_vault *v, struct why *why);
/* new_vault_finish: writes the settings: from now on the vault is known here. */
MUST_CHECK err_t new_vault_finish(struct new_vault *v, struct why *why);
/* new_vault_failed: `e`, with what the cloud itself says where it refused something. */
err_t new_vault_failed(const struct new_vault *v, err_t e, struct why *why);
/* new_vault_close: what is neither left nor finished goes. */
void new_vault_close(struct new_vault *v);
