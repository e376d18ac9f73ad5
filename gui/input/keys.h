/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys by their place on the keyboard (KEY_* of linux/input-event-codes.h), where no window system names them. */
#ifndef INPUT_KEYS_H
#define INPUT_KEYS_H

#include "input/input.h"

/* ACTION_NONE: it does nothing. */
enum action action_of_key(unsigned key);

#endif
