/* SPDX-License-Identifier: MIT
 * What to do about an alarm, by its kind in the JSON of status.
 */
#pragma once

/* alarm_next: a phrase without a full stop; one that fits any for a kind that is not known here. */
const char *alarm_next(const char *kind);
/* alarm_next_damaged: of a damaged file, by the object that holds it; "": this device's own copy is. */
const char *alarm_next_damaged(const char *object);
