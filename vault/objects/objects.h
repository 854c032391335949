/* SPDX-License-Identifier: MIT
 * What lies on the store: all that the floors above use.
 */
#pragma once

#include "vault/objects/block.h"
#include "vault/objects/changes.h"
#include "vault/objects/commit.h"
#include "vault/objects/epoch.h"
#include "vault/objects/epoch_start.h"
#include "vault/objects/head.h"
#include "vault/objects/manifest.h"
#include "vault/objects/name.h"
#include "vault/objects/object.h"
