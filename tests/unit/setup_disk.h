/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a Debian with GRUB and initramfs-tools, and tools that do what the real ones do as far as
 * host-setup can see it. FAIL=NAME in the environment makes that tool fail; FAIL=no-entry makes grub-mkconfig
 * leave out what is ours.
 */
#ifndef TEST_SETUP_DISK_H
#define TEST_SETUP_DISK_H

#include "machine.h"

#define KERNEL "6.1.0-18-amd64"

/* The lines of initramfs-tools' /init that decide when our script runs. */
static const char fake_init[] = "#!/bin/sh\n"
                                "mount -t sysfs -o nodev,noexec,nosuid sysfs /sys\n"
                                "mount -t proc -o nodev,noexec,nosuid proc /proc\n"
                                "if ! mount -t devtmpfs -o nosuid,mode=0755 udev /dev; then\n"
                                "	exit 1\n"
                                "fi\n"
                                ". /conf/initramfs.conf\n"
                                "for conf in conf/conf.d/*; do\n"
                                "	[ -f \"${conf}\" ] && . \"${conf}\"\n"
                                "done\n"
                                "run_scripts /scripts/init-top\n";

static const char fake_grub_mkconfig[] =
        "#!/bin/sh\n"
        "set -eu\n"
        "[ \"${FAIL:-}\" != grub-mkconfig ] || { echo 'cannot find a device for /' >&2; exit 1; }\n"
        "[ \"$1\" = -o ] && [ $# = 2 ] || exit 2\n"
        "ours=$TEST_ROOT/etc/grub.d/42_playthrough\n"
        "{\n"
        "echo \"menuentry 'Debian GNU/Linux' {\"\n"
        "echo '}'\n"
        "if [ -x \"$ours\" ] && grep -q ^arguments= \"$ours\" && [ \"${FAIL:-}\" != no-entry ] &&\n"
        "	[ -e \"$TEST_ROOT/boot/playthrough.cpio\" ]; then\n"
        "	echo '### BEGIN /etc/grub.d/42_playthrough ###'\n"
        "	echo \"menuentry 'Playthrough: Debian, Linux " KERNEL "' \\$menuentry_id_option "
        "'playthrough' {\"\n"
        "	echo \"	linux /boot/vmlinuz ro  $(sed -n 's/^arguments=\"\\(.*\\)\"/\\1/p' "
        "\"$ours\")\"\n"
        "	echo '}'\n"
        "	echo '### END /etc/grub.d/42_playthrough ###'\n"
        "fi\n"
        "} >\"$2.new\"\n"
        "cat \"$2.new\" >\"$2\"\n"
        "rm \"$2.new\"\n";

/* A block of 1024 bytes: a head, name=value lines, and # to the end. */
static const char fake_grub_editenv[] =
        "#!/bin/sh\n"
        "set -eu\n"
        "[ \"${FAIL:-}\" != grub-editenv ] || exit 1\n"
        "file=$1 verb=$2; shift 2\n"
        "head='# GRUB Environment Block'\n"
        "lines=\n"
        "[ ! -e \"$file\" ] || lines=$(sed -n '/^[^#]*=/p' \"$file\")\n"
        "for word; do\n"
        "	lines=$(printf '%s\\n' \"$lines\" | sed -e \"/^${word%%=*}=/d\" -e '/^$/d')\n"
        "	case $verb in\n"
        "	set) lines=$(printf '%s\\n%s' \"$lines\" \"$word\" | sed '/^$/d') ;;\n"
        "	unset) ;;\n"
        "	*) exit 2 ;;\n"
        "	esac\n"
        "done\n"
        "{\n"
        "printf '%s\\n' \"$head\"\n"
        "[ -z \"$lines\" ] || printf '%s\\n' \"$lines\"\n"
        "head -c 1024 /dev/zero | tr '\\0' '#'\n"
        "} | head -c 1024 >\"$file.t\"\n"
        "cat \"$file.t\" >\"$file\"\n"
        "rm \"$file.t\"\n";

static inline void disk_mode(const struct machine *m, const char *path, mode_t mode)
{
	cleanup_free char *full = machine_path(m, "", path);

	if (chmod(full, mode) < 0)
		machine_fail("chmod", full);
}

static inline void disk_tool(const struct machine *m, const char *name, const char *script)
{
	cleanup_free char *path = xasprintf("/tools/%s", name);

	machine_write(m, path, script);
	disk_mode(m, path, 0755);
}

/* The templates as they are in the tree. */
static inline void disk_templates(const struct machine *m)
{
	static const char from[] = "/host-setup/boot/grub-42_playthrough";
	cleanup_free char *text = NULL;
	struct root here;
	size_t size;

	root_open(&here, ".", NULL);
	text = root_read_bytes(&here, from, &size);
	root_close(&here);
	if (!text)
		machine_fail("read", from);
	machine_write(m, DATADIR "/boot/grub-42_playthrough", text);
	machine_write(m, LIBEXECDIR "/playthrough-bind", "the program\n");
}

static inline void disk_grubenv(const struct machine *m, const char *lines)
{
	char block[1025];
	int n = snprintf(block, sizeof(block), "# GRUB Environment Block\n%s", lines);

	memset(block + n, '#', sizeof(block) - 1 - (size_t)n);
	block[1024] = '\0';
	machine_write(m, "/boot/grub/grubenv", block);
}

/* The tools come first in PATH from here on. */
static inline void disk_tools(const struct machine *m)
{
	cleanup_free char *path = xasprintf("%s/tools:/usr/bin:/bin", m->folder);

	disk_tool(m, "grub-mkconfig", fake_grub_mkconfig);
	disk_tool(m, "grub-editenv", fake_grub_editenv);
	setenv("PATH", path, 1);
	setenv("TEST_ROOT", m->folder, 1);
	unsetenv("FAIL");
}

static inline void disk_open(struct machine *m)
{
	cleanup_free char *block = NULL;

	machine_open(m, NULL);
	free(machine_path(m, "", "/var/lib/x"));
	machine_write(m, "/etc/grub.d/10_linux", "#!/bin/sh\n");
	machine_write(m, "/etc/initramfs-tools/initramfs.conf", "MODULES=most\n");
	machine_write(m, "/usr/sbin/mkinitramfs", "");
	machine_write(m, "/usr/share/initramfs-tools/init", fake_init);
	machine_write(m, "/usr/sbin/grub-mkconfig", "");
	machine_write(m, "/boot/vmlinuz-" KERNEL, "kernel\n");
	machine_write(m, "/boot/initrd.img-" KERNEL, "stock\n");
	machine_write(m, "/boot/grub/grub.cfg", "menuentry 'Debian GNU/Linux' {\n}\n");
	disk_mode(m, "/boot/grub/grub.cfg", 0444);
	disk_grubenv(m, "saved_entry=Debian\n");
	machine_write(m, "/proc/self/mountinfo",
	        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	        "23 22 0:21 / /proc rw - proc proc rw\n");
	machine_write(m, "/sys/devices/pci0000:00/0000:00:17.0/block/sda/sda1/dev", "8:1\n");
	block = machine_path(m, "", "/sys/dev/block/8:1");
	if (symlink("../../devices/pci0000:00/0000:00:17.0/block/sda/sda1", block) < 0)
		machine_fail("symlink", block);
	disk_templates(m);
	disk_tools(m);
}

#endif
