/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "move/import_url.h"

#include "base/i18n.h"
#include "profile/disk_url.h"

#define WHY_PROTOCOL \
	N_("of disks on the network, a profile has those of NBD, iSCSI, Ceph (rbd) and NFS")
#define WHY_ADDRESS                                                                             \
	N_("its address has parts that url= of a profile cannot say: have the server give the " \
	   "disk out by a plain name")
#define WHY_SNAPSHOT N_("a snapshot of Ceph is not read")

static char *checked(char *url, const char **why)
{
	struct disk_url parts;

	if (disk_url_parse(url, &parts, NULL) == 0) {
		disk_url_finish(&parts);
		return url;
	}
	free(url);
	*why = WHY_ADDRESS;
	return NULL;
}

/* "host:port", with the brackets of IPv6. Caller frees. */
static char *authority(const struct import_place *p)
{
	const char *host = p->host ? p->host : "";
	bool v6 = strchr(host, ':') && host[0] != '[';

	return xasprintf("%s%s%s%s%s", v6 ? "[" : "", host, v6 ? "]" : "", p->port ? ":" : "",
	        p->port ? p->port : "");
}

/* A target without a number is its first: libvirt writes none then. */
static char *iscsi_url(const struct import_place *p, const char *server)
{
	return xasprintf("iscsi://%s%s%s/%s%s", p->user ? p->user : "", p->user ? "@" : "", server,
	        p->name, strchr(p->name, '/') ? "" : "/0");
}

char *import_url_of_place(const struct import_place *p, const char **why)
{
	cleanup_free char *server = authority(p);
	const char *name = p->name ? p->name : "";
	struct import_place named = *p;

	*why = NULL;
	named.name = name;
	if (streq(p->protocol, "nbd") && p->socket)
		return checked(xasprintf("nbd+unix:///%s?socket=%s", name, p->socket), why);
	if (streq(p->protocol, "nbd"))
		return checked(xasprintf("nbd://%s/%s", server, name), why);
	if (streq(p->protocol, "iscsi"))
		return checked(iscsi_url(&named, server), why);
	if (streq(p->protocol, "rbd") && strchr(name, '@')) {
		*why = WHY_SNAPSHOT;
		return NULL;
	}
	if (streq(p->protocol, "rbd"))
		return checked(xasprintf("rbd:%s%s%s", name, p->user ? ":id=" : "",
		                       p->user ? p->user : ""),
		        why);
	if (streq(p->protocol, "nfs"))
		return checked(
		        xasprintf("nfs://%s%s%s", server, *name == '/' ? "" : "/", name), why);
	*why = WHY_PROTOCOL;
	return NULL;
}

/* --- what QEMU's -drive file= says --- */

static const char *const remote[] = {"nbd:", "rbd:", "json:", "sheepdog:", "ssh:", "gluster:"};

bool import_is_url(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(remote); i++)
		if (starts_with(text, remote[i]))
			return true;
	return strstr(text, "://") && text[0] != '/';
}

/* "nbd:unix:PATH[:exportname=NAME]", "nbd:HOST:PORT[:exportname=NAME]" */
static char *old_nbd(const char *text, const char **why)
{
	const char *export = strstr(text, ":exportname=");
	cleanup_free char *at = xstrndup(text, export ? (size_t)(export - text) : strlen(text));
	bool unix_socket = starts_with(at, "unix:");
	char *colon = strrchr(at, ':');
	struct import_place p = {.protocol = "nbd",
	        .name = export ? export + strlen(":exportname=") : NULL,
	        .socket = unix_socket ? at + strlen("unix:") : NULL,
	        .host = at};

	if (colon && !unix_socket) {
		*colon = '\0';
		p.port = colon + 1;
	}
	return import_url_of_place(&p, why);
}

/* "POOL/IMAGE[:KEY=VALUE...]" */
static char *rbd(const char *text, const char **why)
{
	cleanup_strv struct strv parts = {0};
	struct import_place p = {.protocol = "rbd"};

	strv_split(&parts, text, ":");
	if (parts.n)
		p.name = parts.list[0];
	for (size_t i = 1; i < parts.n; i++)
		if (starts_with(parts.list[i], "id="))
			p.user = parts.list[i] + strlen("id=");
	return import_url_of_place(&p, why);
}

