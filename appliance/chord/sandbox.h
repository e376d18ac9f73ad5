/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes from this process all that it does not need to read reports and to say one thing. */
#ifndef CHORD_SANDBOX_H
#define CHORD_SANDBOX_H

#include <stdbool.h>

/* The same whoever started it: for root, the user nobody first. False: it is not shut in, and must not go on. */
bool sandbox_enter(void);

#endif
