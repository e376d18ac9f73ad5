/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "move/import_secrets.h"

#include "move/import_options.h"

#include <stdio.h>
#include <strings.h>

/* "value" is that of -smbios type=11, and "string" that of -fw_cfg: systemd's credentials come by both. */
bool secret_is_key(const char *key)
{
	static const char *const keys[] = {
	        "password", "passwd", "passphrase", "data", "osk", "cookie", "string", "value"};
	const char *dot = strrchr(key, '.');

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcasecmp(dot ? dot + 1 : key, keys[i]) == 0)
			return true;
	return false;
}

/*
 * "SCHEME://USER:PASSWORD@HOST/..." and what is asked of a server behind a "?", as tokens are. The last "@" ends the password,
 * which a person may have written with any sign in it.
 */
static char *hide_url(const char *url)
{
	const char *start = strstr(url, "://") + 3, *at = strrchr(start, '@');
	const char *end = start + strcspn(start, ":%@");
	bool password = at && end < at;
	const char *rest = password ? at : start, *query = strchr(rest, '?');
	int first = (int)((password ? end : start) - url);
	int n = query && !starts_with(query, "?socket=") ? (int)(query - rest) : (int)strlen(rest);

	return xasprintf("%.*s%s%.*s%s", first, url, password ? ":" SECRET_HIDDEN : "", n, rest,
	        rest[n] ? "?" SECRET_HIDDEN : "");
}

/* "rbd:POOL/IMAGE:id=USER:key=KEY" */
static char *hide_rbd(const char *address)
{
	const char *key = strstr(address, ":key=");

	return key ? xasprintf("%.*s" SECRET_HIDDEN, (int)(key - address + 5), address)
	           : xstrdup(address);
}

/* Of a key that is none, but a piece of something else, nobody knows what it is. */
const char *secret_hide_key(const char *key)
{
	return key[strspn(
	               key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+")]
	               ? "..."
	               : key;
}

/* "http://HOST/x?token" is no key, and what stands behind it may be anything. */
char *secret_hide(const char *key, const char *value)
{
	if (secret_is_key(key) || secret_hide_key(key) != key)
		return xstrdup(SECRET_HIDDEN);
	if (starts_with(value, "json:"))
		return xstrdup("json:" SECRET_HIDDEN);
	if (strstr(value, "rbd:"))
		return hide_rbd(value);
	return strstr(value, "://") ? hide_url(value) : xstrdup(value);
}

char *secret_hide_options(const char *options)
{
	cleanup(import_options_finish) struct import_options o;
	bool any = false;
	char *told = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&told, &size);

	if (!out)
		abort();
	import_options_split(&o, options, "");
	for (size_t i = 0; i < o.n; i++) {
		const struct import_option *option = &o.list[i];
		cleanup_free char *value = secret_hide(option->key, option->value);
		const char *key = secret_hide_key(option->key);

		any = any || !streq(value, option->value) || key != option->key;
		fprintf(out, "%s%s%s%s", i ? "," : "", key, *key ? "=" : "", value);
	}
	if (fclose(out))
		abort();
	if (any)
		return told;
	free(told);
	return xstrdup(options);
}

char *secret_hide_command(const char *command)
{
	size_t n = strcspn(command, " \t=");

	return xasprintf("%.*s%s", (int)n, command, command[n] ? " ..." : "");
}

bool secret_is_xml(const char *path, const char *attribute)
{
	static const struct {
		const char *path, *attribute;
	} secrets[] = {
	        {"devices/graphics", "passwd"}, {"qemu:commandline/qemu:arg", "value"},
	        {"qemu:commandline/qemu:env", "value"},
	        {"description", NULL}, /* anybody's words, which the profile has in a comment */
	};

	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		if (streq(secrets[i].path, path) &&
		        (attribute ? secrets[i].attribute && streq(secrets[i].attribute, attribute)
		                   : !secrets[i].attribute))
			return true;
	return false;
}

bool secret_is_vmx(const char *key)
{
	static const char *const prefixes[] = {
	        "RemoteDisplay.vnc.", "guestinfo.", "encryption.", "encryptedVM.", "annotation"};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncasecmp(key, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* --- what a person wrote --- */

/* What stands after WORD=, WORD = '..., "WORD": "...; NULL: the word says nothing of that kind. */
static char *value_after(char *at)
{
	at += *at == '\'' || *at == '"';
	at += strspn(at, " \t");
	if (*at != '=' && *at != ':')
		return NULL;
	return at + 1 + strspn(at + 1, " \t");
}

/* All of it: up to the quote that ends it, or else up to what separates it from the next. ",," is a comma of QEMU's. */
static char *mask_value(char *value)
{
	const char quote = *value == '\'' || *value == '"' ? *value++ : '\0';

	while (*value && (quote ? *value != quote : !strchr(",'\" ", *value))) {
		*value++ = '*';
		if (!quote && value[0] == ',' && value[1] == ',')
			value[0] = value[1] = '*';
	}
	return value;
}

void secret_hide_words(char *text)
{
	static const char *const words[] = {"passwd", "password", "passphrase", "pass", "pwd", "pw",
	        "passwort", "kennwort", "пароль", "Пароль", "secret", "token", "data", "osk",
	        "vnc.key", "keysafe", "cipassword"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (char *at = strcasestr(text, words[i]); at; at = strcasestr(at, words[i])) {
			char *value = value_after(at += strlen(words[i]));

			if (value)
				at = mask_value(value);
		}
	}
}
