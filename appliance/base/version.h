/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --version of every program; also of those that have nothing of ours but headers. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Whether that, alone, was asked for: it has been said, and the program is done. The number is that of the Debian package. */
static inline bool version_asked(int argc, char **argv, const char *program)
{
	if (argc != 2 || strcmp(argv[1], "--version") != 0)
		return false;
	printf("%s (Playthrough) %s\n", program, PLAYTHROUGH_VERSION);
	return true;
}

#endif
