/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loader_entry.h"

#include "base/util.h"

#include <strings.h>

#define OWN    "~playthrough"
#define SUFFIX ".conf"
#define IMAGE  ".efi"
#define BLANKS " \t"

static void parse_line(struct loader_entry *out, const char *line, size_t n)
{
	cleanup_free char *text = NULL;
	char *key, *value;

	while (n && strchr(BLANKS "\r", line[n - 1]))
		n--;
	text = xstrndup(line, n);
	key = text + strspn(text, BLANKS);
	n = strcspn(key, BLANKS);
	value = key + n + strspn(key + n, BLANKS);
	if (*key == '#' || !*value)
		return;
	key[n] = '\0';
	loader_entry_add(out, key, value);
}

void loader_entry_parse(const char *text, struct loader_entry *out)
{
	*out = (struct loader_entry){0};
	while (*text) {
		size_t n = strcspn(text, "\n");

		parse_line(out, text, n);
		text += n + (text[n] == '\n');
	}
}

void loader_entry_add(struct loader_entry *entry, const char *key, const char *value)
{
	strv_add(&entry->keys, key);
	strv_add(&entry->values, value);
}

void loader_entry_finish(struct loader_entry *entry)
{
	strv_finish(&entry->keys);
	strv_finish(&entry->values);
}

const char *loader_entry_get(const struct loader_entry *entry, const char *key)
{
	for (size_t i = entry->keys.n; i > 0; i--) {
		if (streq(entry->keys.list[i - 1], key))
			return entry->values.list[i - 1];
	}
	return NULL;
}

char *loader_entry_options(const struct loader_entry *entry)
{
	struct strv all = {0};
	char *text;

	for (size_t i = 0; i < entry->keys.n; i++) {
		if (streq(entry->keys.list[i], "options"))
			strv_add(&all, entry->values.list[i]);
	}
	text = strv_join(&all, " ");
	strv_finish(&all);
	return text;
}

/* One line of the stock entry as ours has it. */
static void add_line(struct strv *out, const char *key, const char *value)
{
	if (streq(key, "title"))
		strv_addf(out, "title Playthrough: %s\n", value);
	else if (!streq(key, "sort-key"))
		strv_addf(out, "%s %s\n", key, value);
}

char *loader_entry_derive(const struct loader_entry *stock, const char *stock_name,
        const char *overlay, const char *arguments)
{
	struct strv out = {0};
	bool placed = false;
	char *text;

	if (!loader_entry_get(stock, "linux") || !loader_entry_get(stock, "initrd"))
		return NULL;
	strv_addf(&out,
	        "# Made from %s by playthrough-setup apply; playthrough-setup undo removes it.\n",
	        stock_name);
	if (!loader_entry_get(stock, "title"))
		strv_add(&out, "title Playthrough\n");
	for (size_t i = 0; i < stock->keys.n; i++) {
		if (streq(stock->keys.list[i], "initrd") && !placed) {
			strv_addf(&out, "initrd %s\n", overlay);
			placed = true;
		}
		add_line(&out, stock->keys.list[i], stock->values.list[i]);
	}
	strv_addf(&out, "options %s\n", arguments);
	text = strv_join(&out, "");
	strv_finish(&out);
	return text;
}

/* Where a boot counter begins: "+3" or "+2-1" at the end of a name without its suffix. */
static size_t without_counter(const char *name, size_t n)
{
	size_t at = n;

	while (at && strchr("0123456789-", name[at - 1]))
		at--;
	return at && at < n && name[at - 1] == '+' ? at - 1 : n;
}

bool loader_entry_is_entry(const char *name)
{
	return ends_with(name, SUFFIX);
}

char *loader_entry_own_name(const char *stock_name)
{
	size_t n = strlen(stock_name);

	if (loader_entry_is_entry(stock_name))
		n -= strlen(SUFFIX);
	return xasprintf("~%.*s" OWN SUFFIX, (int)without_counter(stock_name, n), stock_name);
}

bool loader_entry_is_trace(const char *name)
{
	return loader_entry_is_own(name) ||
	       (starts_with(name, ".~") && ends_with(name, OWN SUFFIX ".playthrough-new"));
}

bool loader_entry_is_own(const char *name)
{
	return name[0] == '~' && ends_with(name, OWN SUFFIX);
}

bool loader_entry_is_copied(const char *name)
{
	return loader_entry_is_own(name) && strcasestr(name, IMAGE);
}

/* How long the part is that says from which file, not from which kernel. */
static size_t line_length(const char *name)
{
	const char *at = strcasestr(name, IMAGE "-");

	return at ? (size_t)(at - name) : 0;
}

bool loader_entry_same_line(const char *a, const char *b)
{
	size_t n = line_length(a);

	return n == line_length(b) && !strncasecmp(a, b, n);
}

/* In small letters, as the loaders compare, up to what ours end in; caller frees. */
static char *version_part(const char *name)
{
	const char *end = *name ? strstr(name + 1, OWN) : NULL;
	char *part = end ? xstrndup(name, (size_t)(end - name)) : xstrdup(name);

	if (ends_with(part, IMAGE))
		part[strlen(part) - strlen(IMAGE)] = '\0';

	for (char *s = part; *s; s++)
		*s = *s >= 'A' && *s <= 'Z' ? (char)(*s + 'a' - 'A') : *s;
	return part;
}

int loader_entry_compare(const char *a, const char *b)
{
	cleanup_free char *part_a = version_part(a), *part_b = version_part(b);

	return strverscmp(part_a, part_b);
}
