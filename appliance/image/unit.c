/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/unit.h"

#include "base/fences.h"
#include "base/i18n.h"

#include <errno.h>
#include <unistd.h>

#define MANAGER \
	"org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"
#define MEMORY_BYTES (1ull << 30)
#define TASKS_MOST   128ull /* QEMU has up to 64 threads for files (util/thread-pool.c) */

/*
 * The user is the one whose image it is: /proc/self/fd opens a file anew, with the rights of whoever does. Where that is root,
 * it is one without capabilities in a user namespace, and the helper's own fence around files is needed.
 */
static int add_identity(sd_bus_message *m, uid_t uid, gid_t gid)
{
	cleanup_free char *user = xasprintf("%u", uid), *group = xasprintf("%u", gid);
	int r = sd_bus_message_append(m, "(sv)", "User", "s", user);

	return r < 0 ? r : sd_bus_message_append(m, "(sv)", "Group", "s", group);
}

int image_unit_fill(
        sd_bus_message *m, const char *unit, const char *helper, uid_t uid, gid_t gid, int input)
{
	/* libnuma asks so in its constructor, which qemu-img has. */
	static const struct fences needs = {.places = true};
	int r = sd_bus_message_append(m, "ss", unit, "fail");

	r = r < 0 ? r : sd_bus_message_open_container(m, 'a', "(sv)");
	r = r < 0 ? r
	          : sd_bus_message_append(
	                    m, "(sv)", "Description", "s", _("work on a disk image of a game VM"));
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "Type", "s", "exec");
	r = r < 0 ? r
	          : sd_bus_message_append(
	                    m, "(sv)", "ExecStart", "a(sasb)", 1, helper, 1, helper, 0);
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "StandardInputFileDescriptor", "h", input);
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "Slice", "s", "playthrough.slice");
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "CollectMode", "s", "inactive-or-failed");
	r = r < 0 ? r : add_identity(m, uid, gid);
	r = r < 0 ? r : fences_add(m, &needs);
	r = r < 0 ? r
	          : sd_bus_message_append(m, "(sv)(sv)", "MemoryMax", "t", (uint64_t)MEMORY_BYTES,
	                    "TasksMax", "t", (uint64_t)TASKS_MOST);
	r = r < 0 ? r : sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_append(m, "a(sa(sv))", 0);
}

int image_unit_start(const char *helper, uid_t uid, gid_t gid, int input, struct err *err)
{
	cleanup_free char *unit = xasprintf("playthrough-image-%d-%llx.service", (int)getpid(),
	        (unsigned long long)monotonic_us());
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	sd_bus *bus = NULL;
	int r = sd_bus_open_system(&bus);

	r = r < 0 ? r : sd_bus_message_new_method_call(bus, &m, MANAGER, "StartTransientUnit");
	r = r < 0 ? r : image_unit_fill(m, unit, helper, uid, gid, input);
	r = r < 0 ? r : sd_bus_call(bus, m, 0, &error, NULL);
	if (r < 0)
		err_set(err, r, _("systemd does not start the service that reads the image: %s"),
		        error.message ? error.message : strerror(-r));
	sd_bus_error_free(&error);
	sd_bus_message_unref(m);
	sd_bus_flush_close_unref(bus);
	return r < 0 ? r : 0;
}
