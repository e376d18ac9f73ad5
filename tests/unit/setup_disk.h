/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a Debian that starts by GRUB or by systemd-boot, and tools that do what the real ones do as far
 * as host-setup can see it. FAIL=NAME in the environment makes that tool fail; FAIL=no-entry makes grub-mkconfig
 * leave out what is ours.
 */
#ifndef TEST_SETUP_DISK_H
#define TEST_SETUP_DISK_H

#include "machine.h"

#define KERNEL "6.1.0-18-amd64"

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

/* Sets or removes an EFI variable of the loader, as bytes of UTF-16 behind four of attributes. */
static const char fake_bootctl[] =
        "#!/bin/sh\n"
        "set -eu\n"
        "[ \"${FAIL:-}\" != bootctl ] || { echo 'no access to EFI variables' >&2; exit 1; }\n"
        "[ $# = 2 ] || exit 2\n"
        "case $1 in\n"
        "set-oneshot) name=OneShot ;;\n"
        "set-default) name=Default ;;\n"
        "*) exit 2 ;;\n"
        "esac\n"
        "var=$TEST_ROOT/sys/firmware/efi/efivars/LoaderEntry$name-"
        "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f\n"
        "if [ -z \"$2\" ]; then rm -f \"$var\"; exit; fi\n"
        "{ printf '\\007\\000\\000\\000'; printf %s \"$2\" | sed 's/./&\\n/g' | tr '\\n' '\\000'; "
        "} >\"$var\"\n";

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
static inline void disk_template(const struct machine *m, const char *name)
{
	cleanup_free char *from = xasprintf("/host-setup/boot/%s", name);
	cleanup_free char *to = xasprintf(DATADIR "/boot/%s", name);
	cleanup_free char *text = NULL;
	struct root here;

	root_open(&here, ".", NULL);
	text = root_read(&here, from);
	root_close(&here);
	if (!text)
		machine_fail("read", from);
	machine_write(m, to, text);
}

static inline void disk_templates(const struct machine *m)
{
	disk_template(m, "grub-42_playthrough");
	disk_template(m, "kernel-install-95-playthrough.install");
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
	disk_tool(m, "bootctl", fake_bootctl);
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

/* What the loader tells the system, "LoaderInfo" and the like. NULL: removes it. */
static inline void disk_efivar(const struct machine *m, const char *name, const char *value)
{
	cleanup_free char *path = xasprintf(
	        "/sys/firmware/efi/efivars/%s-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", name);
	unsigned char bytes[256] = {7};
	size_t n = 4;

	for (; value && *value; value++, n += 2)
		bytes[n] = (unsigned char)*value;
	if (value)
		root_write(&m->root, path, bytes, n + 2, 0644, NULL);
	else
		root_remove(&m->root, path, NULL);
}

#define DISK_MACHINE "0123456789abcdef0123456789abcdef"
#define DISK_ENTRIES "/boot/efi/loader/entries/"

/* An entry of kernel-install's. */
static inline void disk_entry(const struct machine *m, const char *kernel)
{
	cleanup_free char *path = xasprintf(DISK_ENTRIES DISK_MACHINE "-%s.conf", kernel);
	cleanup_free char *text = xasprintf("# Boot Loader Specification type#1 entry\n"
	                                    "title      Debian GNU/Linux 12 (bookworm)\n"
	                                    "version    %1$s\n"
	                                    "machine-id " DISK_MACHINE "\n"
	                                    "sort-key   debian\n"
	                                    "options    root=UUID=0000-11 ro quiet\n"
	                                    "linux      /" DISK_MACHINE "/%1$s/linux\n"
	                                    "initrd     /" DISK_MACHINE "/%1$s/initrd.img\n",
	        kernel);

	machine_write(m, path, text);
}

/* The same disk, started by systemd-boot; GRUB's files lie around. */
static inline void disk_systemd_boot(const struct machine *m)
{
	machine_write(m, "/etc/machine-id", DISK_MACHINE "\n");
	machine_write(m, "/boot/efi/loader/loader.conf", "timeout 1\n");
	disk_entry(m, KERNEL);
	disk_entry(m, "6.1.0-17-amd64");
	machine_write(m, DISK_ENTRIES "windows.conf", "title Windows\nefi /EFI/w.efi\n");
	machine_write(m, DISK_ENTRIES "other.conf",
	        "title Other\nlinux /l\ninitrd /i\nmachine-id 11111111111111111111111111111111\n");
	disk_efivar(m, "LoaderInfo", "systemd-boot 252.38-1~deb12u1");
	disk_efivar(m, "LoaderEntrySelected", DISK_MACHINE "-" KERNEL ".conf");
}

/* Every name, mode and content below the root, but for the tools; caller frees. */
static inline char *disk_snapshot(const struct machine *m)
{
	cleanup_free char *command = xasprintf("cd %s && find . -path ./tools -prune -o -printf "
	                                       "'%%p %%m %%y %%l\n' | LC_ALL=C sort && "
	                                       "find . -path ./tools -prune -o -type f -print0 | "
	                                       "LC_ALL=C sort -z | xargs -0 sha256sum",
	        m->folder);
	FILE *f = popen(command, "r");
	size_t room = 1 << 20;
	char *text = xcalloc(1, room);

	if (!f || !fread(text, 1, room - 1, f) || pclose(f))
		machine_fail("snapshot", m->folder);
	return text;
}

#endif
