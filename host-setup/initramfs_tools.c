/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * initramfs-tools, as Debian, Ubuntu and their children have it.
 *
 * The order is guaranteed, not lucky. playthrough-bind must run before anything loads a driver. A script in
 * scripts/init-top would be the usual place, but their order is made by tsort from the scripts' PREREQS,
 * and udev's names none, so it may run first. So we use what comes before every script: /init sources
 * all files of conf/conf.d after it has mounted /sys, /proc and /dev and before it runs init-top. The /init
 * that every image gets is a copy of INIT, so that is where this is looked up.
 */
#include "initramfs.h"

#include "base/i18n.h"

#include <errno.h>

#define INIT "/usr/share/initramfs-tools/init"

static const char *detect(const struct root *root)
{
	if (!root_exists(root, "/etc/initramfs-tools/initramfs.conf"))
		return NULL;
	return root_exists(root, "/usr/sbin/mkinitramfs") ? "/usr/sbin/mkinitramfs" : NULL;
}

/* The number of the first line that begins with @start and holds @part; 0 when there is none. */
static unsigned find_line(const char *text, const char *start, const char *part)
{
	unsigned number = 1;

	for (const char *line = text; *line; number++) {
		size_t n = strcspn(line, "\n");
		const char *at = strstr(line, part);

		if (starts_with(line, start) && at && at < line + n)
			return number;
		line += n + (line[n] == '\n');
	}
	return 0;
}

static int check(const struct root *root, struct err *err)
{
	cleanup_free char *init = root_read(root, INIT);
	unsigned proc, dev, conf, top;

	if (!init)
		return err_errno(err, -errno, "%s" INIT, root->path);
	proc = find_line(init, "mount -t proc ", "/proc");
	dev = find_line(init, "if ! mount -t devtmpfs ", " /dev");
	dev = dev ? dev : find_line(init, "mount -t devtmpfs ", " /dev");
	conf = find_line(init, "for ", " in conf/conf.d/*");
	top = find_line(init, "run_scripts /scripts/init-top", "init-top");
	if (proc && dev && proc < conf && dev < conf && conf < top)
		return 0;
	err_set(err, -ENOTSUP,
	        _("%s%s: it is not seen to read conf/conf.d after it has mounted /proc and /dev "
	          "and before it runs init-top"),
	        root->path, INIT);
	err_hint(err, _("this initramfs-tools is another one than Playthrough knows; nothing was "
	                "changed"));
	err_code(err, CODE_BOOT_ORDER);
	return -ENOTSUP;
}

const struct initramfs initramfs_tools = {
        .name = "initramfs-tools",
        .detect = detect,
        .script = "conf/conf.d/playthrough",
        .check = check,
};
