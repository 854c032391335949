/* SPDX-License-Identifier: MIT
 * What a user of a device does, by path: one command of the driver.
 */
#pragma once

#include "device.h"

#define USER_UNKNOWN ((enum refusal) - 1) /* no such command */

/* user_act: word[0] is the operation, then its arguments, then NULL. */
enum refusal user_act(struct device *d, char **word);
const char *user_refusal(enum refusal r); /* as POSIX calls it */
