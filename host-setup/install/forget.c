/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "forget.h"

int forget(const struct root *root, struct err *err)
{
	static const char *const own[] = {"/var/lib/systemd/random-seed",
	        "/boot/efi/loader/random-seed", "/var/lib/dbus/machine-id"};
	cleanup_strv struct strv keys = {0};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		if (root_remove(root, own[i], err) < 0)
			return err->number;
	}
	root_list(root, "/etc/ssh", &keys);
	strv_foreach (name, &keys) {
		cleanup_free char *path = xasprintf("/etc/ssh/%s", *name);

		if (starts_with(*name, "ssh_host_") && root_remove(root, path, err) < 0)
			return err->number;
	}
	return root_write(root, "/etc/machine-id", "", 0, 0444, err);
}
