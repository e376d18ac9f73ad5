/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/mask.h"
#include "base/pciaddr.h"

#include <ctype.h>
#include <stdio.h>

#define NARROW_BELOW 6 /* shorter ones occur by chance: "1234" is a vendor as well */
#define SECRET_MIN   3

static bool is_word(char c)
{
	return isalnum((unsigned char)c);
}

/* --- names --- */

const char *mask_add(struct mask *mask, const char *secret, size_t n, char *alias)
{
	struct mask_name *name = list_append(mask->list, mask->n);

	name->secret = xstrndup(secret, n);
	name->alias = alias;
	name->narrow = n < NARROW_BELOW || strspn(name->secret, "0123456789") == n;
	if (n >= 12)
		name->narrow = false;
	return name->alias;
}

const struct mask_name *mask_find(const struct mask *mask, const char *at, size_t n)
{
	for (size_t i = 0; i < mask->n; i++) {
		if (strlen(mask->list[i].secret) == n && memcmp(mask->list[i].secret, at, n) == 0)
			return &mask->list[i];
	}
	return NULL;
}

/* A root hub's serial number is its controller's address; "00000000" is no number at all. */
bool mask_is_secret(const char *s)
{
	struct pci_addr address;

	if (strlen(s) < SECRET_MIN || pci_addr_parse(s, &address) == 0)
		return false;
	return s[strspn(s, (const char[]){s[0], '\0'})] != '\0';
}

static void add_serial(struct mask *mask, const char *s)
{
	static const char *const prefixes[] = {"eui.", "naa.", "uuid.", "nvme.", "t10."};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		s += starts_with(s, prefixes[i]) ? strlen(prefixes[i]) : 0;
	if (mask_is_secret(s) && !mask_find(mask, s, strlen(s)))
		mask_add(mask, s, strlen(s), xasprintf("SERIAL%04zu", mask->n + 1));
}

/* udev writes "_" for blanks in links and in ID_SERIAL. */
void mask_learn_serial(struct mask *mask, const char *s)
{
	cleanup_free char *copy = xstrdup(s);
	char *text = copy ? strip(copy) : NULL;

	if (!text)
		return;
	add_serial(mask, text);
	if (!strchr(text, ' '))
		return;
	for (char *c = text; *c; c++)
		*c = *c == ' ' ? '_' : *c;
	add_serial(mask, text);
}

void mask_finish(struct mask *mask)
{
	for (size_t i = 0; i < mask->n; i++) {
		free(mask->list[i].secret);
		free(mask->list[i].alias);
	}
	free(mask->list);
	*mask = (struct mask){0};
}

/* --- patterns --- */

/* Matches @pattern, where "x" is a hex digit; returns its length or 0. */
static size_t match(const char *at, const char *pattern)
{
	size_t n = strlen(pattern);

	for (size_t i = 0; i < n; i++) {
		bool fits =
		        pattern[i] == 'x' ? isxdigit((unsigned char)at[i]) : at[i] == pattern[i];

		if (!fits)
			return 0;
	}
	return is_word(at[n]) ? 0 : n;
}

static size_t match_run(const char *at, size_t least, int (*kind)(int))
{
	size_t n = 0;

	while (kind((unsigned char)at[n]))
		n++;
	return n >= least && !is_word(at[n]) ? n : 0;
}

/* Known to all the world, so no secret: the namespaces of EFI variables. */
static bool is_public(const char *uuid)
{
	return strncasecmp(uuid, "8be4df61-93ca-11d2-aa0d-00e098032b8c", 36) == 0;
}

/* The length of the secret at @at and its new alias, or 0. */
static size_t match_pattern(const char *at, size_t number, char **alias)
{
	static const char uuid[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
	                  mac[] = "xx:xx:xx:xx:xx:xx";
	size_t n;

	if ((n = match(at, uuid)) && !is_public(at))
		*alias = xasprintf("00000000-0000-4000-8000-%012zu", number);
	else if ((n = match(at, mac)) && at[n] != ':')
		*alias = xasprintf("02:00:00:00:%02zx:%02zx", number >> 8 & 0xff, number & 0xff);
	else if (starts_with(at, "enx") && (n = match(at + 3, "xxxxxxxxxxxx")))
		*alias = xasprintf("enx02000000%04zx", number & 0xffff), n += 3;
	else if (starts_with(at, "wlx") && (n = match(at + 3, "xxxxxxxxxxxx")))
		*alias = xasprintf("wlx02000000%04zx", number & 0xffff), n += 3;
	else if ((n = match_run(at, 32, isxdigit)))
		*alias = xasprintf("%032zx", number);
	else if (starts_with(at, "LVM-") && (n = match_run(at + 4, 64, isalnum)))
		*alias = xasprintf("LVM-%064zx", number), n += 4;
	else
		n = 0;
	return n;
}

/* A person's name in a path: the length of the name behind the folder, or 0. */
static size_t match_person(const char *at, size_t *folder)
{
	static const char *const folders[] = {"/home/", "/run/media/", "/media/"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		if (starts_with(at, folders[i])) {
			*folder = strlen(folders[i]);
			return strcspn(at + *folder, "/ \t\n,\"'");
		}
	}
	return 0;
}

/* Zeros only, as in a table's header, say nothing. */
static bool all_zero(const char *at, size_t n)
{
	return strspn(at, "0-:") >= n;
}

static const char *alias_at(struct mask *mask, const char *at, bool serials, size_t *n)
{
	const struct mask_name *best = NULL, *known;
	char *alias = NULL;

	for (size_t i = 0; i < mask->n; i++) {
		const struct mask_name *name = &mask->list[i];
		size_t length = strlen(name->secret);

		if (name->narrow && !serials)
			continue;
		if (strncmp(name->secret, at, length) == 0 && !is_word(at[length]) &&
		        (!best || length > strlen(best->secret)))
			best = name;
	}
	if (best) {
		*n = strlen(best->secret);
		return best->alias;
	}
	*n = match_pattern(at, mask->n + 1, &alias);
	if (!*n || all_zero(at, *n)) {
		free(alias);
		return NULL;
	}
	known = mask_find(mask, at, *n);
	if (known) {
		free(alias);
		return known->alias;
	}
	return mask_add(mask, at, *n, alias);
}

static const char *person_alias(struct mask *mask, const char *at, size_t n)
{
	const struct mask_name *known = mask_find(mask, at, n);

	if (known)
		return known->alias;
	return mask_add(mask, at, n, xasprintf("person%zu", mask->n + 1));
}

char *mask_text(struct mask *mask, const char *text, bool serials)
{
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);
	char before = '\0';

	if (!f)
		abort();
	while (*text) {
		const char *alias = NULL;
		size_t n = 0, folder = 0, person = *text == '/' ? match_person(text, &folder) : 0;

		if (person) {
			fprintf(f, "%.*s%s", (int)folder, text,
			        person_alias(mask, text + folder, person));
			n = folder + person;
		} else if (is_word(*text) && !is_word(before) &&
		           (alias = alias_at(mask, text, serials, &n))) {
			fputs(alias, f);
		} else {
			fputc(*text, f);
			n = 1;
		}
		before = text[n - 1];
		text += n;
	}
	if (fclose(f) != 0)
		abort();
	return out;
}
