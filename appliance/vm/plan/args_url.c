/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk on the network as QEMU's arguments: each part of its address is an option of its own. */
#include "profile/disk_url.h"
#include "vm/plan/plan_parts.h"

#define RECONNECT_S \
	30 /* for so long what the guest reads and writes waits for a server that has gone */

/* Caller frees; "" where there is none. */
static char *secret_of(const struct planning *p, const struct profile_disk *disk,
        enum disk_url_kind kind, unsigned fd)
{
	bool ceph = kind == DISK_URL_RBD; /* whose keys are base64 on paper */

	if (!fd)
		return xstrdup("");
	args_option(&p->plan->args, "-object", "secret,id=url-%s,file=/proc/self/fd/%u%s",
	        disk->name, fd, ceph ? ",format=base64" : "");
	return xasprintf(",%s=url-%s", ceph ? "key-secret" : "password-secret", disk->name);
}

static char *server_of(const struct disk_url *url, const char *secret)
{
	const char *user = url->user ? ",user=" : "", *name = url->user ? url->user : "";
	bool v6 = url->host && strchr(url->host, ':');

	switch (url->kind) {
	case DISK_URL_NBD:
		return xasprintf("server.type=inet,server.host=%s,server.port=%u,export=%s,"
		                 "reconnect-delay=%d",
		        url->host, url->port, url->name, RECONNECT_S);
	case DISK_URL_NBD_UNIX:
		return xasprintf("server.type=unix,server.path=%s,export=%s,reconnect-delay=%d",
		        url->socket, url->name, RECONNECT_S);
	case DISK_URL_ISCSI:
		return xasprintf("transport=tcp,portal=%s%s%s:%u,target=%s,lun=%u%s%s%s",
		        v6 ? "[" : "", url->host, v6 ? "]" : "", url->port, url->name, url->lun,
		        user, name, secret);
	case DISK_URL_RBD:
		return xasprintf(
		        "pool=%s,image=%s%s%s%s", url->pool, url->name, user, name, secret);
	case DISK_URL_NFS:
		return xasprintf("server.type=inet,server.host=%s,path=%s", url->host, url->name);
	}
	return xstrdup("");
}

void args_url(const struct planning *p, const struct profile_disk *disk, const char *node,
        unsigned secret, const char *mode)
{
	cleanup_free char *server = NULL, *key = NULL;
	struct disk_url url;

	if (disk_url_parse(disk->url, &url, NULL) < 0)
		return;
	key = secret_of(p, disk, url.kind, secret);
	server = server_of(&url, key);
	args_option(&p->plan->args, "-blockdev", "driver=%s,node-name=%s-%s,%s,%s",
	        disk_url_driver(url.kind), node, disk->name, server, mode);
	disk_url_finish(&url);
}
