/* SPDX-License-Identifier: MIT
 * The devices of a vault, and what two of them compare: requests "device" and "verify".
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

#include <jansson.h>

/* mounted_vault_devices: by r->key: "list": {"devices": [...], "total": N}; "rename": this device is called r->value
 * from now on; "revoke": the device whose id in hexadecimal r->value is. NULL: out of memory. */
json_t *mounted_vault_devices(struct mounted_vault *v, const struct control_request *r);
json_t *mounted_vault_verify(struct mounted_vault *v);
