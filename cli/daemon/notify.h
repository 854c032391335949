/* SPDX-License-Identifier: MIT
 * Messages to the service manager that started us (sd_notify(3)'s protocol, spoken directly): a datagram of KEY=VALUE
 * lines to the socket named by $NOTIFY_SOCKET. Nothing is sent where that is not set.
 */
#pragma once

#include "util/error.h"

/* notify_send: ERR_INVAL for a name that is no local socket, ERR_IO when nobody takes it. Nothing depends on the
 * answer but a line in the log: the mount works without a service manager. */
MUST_CHECK err_t notify_send(const char *lines);
