/* SPDX-License-Identifier: MIT
 * From a passphrase or recovery key to the keys of a vault: all that the floors above use.
 */
#pragma once

#include "vault/keys/header.h"
#include "vault/keys/header_create.h"
#include "vault/keys/header_edit.h"
#include "vault/keys/header_unlock.h"
#include "vault/keys/keyring.h"
#include "vault/keys/recovery.h"
#include "vault/keys/slots.h"
#include "vault/keys/statement.h"
