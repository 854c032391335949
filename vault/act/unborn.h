/* SPDX-License-Identifier: MIT
 * What is born and gone within one changeset.
 */
#pragma once

#include "vault/act/act.h"

/* unborn_forget: before the changeset is closed: what was made in it, is shown no more and is named by nothing that is
 * published is never published. Nothing that is shown changes. The numbers in a->born are forgotten. */
MUST_CHECK err_t unborn_forget(struct act *a);
