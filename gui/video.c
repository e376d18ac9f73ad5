/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "video.h"

#include <strings.h>

const char *video_drivers(const char *wayland, const char *x11)
{
	bool has_wayland = wayland && *wayland, has_x11 = x11 && *x11;

	if (has_x11)
		return has_wayland ? "x11,wayland" : "x11";
	return has_wayland ? "wayland" : "KMSDRM";
}

bool video_is_bare(const char *driver)
{
	return driver && strcasecmp(driver, "KMSDRM") == 0;
}

/* SDL 2.26: of these only X11 has CreateWindowFramebuffer (src/video/). */
const char *video_acceleration(const char *driver)
{
	if (driver && streq(driver, "x11"))
		return "0";
	return video_is_bare(driver) ? "opengles2" : "1";
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
