/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files make a kernel module, from the text of modules.dep: used by mkguest to choose what
 * goes into the image, and by the guest to load it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A list of module paths, relative to /lib/modules/VERSION, in the order of loading. */
struct moddep_list {
	char **paths;
	size_t count;
};

/* Frees what the list owns. */
void moddep_list_finish(struct moddep_list *list);

/*
 * Adds the module called name ('-' and '_' are the same) with all it needs before it, leaving out
 * what the list already has. Returns false where modules.dep does not know the name.
 */
bool moddep_resolve(const char *dep_text, const char *name, struct moddep_list *list);

/* True where modules.builtin's text has the module: it needs no file. */
bool moddep_is_builtin(const char *builtin_text, const char *name);

/* The line of modules.dep for name, without its line end; NULL if none. Not owned by the caller. */
const char *moddep_line(const char *dep_text, const char *name, size_t *length);
