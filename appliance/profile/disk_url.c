/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/disk_url.h"

#include "base/i18n.h"
#include "base/strv.h"
#include "profile/file.h"

#include <errno.h>

#define ALNUM       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define NBD_PORT    10809u
#define ISCSI_PORT  3260u
#define PORT_MOST   65535u
#define LUN_MOST    255u
#define HOST_MOST   253u
#define SOCKET_MOST 107u /* unix(7) */

static bool is_made_of(const char *s, const char *letters)
{
	return *s && !s[strspn(s, letters)];
}

/* "[::1]:3260" or "server:3260"; @text is cut. */
static bool take_host(char *text, unsigned port, struct disk_url *url)
{
	char *colon = NULL;
	uint64_t number = port;
	bool good;

	if (text[0] == '[') {
		char *end = strchr(text, ']');

		if (!end || (end[1] && end[1] != ':'))
			return false;
		colon = end[1] ? end + 1 : NULL;
		*end = '\0';
		text++;
		good = is_made_of(text, "0123456789abcdefABCDEF:.");
	} else {
		colon = strchr(text, ':');
		if (colon)
			*colon = '\0';
		good = is_made_of(text, ALNUM ".-") && text[0] != '-';
	}
	if (!good || strlen(text) > HOST_MOST)
		return false;
	if (colon && (!port || parse_u64(colon + 1, 10, PORT_MOST, &number) < 0 || !number))
		return false;
	url->host = xstrdup(text);
	url->port = (unsigned)number;
	return true;
}

/* The first part of "HOST/REST"; @rest is what comes behind the slash, NULL where there is none. Caller frees. */
static char *split_slash(const char *text, const char **rest)
{
	size_t n = strcspn(text, "/");

	*rest = text[n] ? text + n + 1 : NULL;
	return xstrndup(text, n);
}

static bool take_nbd(const char *text, struct disk_url *url)
{
	const char *rest;
	cleanup_free char *host = split_slash(text, &rest);

	if (!take_host(host, NBD_PORT, url) || (rest && *rest && !is_made_of(rest, ALNUM "._:-/")))
		return false;
	url->name = xstrdup(rest ? rest : "");
	return true;
}

/* "/EXPORT?socket=/PATH" */
static bool take_nbd_unix(const char *text, struct disk_url *url)
{
	const char *query = strstr(text, "?socket=");
	cleanup_free char *name = NULL;

	if (text[0] != '/' || !query)
		return false;
	name = xstrndup(text + 1, (size_t)(query - text - 1));
	query += strlen("?socket=");
	if ((*name && !is_made_of(name, ALNUM "._:-/")) || query[0] != '/' ||
	        strlen(query) > SOCKET_MOST || !is_made_of(query, ALNUM "._:-/+@ "))
		return false;
	url->name = take_ptr(name);
	url->socket = xstrdup(query);
	return true;
}

/* "[USER@]HOST[:PORT]/TARGET/LUN" */
static bool take_iscsi(const char *text, struct disk_url *url)
{
	const char *at = strchr(text, '@'), *rest, *number = NULL;
	cleanup_free char *user = at ? xstrndup(text, (size_t)(at - text)) : NULL;
	cleanup_free char *host = split_slash(at ? at + 1 : text, &rest);
	cleanup_free char *target = rest ? split_slash(rest, &number) : NULL;
	uint64_t lun;

	if ((user && !is_made_of(user, ALNUM "._-")) || !take_host(host, ISCSI_PORT, url))
		return false;
	if (!target || !number || !is_made_of(target, ALNUM ".:-") ||
	        parse_u64(number, 10, LUN_MOST, &lun) < 0)
		return false;
	url->user = take_ptr(user);
	url->name = take_ptr(target);
	url->lun = (unsigned)lun;
	return true;
}

