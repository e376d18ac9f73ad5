/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/chord.h"

#include "base/i18n.h"
#include "chord/usbmon.h"
#include "chord/wire.h"
#include "host/attr.h"
#include "host/input.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#define INPUT_MAJOR 13

static bool has_all(const struct input_node *node, const unsigned *codes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!input_node_has_key(node, codes[i]))
			return false;
	return true;
}

/* Whether it has what a chord needs; which is looked at closer where its events are read. */
static bool can_chord(const struct input_node *node)
{
	static const unsigned keyboard[] = {
	        KEY_LEFTSHIFT, KEY_RIGHTSHIFT, KEY_LEFTCTRL, KEY_LEFTALT};
	static const unsigned pad[] = {BTN_START, BTN_SELECT};

	return has_all(node, keyboard, ARRAY_SIZE(keyboard)) || has_all(node, pad, ARRAY_SIZE(pad));
}

void chord_nodes_list(const struct root *root, struct chord_node **list, size_t *n)
{
	struct input_node *nodes = NULL;
	size_t n_nodes = 0;

	input_nodes_take(root, &nodes, &n_nodes);
	for (size_t i = 0; i < n_nodes; i++) {
		struct input_node *node = &nodes[i];
		struct chord_node chord = {0};

		if (can_chord(node) && strlen(node->name) < sizeof(chord.name) &&
		        strlen(node->input) < sizeof(chord.input)) {
			strcpy(chord.name, node->name);
			strcpy(chord.input, node->input);
			*list_append(*list, *n) = chord;
		}
		input_node_finish(node);
	}
	free(nodes);
}

/*
 * linux/input.h, EVIOCSMASK: the mask of type 0 is that of the types. The kernel takes masks of whole longs alone
 * (bits_from_user() in drivers/input/evdev.c).
 */
static int leave_chord_keys(int fd)
{
	static const unsigned codes[] = {
#define ROW(code, key) code,
	        CHORD_CODES(ROW)
#undef ROW
	};
	uint8_t keys[KEY_CNT / 8] = {0}, types[sizeof(long)] = {1u << EV_SYN | 1u << EV_KEY};
	struct input_mask of_keys = {EV_KEY, sizeof(keys), (uintptr_t)keys},
	                  of_types = {EV_SYN, sizeof(types), (uintptr_t)types};

	_Static_assert(sizeof(keys) % sizeof(long) == 0, "as the kernel wants it");
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		keys[codes[i] / 8] |= (uint8_t)(1u << codes[i] % 8);
	return ioctl(fd, EVIOCSMASK, &of_keys) < 0 || ioctl(fd, EVIOCSMASK, &of_types) < 0 ? -errno
	                                                                                   : 0;
}

static int check_input(
        const struct root *root, const struct chord_node *node, dev_t device, struct err *err)
{
	cleanup_free char *input = input_behind_node(root, node->name);

	if (major(device) == INPUT_MAJOR && input && streq(input, node->input))
		return 0;
	return err_set(err, -ENODEV, _("/dev/input/%s is another device by now"), node->name);
}

static int check_bus(
        const struct root *root, const struct chord_node *node, dev_t device, struct err *err)
{
	cleanup_free char *wanted = attr_text(root, "/sys/class/usbmon/%s/dev", node->name);
	cleanup_free char *found = xasprintf("%u:%u", major(device), minor(device));

	if (wanted && streq(wanted, found))
		return 0;
	return err_set(
	        err, -ENODEV, _("/dev/%s is not the node of usbmon (%s)"), node->name, found);
}

int act_chord_open(const struct root *root, const struct chord_node *node, int *fd, struct err *err)
{
	bool bus = !node->input[0];
	cleanup_free char *path = xasprintf(bus ? "/dev/%s" : "/dev/input/%s", node->name);
	cleanup_close int opened = -1;
	struct stat st;
	int r;

	if (!is_numbered(node->name, bus ? "usbmon" : "event"))
		return err_set(
		        err, -EINVAL, _("\"%s\" is not the name of such a node"), node->name);
	opened = root_openat(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, 0);
	if (opened < 0 || fstat(opened, &st) < 0)
		return err_errno(err, opened < 0 ? opened : -errno, "%s", path);
	if (!S_ISCHR(st.st_mode))
		return err_set(err, -ENODEV, _("%s is not a device"), path);
	r = bus ? check_bus(root, node, st.st_rdev, err) : check_input(root, node, st.st_rdev, err);
	if (r < 0)
		return r;
	r = bus ? (ioctl(opened, USBMON_RING_SIZE, CHORD_RING) < 0 ? -errno : 0)
	        : leave_chord_keys(opened);
	if (r < 0)
		return err_errno(err, r, "%s", path);
	*fd = take_fd(opened);
	return 0;
}
