/* SPDX-License-Identifier: MIT
 * `status --debug`: what each floor tells one who looks for a fault. Its members are no interface.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

/* mounted_vault_debug: queue, requests, locks, memtables, WAL, fetching, threads, alarms. NULL: out of memory. */
json_t *mounted_vault_debug(struct mounted_vault *v);
