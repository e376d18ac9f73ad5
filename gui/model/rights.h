/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What whoever sits here may do by polkit's rules, as plain data. */
#ifndef MODEL_RIGHTS_H
#define MODEL_RIGHTS_H

#include <stdbool.h>

enum right { RIGHT_START, RIGHT_USB, RIGHT_CONFIGURE, RIGHT_COUNT };
enum may { MAY_UNKNOWN, MAY_NOT, MAY_BY_PASSWORD, MAY };

struct rights {
	bool asking;
	enum may of[RIGHT_COUNT];
};

extern const char *const right_actions[RIGHT_COUNT]; /* polkit's names */

#endif
