/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb_chord.h"

#include "base/i18n.h"
#include "chord/usbmon.h"
#include "chord/wire.h"
#include "host/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#define INPUTS      "/sys/class/input"
#define INPUT_MAJOR 13
#define WORD_BITS   64
#define BIT(code)   (1ull << (code) % WORD_BITS)

/* Of "3000f 0 1f": words of 64 bits in hexadecimal, the highest first. */
static uint64_t key_word(const struct root *root, const char *event, size_t word)
{
	cleanup_free char *text = attr_text(root, INPUTS "/%s/device/capabilities/key", event);
	cleanup_strv struct strv words = {0};
	uint64_t value = 0;

	strv_split(&words, text ? text : "", " ");
	if (word < words.n)
		parse_u64(words.list[words.n - 1 - word], 16, UINT64_MAX, &value);
	return value;
}

/* Whether it has what a chord needs; which is looked at closer where its events are read. */
static bool can_chord(const struct root *root, const char *event)
{
	const uint64_t keyboard = BIT(KEY_LEFTSHIFT) | BIT(KEY_RIGHTSHIFT) | BIT(KEY_LEFTCTRL) |
	                          BIT(KEY_LEFTALT),
	               pad = BIT(BTN_START) | BIT(BTN_SELECT);

	return (key_word(root, event, 0) & keyboard) == keyboard ||
	       (key_word(root, event, BTN_START / WORD_BITS) & pad) == pad;
}

/* "input12" of "event5"; "" where it is gone. */
static void read_input(const struct root *root, const char *event, char *out, size_t size)
{
	cleanup_free char *link = xasprintf(INPUTS "/%s/device", event);
	cleanup_free char *name = root_link_name(root, link);

	snprintf(out, size, "%s", name && is_numbered(name, "input") ? name : "");
}

void chord_nodes_list(const struct root *root, struct chord_node **list, size_t *n)
{
	cleanup_strv struct strv names = {0};

	root_list(root, INPUTS, &names);
	strv_foreach (name, &names) {
		struct chord_node node = {0};

		if (!is_numbered(*name, "event") || strlen(*name) >= sizeof(node.name) ||
		        !can_chord(root, *name))
			continue;
		snprintf(node.name, sizeof(node.name), "%s", *name);
		read_input(root, *name, node.input, sizeof(node.input));
		if (node.input[0])
			*list_append(*list, *n) = node;
	}
}

/* linux/input.h, EVIOCSMASK: the mask of type 0 is that of the types. */
static int leave_chord_keys(int fd)
{
	static const unsigned codes[] = {
#define ROW(code, key) code,
	        CHORD_CODES(ROW)
#undef ROW
	};
	uint8_t keys[KEY_CNT / 8] = {0}, types[1] = {1u << EV_SYN | 1u << EV_KEY};
	struct input_mask of_keys = {EV_KEY, sizeof(keys), (uintptr_t)keys},
	                  of_types = {EV_SYN, sizeof(types), (uintptr_t)types};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		keys[codes[i] / 8] |= (uint8_t)(1u << codes[i] % 8);
	return ioctl(fd, EVIOCSMASK, &of_keys) < 0 || ioctl(fd, EVIOCSMASK, &of_types) < 0 ? -errno
	                                                                                   : 0;
}

static int check_input(
        const struct root *root, const struct chord_node *node, dev_t device, struct err *err)
{
	char input[sizeof(node->input)];

	read_input(root, node->name, input, sizeof(input));
	if (major(device) == INPUT_MAJOR && streq(input, node->input))
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
