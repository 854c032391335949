/* SPDX-License-Identifier: MIT
 * A notification on the desktop of whoever mounted the vault, for who ejects it there and sees no terminal.
 */
#pragma once

/* desktop_tell: through notify-send (libnotify); nothing where that is not installed or there is no desktop. Returns
 * within two seconds, whatever the desktop does. `title` and `text` hold no markup. */
void desktop_tell(const char *title, const char *text);
