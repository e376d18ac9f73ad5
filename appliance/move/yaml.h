/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON as the YAML that people write: blocks with indents, text in quotes only where it needs them. */
#ifndef MOVE_YAML_H
#define MOVE_YAML_H

#include <jansson.h>
#include <stdio.h>

/* A document: without "---". */
void yaml_write(FILE *out, const json_t *json);

#endif
