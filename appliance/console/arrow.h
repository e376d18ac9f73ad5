/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pointer that is shown where a source has none of its own. */
#ifndef CONSOLE_ARROW_H
#define CONSOLE_ARROW_H

#include "console/source.h"

extern const struct cursor arrow_cursor;

#endif