/* "POOL/IMAGE[:id=USER]" */
static bool take_rbd(const char *text, struct disk_url *url)
{
	const char *rest, *user;
	cleanup_free char *pool = split_slash(text, &rest), *image = NULL;

	if (!rest)
		return false;
	user = strstr(rest, ":id=");
	image = user ? xstrndup(rest, (size_t)(user - rest)) : xstrdup(rest);
	user = user ? user + strlen(":id=") : NULL;
	if (!is_made_of(pool, ALNUM "._-") || !is_made_of(image, ALNUM "._-") ||
	        (user && !is_made_of(user, ALNUM "._-")))
		return false;
	url->pool = take_ptr(pool);
	url->name = take_ptr(image);
	url->user = xstrdup(user);
	return true;
}

/* "HOST/PATH": libnfs knows no port in it. */
static bool take_nfs(const char *text, struct disk_url *url)
{
	const char *rest;
	cleanup_free char *host = split_slash(text, &rest);

	if (!rest || !take_host(host, 0, url) || !is_made_of(rest, ALNUM "._:-/+@ ") ||
	        ends_with(rest, "/"))
		return false;
	url->name = xasprintf("/%s", rest);
	return true;
}

static const struct scheme {
	const char *prefix, *driver, *form;
	enum disk_url_kind kind;
	bool (*take)(const char *text, struct disk_url *url);
} schemes[] = {
        {"nbd://", "nbd", "nbd://HOST[:PORT]/EXPORT", DISK_URL_NBD, take_nbd},
        {"nbd+unix://", "nbd", "nbd+unix:///EXPORT?socket=PATH", DISK_URL_NBD_UNIX, take_nbd_unix},
        {"iscsi://", "iscsi", "iscsi://[USER@]HOST[:PORT]/TARGET/LUN", DISK_URL_ISCSI, take_iscsi},
        {"rbd:", "rbd", "rbd:POOL/IMAGE[:id=USER]", DISK_URL_RBD, take_rbd},
        {"nfs://", "nfs", "nfs://HOST/PATH", DISK_URL_NFS, take_nfs},
};

/* "SCHEME://USER:PASSWORD@...", "iscsi://USER%PASSWORD@..." and "rbd:...:key=KEY", as QEMU's own are; with any sign in it. */
static bool has_password(const char *text)
{
	const char *start = strstr(text, "//"), *at = start ? strrchr(start, '@') : NULL;

	return (at && start + strcspn(start, ":%") < at) || strstr(text, ":key=");
}

static int refuse(const char *text, const char *form, struct err *err)
{
	cleanup_strv struct strv forms = {0};
	cleanup_free char *all = NULL;

	if (has_password(text)) { /* which is to be in no log */
		err_set(err, -EINVAL,
		        _("url=: there is a password in it, or no address of a disk"));
		err_hint(err, _("a password stands in the first line of the file of secret-file="));
		return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		strv_add(&forms, schemes[i].form);
	all = form ? xstrdup(form) : strv_join(&forms, ", ");
	err_set(err, -EINVAL, _("url=%s: not the address of a disk on the network"),
	        ini_quote(text).s);
	err_hint(err,
	        form ? _("write %s, in Latin letters, digits and . _ -") : _("write one of %s"),
	        all);
	return -EINVAL;
}

int disk_url_parse(const char *text, struct disk_url *out, struct err *err)
{
	*out = (struct disk_url){0};
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		const struct scheme *s = &schemes[i];

		if (!starts_with(text, s->prefix))
			continue;
		out->kind = s->kind;
		if (s->take(text + strlen(s->prefix), out))
			return 0;
		disk_url_finish(out);
		return refuse(text, s->form, err);
	}
	return refuse(text, NULL, err);
}

void disk_url_finish(struct disk_url *url)
{
	free(url->host);
	free(url->socket);
	free(url->name);
	free(url->pool);
	free(url->user);
	*url = (struct disk_url){0};
}

const char *disk_url_driver(enum disk_url_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (schemes[i].kind == kind)
			return schemes[i].driver;
	return "";
}
