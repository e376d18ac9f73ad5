/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files make a kernel module, from the text of modules.dep. */
#include "moddep.h"

#include <stdlib.h>
#include <string.h>

void moddep_list_finish(struct moddep_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->paths[i]);
	free(list->paths);
	memset(list, 0, sizeof *list);
}

static bool same_letter(char a, char b)
{
	return a == b || (a == '-' && b == '_') || (a == '_' && b == '-');
}

/* True where the path of that length is kernel/.../NAME.ko or NAME.ko.xz and the like. */
static bool path_is_module(const char *path, size_t length, const char *name)
{
	size_t start = length;
	size_t i;

	while (start > 0 && path[start - 1] != '/')
		start--;
	for (i = 0; name[i] != '\0'; i++)
		if (start + i >= length || !same_letter(path[start + i], name[i]))
			return false;
	return length - start - i >= 3 && strncmp(path + start + i, ".ko", 3) == 0;
}

const char *moddep_line(const char *dep_text, const char *name, size_t *length)
{
	while (*dep_text != '\0') {
		size_t path_length = strcspn(dep_text, ":\n");

		*length = strcspn(dep_text, "\n");
		if (dep_text[path_length] == ':' && path_is_module(dep_text, path_length, name))
			return dep_text;
		dep_text += *length + (dep_text[*length] == '\n');
	}
	return NULL;
}

static void add(struct moddep_list *list, const char *path, size_t length)
{
	char **paths;

	for (size_t i = 0; i < list->count; i++)
		if (strlen(list->paths[i]) == length && !strncmp(list->paths[i], path, length))
			return;
	paths = realloc(list->paths, (list->count + 1) * sizeof *paths);
	if (!paths)
		abort();
	list->paths = paths;
	list->paths[list->count] = strndup(path, length);
	if (!list->paths[list->count++])
		abort();
}

/* depmod writes a module's needs so that loading them from the last to the first is right. */
bool moddep_resolve(const char *dep_text, const char *name, struct moddep_list *list)
{
	size_t length;
	const char *line = moddep_line(dep_text, name, &length);
	const char *end;
	size_t path_length;

	if (!line)
		return false;
	path_length = strcspn(line, ":");
	end = line + length;
	while (end > line + path_length + 1) {
		const char *word = end;

		while (word > line + path_length + 1 && word[-1] != ' ')
			word--;
		if (end > word)
			add(list, word, (size_t)(end - word));
		end = word > line + path_length + 1 ? word - 1 : word;
	}
	add(list, line, path_length);
	return true;
}

bool moddep_is_builtin(const char *builtin_text, const char *name)
{
	while (*builtin_text != '\0') {
		size_t length = strcspn(builtin_text, "\n");

		if (path_is_module(builtin_text, length, name))
			return true;
		builtin_text += length + (builtin_text[length] == '\n');
	}
	return false;
}