/* "[USER[%PASSWORD]@]HOST[:PORT]/TARGET/LUN", without the password. */
static char *iscsi(const char *text, const char **why)
{
	const char *at = strrchr(text, '@');
	size_t user = at ? strcspn(text, "%:@") : 0;

	*why = NULL;
	return checked(xasprintf("iscsi://%.*s%s", (int)user, text, at ? at : text), why);
}

char *import_url_of_text(const char *text, const char **why)
{
	static const char tcp[] = "nbd+tcp://";
	cleanup_free char *plain = xstrndup(text, strcspn(text, "?"));

	*why = NULL;
	if (starts_with(text, tcp))
		return checked(xasprintf("nbd://%s", plain + strlen(tcp)), why);
	if (starts_with(text, "nbd://") || starts_with(text, "nfs://"))
		return checked(take_ptr(plain), why);
	if (starts_with(text, "nbd+unix://"))
		return checked(xstrdup(text), why);
	if (starts_with(text, "nbd:"))
		return old_nbd(text + strlen("nbd:"), why);
	if (starts_with(text, "rbd:"))
		return rbd(text + strlen("rbd:"), why);
	if (starts_with(text, "iscsi://"))
		return iscsi(text + strlen("iscsi://"), why);
	*why = starts_with(text, "json:") ? WHY_ADDRESS : WHY_PROTOCOL;
	return NULL;
}

/* --- what its -blockdev says --- */

/* With "file." before it where it is below a format's. */
static const char *option(struct import_options *o, const char *key)
{
	cleanup_free char *below = xasprintf("file.%s", key);
	const char *value = import_option(o, key);

	return value ? value : import_option(o, below);
}

static const char *first_option(struct import_options *o, const char *one, const char *other)
{
	const char *value = option(o, one);

	return value ? value : option(o, other);
}

static char *iscsi_of(struct import_options *o, const char **why)
{
	const char *portal = option(o, "portal"), *target = option(o, "target");
	const char *lun = option(o, "lun"), *user = option(o, "user");

	*why = NULL;
	return checked(xasprintf("iscsi://%s%s%s/%s/%s", user ? user : "", user ? "@" : "",
	                       portal ? portal : "", target ? target : "", lun ? lun : "0"),
	        why);
}

bool import_is_network_driver(const char *driver)
{
	static const char *const drivers[] = {"nbd", "iscsi", "rbd", "nfs", "http", "https", "ftp",
	        "ftps", "ssh", "gluster", "sheepdog", "vxhs"};

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (streq(driver, drivers[i]))
			return true;
	return false;
}

char *import_url_of_options(struct import_options *o, const char **why)
{
	const char *driver = import_option(o, "file.driver"), *pool, *image;
	cleanup_free char *name = NULL;
	struct import_place p;

	*why = NULL;
	driver = driver ? driver : import_option(o, "driver");
	if (!driver || !import_is_network_driver(driver))
		return NULL;
	if (option(o, "tls-creds") || option(o, "snapshot")) {
		*why = WHY_ADDRESS;
		return NULL;
	}
	if (streq(driver, "iscsi"))
		return iscsi_of(o, why);
	p = (struct import_place){.protocol = driver,
	        .host = first_option(o, "server.host", "host"),
	        .port = first_option(o, "server.port", "port"),
	        .socket = first_option(o, "server.path", "path"),
	        .user = streq(driver, "rbd") ? option(o, "user") : NULL,
	        .name = option(o, "export")};
	pool = option(o, "pool");
	image = option(o, "image");
	if (streq(driver, "rbd"))
		p.name = name = xasprintf("%s/%s", pool ? pool : "", image ? image : "");
	if (streq(driver, "nfs"))
		p.name = option(o, "path");
	return import_url_of_place(&p, why);
}

bool import_url_has_more(const char *text)
{
	cleanup_strv struct strv parts = {0};

	if (!starts_with(text, "rbd:"))
		return strchr(text, '?') && !starts_with(text, "nbd+unix:");
	strv_split(&parts, text, ":");
	for (size_t i = 2; i < parts.n; i++)
		if (!starts_with(parts.list[i], "id=") && !starts_with(parts.list[i], "key="))
			return true;
	return false;
}

bool import_url_has_user(const char *url)
{
	struct disk_url parts;
	bool has;

	if (disk_url_parse(url, &parts, NULL) < 0)
		return false;
	has = parts.user;
	disk_url_finish(&parts);
	return has;
}
