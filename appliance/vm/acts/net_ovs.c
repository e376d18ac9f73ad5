/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports of Open vSwitch. Its data base keeps them over the end of their link and of this PC, so that each carries the name
 * of its VM (external_ids) and is called transient, for ovs-ctl's --delete-transient-ports.
 */
#include "vm/acts/net_parts.h"

#include "base/child.h"
#include "base/i18n.h"
#include "host/links.h"
#include "profile/profile.h"

#include <errno.h>

#define OVS_MS 15000
#define OVS    OVS_PROGRAM, "--timeout=10", "--db=unix:" OVS_SOCKET

static int run(char *const *argv, struct err *err)
{
	int r = child_check(argv, NULL, OVS_MS, err);

	if (r < 0)
		err_code(err, r == -ENOENT ? CODE_NET_PROGRAM : CODE_NET_LINK);
	return r;
}

int act_ovs_add(const struct act_link *l, struct err *err)
{
	cleanup_free char *ids = xasprintf("external_ids:playthrough=%s", l->vm);
	cleanup_free char *mac = xasprintf("external_ids:attached-mac=\"%s\"", l->mac);
	cleanup_free char *tag = l->vlan ? xasprintf("tag=%u", l->vlan) : xstrdup("tag=[]");
	char *const argv[] = {OVS, "--", "--may-exist", "add-port", (char *)l->link, (char *)l->tap,
	        "--", "set", "Port", (char *)l->tap, tag, "other_config:transient=true", ids, "--",
	        "set", "Interface", (char *)l->tap, mac, NULL};
	int r = run(argv, err);

	if (r < 0)
		err_hint(err, _("correct link= in [network]; ovs-vsctl list-br shows the bridges"));
	return r;
}

static int remove_port(const char *name, const char *bridge, struct err *err)
{
	char *const from[] = {
	        OVS, "--", "--if-exists", "del-port", (char *)bridge, (char *)name, NULL};
	char *const any[] = {OVS, "--", "--if-exists", "del-port", (char *)name, NULL};

	return run(bridge ? from : any, err);
}

int act_ovs_remove(const struct act_link *l, struct err *err)
{
	return remove_port(l->tap, l->link, err);
}

/*
 * One line: pt-games,"{playthrough=games}", as ovs-vsctl's format csv. A port whose link is there is of a VM that runs, or
 * starts meanwhile: the link is made first.
 */
static void sweep_line(
        const struct root *root, const char *line, const struct strv *vms, struct err *err)
{
	static const char mark[] = "playthrough=";
	const char *comma = strchr(line, ','), *vm = strstr(line, mark);
	cleanup_free char *name = comma ? xstrndup(line, (size_t)(comma - line)) : NULL;
	cleanup_free char *owner = NULL;
	cleanup_free char *link = name ? xasprintf("/sys/class/net/%s", name) : NULL;

	if (!name || !vm || !starts_with(name, "pt-") || strchr(name, '/') ||
	        root_exists(root, link))
		return;
	vm += strlen(mark);
	owner = xstrndup(vm, strcspn(vm, ",}\" "));
	if (profile_check_name(owner, NULL) == 0 && !strv_has(vms, owner))
		remove_port(name, NULL, err);
}

int act_link_sweep(const struct root *root, const struct strv *vms, struct err *err)
{
	char *const argv[] = {OVS, "--format=csv", "--data=bare", "--no-headings",
	        "--columns=name,external_ids", "find", "Port", "other_config:transient=true", NULL};
	struct child_result result = {0};
	cleanup_strv struct strv lines = {0};
	int r;

	if (!root_exists(root, OVS_SOCKET) || !root_exists(root, OVS_PROGRAM))
		return 0;
	r = child_run(argv, NULL, OVS_MS, &result, err);
	if (r == 0 && result.status == 0)
		strv_split(&lines, result.output, "\n");
	strv_foreach (line, &lines)
		sweep_line(root, *line, vms, err);
	free(result.output);
	return r;
}
