/* SPDX-License-Identifier: MIT
 * What the daemon answers on its control socket, on the threads of its connections.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

/* mounted_vault_serve: sync runs and requests are answered from now on, until mounted_vault_close. */
MUST_CHECK err_t mounted_vault_serve(struct mounted_vault *v, struct why *why);
