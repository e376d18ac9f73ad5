/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "video.h"

#include <stdio.h>

const char *video_drivers(const char *wayland, const char *x11)
{
	bool has_wayland = wayland && *wayland, has_x11 = x11 && *x11;

	if (has_x11)
		return has_wayland ? "x11,wayland" : "x11";
	return has_wayland ? "wayland" : "KMSDRM";
}

/* SDL 2.26: only X11 has CreateWindowFramebuffer; Wayland and KMSDRM have not (src/video/). */
bool video_shows_pixels(const char *driver)
{
	return driver && streq(driver, "x11");
}

static bool reads(const struct root *root, const char *folder, const char *name, const char *wanted)
{
	cleanup_free char *text = root_readf(root, "/sys/class/drm/%s/%s", folder, name);

	return text && streq(strip(text), wanted);
}

/* A connector is a folder card0-HDMI-A-1 beside card0. */
static bool has_screen(const struct root *root, const struct strv *names, const char *card)
{
	cleanup_free char *prefix = xasprintf("%s-", card);

	for (size_t i = 0; i < names->n; i++)
		if (starts_with(names->list[i], prefix) &&
		        reads(root, names->list[i], "status", "connected"))
			return true;
	return false;
}

int video_card(const struct root *root)
{
	cleanup(strv_finish) struct strv names = {0};
	int found = -1;

	if (root_list(root, "/sys/class/drm", &names) < 0)
		return -1;
	for (size_t i = 0; i < names.n && found < 0; i++) {
		const char *name = names.list[i];
		uint64_t number;

		if (!starts_with(name, "card") || parse_u64(name + 4, 10, 1000, &number) < 0)
			continue;
		if (reads(root, name, "device/boot_vga", "1") && has_screen(root, &names, name))
			found = (int)number;
	}
	return found;
}
