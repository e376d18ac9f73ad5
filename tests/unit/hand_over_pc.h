/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PC with one graphics card, which shows the host's picture; more is laid on top of it by lines as machine.h has them. */
#ifndef TEST_HAND_OVER_PC_H
#define TEST_HAND_OVER_PC_H

#include "machine.h"

#define CARD  "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0"
#define SOUND "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.1"

static const char fbcon[] = "file /sys/class/vtconsole/vtcon0/name (S) dummy device\n"
                            "file /sys/class/vtconsole/vtcon0/bind 0\n"
                            "file /sys/class/vtconsole/vtcon1/name (M) frame buffer device\n"
                            "file /sys/class/vtconsole/vtcon1/bind 1\n"
                            "file " CARD "/graphics/fb0/name nouveaudrmfb\n"
                            "link " CARD "/graphics/fb0/device ../..\n"
                            "link /sys/class/graphics/fb0 ../../.." CARD "/graphics/fb0\n";

static const char drm[] = "file " CARD "/drm/card0/dev 226:0\n"
                          "link " CARD "/drm/card0/device ../..\n"
                          "link /sys/class/drm/card0 ../../.." CARD "/drm/card0\n";

/* Somebody has logged in by gdm; Wayland's server has the card from logind. */
static const char desktop[] =
        "file /run/systemd/sessions/2\n"
        "\tUID=1000\n\tUSER=alice\n\tSTATE=active\n\tTYPE=wayland\n\tSEAT=seat0\n\tLEADER=900\n"
        "file /proc/900/status\n\tName:\tgdm-session-wor\n\tPPid:\t800\n"
        "file /proc/900/cgroup 0::/user.slice/user-1000.slice/session-2.scope\n"
        "file /proc/800/status\n\tName:\tgdm3\n\tPPid:\t1\n"
        "file /proc/800/cgroup 0::/system.slice/gdm.service\n"
        "dir /sys/fs/cgroup/system.slice/gdm.service\n"
        "link /etc/systemd/system/display-manager.service /lib/systemd/system/gdm.service\n"
        "file /proc/950/comm gnome-shell\n"
        "file /proc/950/cgroup 0::/user.slice/user-1000.slice/user@1000.service/session.slice/"
        "org.gnome.Shell@wayland.service\n"
        "link /proc/950/fd/9 /dev/dri/card0\n"
        "file /proc/700/comm systemd-logind\n"
        "file /proc/700/cgroup 0::/system.slice/systemd-logind.service\n"
        "link /proc/700/fd/20 /dev/dri/card0\n";

/* Our own front end: in a session of its user's, not in the unit that started it. */
static const char kiosk[] =
        "file /run/systemd/sessions/c1\n"
        "\tUID=990\n\tUSER=playthrough-seat\n\tSTATE=active\n\tTYPE=tty\n\tSEAT=seat0\n"
        "\tLEADER=600\n"
        "file /proc/600/comm playthrough-gui\n"
        "file /proc/600/status\n\tName:\tplaythrough-gui\n\tPPid:\t1\n"
        "file /proc/600/cgroup 0::/user.slice/user-990.slice/session-c1.scope\n"
        "link /proc/600/fd/7 /dev/dri/card0\n"
        "dir /sys/fs/cgroup/system.slice/playthrough-gui.service\n";

static const char plays[] =
        "file " SOUND "/sound/card0/id HDMI\n"
        "file /proc/asound/card0/pcm3p/sub0/status\n\tstate: RUNNING\n\towner_pid   : 1234\n"
        "file /proc/asound/card0/pcm7p/sub0/status closed\n"
        "file /proc/1234/comm mpv\n"
        "file /proc/1234/cgroup 0::/system.slice/radio.service\n";

/* Instead of nouveau's frame buffer the firmware's, in the card's memory. */
static const char firmwares[] =
        "file /sys/class/vtconsole/vtcon1/name (M) frame buffer device\n"
        "file /sys/class/vtconsole/vtcon1/bind 1\n"
        "file /sys/devices/platform/simple-framebuffer.0/graphics/fb0/name simpledrmdrmfb\n"
        "link /sys/devices/platform/simple-framebuffer.0/graphics/fb0/device ../..\n"
        "link /sys/devices/platform/simple-framebuffer.0/driver "
        "../../../bus/platform/drivers/simple-framebuffer\n"
        "link /sys/bus/platform/devices/simple-framebuffer.0 "
        "../../../devices/platform/simple-framebuffer.0\n"
        "link /sys/bus/platform/drivers/simple-framebuffer/simple-framebuffer.0 "
        "../../../../devices/platform/simple-framebuffer.0\n"
        "file /sys/bus/platform/drivers/simple-framebuffer/bind\n"
        "file /sys/bus/platform/drivers/simple-framebuffer/unbind\n"
        "link /sys/class/graphics/fb0 "
        "../../devices/platform/simple-framebuffer.0/graphics/fb0\n"
        "file /proc/iomem e0000000-e02fffff : BOOTFB\n";

static void lay(const struct machine *m, const char *text)
{
	cleanup_free char *copy = xstrdup(text), *file = NULL, *cwd = xstrdup("");
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		machine_line(m, line, &file, &cwd);
}

#endif
