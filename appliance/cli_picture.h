/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file for a picture of a VM's screen: it grows beside FILE and takes its name once it is whole. */
#ifndef CLI_PICTURE_H
#define CLI_PICTURE_H

#include "base/err.h"

struct cli_picture {
	int fd; /* -1: none is wanted */
	char *temporary;
};

/* @file NULL: none is wanted. */
int cli_picture_open(const char *file, struct cli_picture *out, struct err *err);
int cli_picture_keep(struct cli_picture *picture, const char *file, struct err *err);
void cli_picture_finish(struct cli_picture *picture);

#endif
