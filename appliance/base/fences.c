/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/fences.h"

#include "base/strv.h"
#include "base/util.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int add_bool(sd_bus_message *m, const char *name, bool value)
{
	return sd_bus_message_append(m, "(sv)", name, "b", (int)value);
}

static int add_bools(sd_bus_message *m, const struct fences *needs)
{
	static const char *const yes[] = {"NoNewPrivileges", "PrivateDevices", "PrivateIPC",
	        "PrivateMounts", "PrivateTmp", "ProtectClock", "ProtectControlGroups",
	        "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules",
	        "ProtectKernelTunables", "LockPersonality", "RestrictRealtime", "RestrictSUIDSGID"};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		r = r < 0 ? r : add_bool(m, yes[i], true);
	/* Who makes a user namespace maps its own user there. */
	r = r < 0 ? r : add_bool(m, "PrivateUsers", !needs->shuts_in);
	r = r < 0 ? r : add_bool(m, "PrivateNetwork", !needs->network);
	return r < 0 ? r : add_bool(m, "MemoryDenyWriteExecute", !needs->writes_code);
}

static int add_files(sd_bus_message *m)
{
	return sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)(sv)", "ProtectSystem", "s", "strict",
	        "ProtectHome", "s", "yes", "ProtectProc", "s", "invisible", "DevicePolicy", "s",
	        "closed", "LimitCORE", "t", (uint64_t)0, "UMask", "u", 0077u);
}

/* Where there is no network, there is neither an address to make one from. */
static int add_network(sd_bus_message *m, const struct fences *needs)
{
	static const uint8_t any[16] = {0};
	int n = needs->network ? 4 : needs->netlink ? 2 : 1;
	int r = sd_bus_message_append(m, "(sv)", "RestrictAddressFamilies", "(bas)", 1, n,
	        "AF_UNIX", "AF_NETLINK", "AF_INET", "AF_INET6");

	if (needs->network)
		return r;
	r = r < 0 ? r : sd_bus_message_open_container(m, 'r', "sv");
	r = r < 0 ? r : sd_bus_message_append(m, "s", "IPAddressDeny");
	r = r < 0 ? r : sd_bus_message_open_container(m, 'v', "a(iayu)");
	r = r < 0 ? r : sd_bus_message_open_container(m, 'a', "(iayu)");
	for (unsigned i = 0; i < 2; i++) {
		r = r < 0 ? r : sd_bus_message_open_container(m, 'r', "iayu");
		r = r < 0 ? r : sd_bus_message_append(m, "i", i ? AF_INET6 : AF_INET);
		r = r < 0 ? r
		          : sd_bus_message_append_array(m, 'y', any,
		                    i ? sizeof(struct in6_addr) : sizeof(struct in_addr));
		r = r < 0 ? r : sd_bus_message_append(m, "u", 0u);
		r = r < 0 ? r : sd_bus_message_close_container(m);
	}
	for (unsigned i = 0; i < 3; i++)
		r = r < 0 ? r : sd_bus_message_close_container(m);
	return r;
}

static int add_filter(sd_bus_message *m, bool allow, const struct strv *calls)
{
	int r = sd_bus_message_open_container(m, 'r', "sv");

	r = r < 0 ? r : sd_bus_message_append(m, "s", "SystemCallFilter");
	r = r < 0 ? r : sd_bus_message_open_container(m, 'v', "(bas)");
	r = r < 0 ? r : sd_bus_message_open_container(m, 'r', "bas");
	r = r < 0 ? r : sd_bus_message_append(m, "b", (int)allow);
	r = r < 0 ? r : sd_bus_message_append_strv(m, calls->list);
	for (unsigned i = 0; i < 3; i++)
		r = r < 0 ? r : sd_bus_message_close_container(m);
	return r;
}

/* Beside what a service needs, only the fences that it puts around itself. systemd 252 has no name for those that need no right. */
static int add_calls(sd_bus_message *m, const struct fences *needs)
{
	cleanup_strv struct strv allowed = {0}, not = {0}, again = {0};
	int r = sd_bus_message_append(m, "(sv)(sv)", "SystemCallArchitectures", "as", 1, "native",
	        "SystemCallErrorNumber", "i", EPERM);

	strv_split(&allowed,
	        "@system-service seccomp landlock_create_ruleset landlock_add_rule "
	        "landlock_restrict_self",
	        " ");
	strv_split(&not, "@privileged @keyring @setuid", " ");
	if (!needs->places)
		strv_add(&not, "@resources");
	r = r < 0 ? r : add_filter(m, true, &allowed);
	r = r < 0 ? r : add_filter(m, false, &not );
	strv_split(&again, "mount umount2 pivot_root capset @setuid", " ");
	if (r >= 0 && needs->shuts_in)
		r = add_filter(m, true, &again);
	return r;
}

int fences_add(sd_bus_message *m, const struct fences *needs)
{
	int r = add_bools(m, needs);

	r = r < 0 ? r : add_files(m);
	r = r < 0 ? r : add_network(m, needs);
	r = r < 0 ? r : add_calls(m, needs);
	return r < 0 ? r
	             : sd_bus_message_append(m, "(sv)(sv)(sv)", "CapabilityBoundingSet", "t",
	                       (uint64_t)0, "AmbientCapabilities", "t", (uint64_t)0,
	                       "RestrictNamespaces", "t", needs->namespaces);
}
