/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices and files: what the acts of acts.h are called with. */
#include "vm/acts/requests_do.h"

#include "base/i18n.h"
#include "base/log.h"
#include "vm/acts/hand_over.h"
#include "vm/acts/requests.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int act_answer(const void *bytes, size_t size, int *fd, struct err *err)
{
	*fd = memfd_create("answer", MFD_CLOEXEC);
	return *fd >= 0 && pwrite(*fd, bytes, size, 0) == (ssize_t)size
	               ? 0
	               : err_errno(err, -errno, "memfd");
}

/* --- PCI functions --- */

ACT_DOES(claim)
{
	const struct act_claim *c = argument;
	int r = act_bind(root, &c->function, err);

	(void)fd;
	if (r == 0 && c->reset)
		r = act_reset_method(root, &c->function, c->reset, err);
	if (r < 0 || c->bar < 0)
		return r;
	return act_bar_size(root, &c->function, c->bar, c->bar_will, err);
}

/* A card whose memory keeps another size is not lost for that: it is told, and given back all the same. */
static void restore_bar(const struct root *root, const struct act_give_back *back)
{
	struct err err;

	if (back->bar >= 0 &&
	        act_bar_size(root, &back->function, back->bar, back->bar_was, &err) < 0)
		log_error(&err, "release");
}

/* The same: the next reset then goes another way than it did before. */
static void restore_reset(const struct root *root, const struct act_give_back *back)
{
	struct err err;

	if (back->reset && act_reset_method(root, &back->function, back->reset, &err) < 0)
		log_error(&err, "release");
}

/* The driver that it came with does not want it any more: once, it is found anew. */
static int restore_one(const struct root *root, const struct act_give_back *back, struct err *err)
{
	int r = act_restore(root, &back->function, back->previous, err);

	if (r != -EIO || !back->handed || !back->previous)
		return r;
	return hand_find_again(root, back->function.addr, back->previous, err);
}

/* Its own driver is vfio-pci, which it may have lost while its size was changed: it is there again, or told. */
static int bring_home(const struct root *root, const struct act_give_back *back, struct err *err)
{
	int r = act_come_home(root, &back->function, err);

	if (r < 0)
		return r;
	restore_reset(root, back);
	restore_bar(root, back);
	return act_come_home(root, &back->function, err);
}

ACT_DOES(give_back)
{
	const struct act_give_back *back = argument;

	(void)fd;
	if (back->home)
		return bring_home(root, back, err);
	restore_reset(root, back);
	restore_bar(root, back);
	return restore_one(root, back, err);
}

ACT_DOES(survived)
{
	(void)fd;
	return act_survived(root, *(const struct pci_addr *)argument, err);
}

ACT_DOES(viable)
{
	const struct act_group *g = argument;

	(void)fd;
	return act_group_viable(root, g->group, err);
}

ACT_DOES(group)
{
	const struct act_group *g = argument;

	(void)fd;
	return act_group_give(root, g->group, g->uid, err);
}

/* --- disks and files --- */

ACT_DOES(disk)
{
	return act_disk_open(root, argument, fd, err);
}

ACT_DOES(image)
{
	const struct act_image *image = argument;
	int r = act_image_open(root, image->path, image->from, image->writable, fd, err);

	return r < 0 || !image->alone ? r : act_image_alone(*fd, image->path, err);
}

ACT_DOES(secret)
{
	const struct act_file *file = argument;

	return act_secret_open(root, file->path, fd, err);
}

ACT_DOES(look)
{
	const struct act_file *file = argument;
	struct act_seen seen;
	struct stat st;
	int r = root_stat(root, file->path, &st);

	if (r < 0)
		return err_errno(err, r, "%s", file->path);
	seen = (struct act_seen){.device = st.st_dev, .inode = st.st_ino};
	return act_answer(&seen, sizeof(seen), fd, err);
}

/* --- input and what is shown --- */

ACT_DOES(input_open)
{
	return act_input_open(root, argument, fd, err);
}

ACT_DOES(input_give)
{
	const struct act_inputs *inputs = argument;
	int r = 0;

	(void)fd;
	for (size_t i = 0; i < inputs->n && r == 0; i++)
		r = act_input_give(root, &inputs->list[i], inputs->uid, err);
	return r;
}

ACT_DOES(chord)
{
	return act_chord_open(root, argument, fd, err);
}

ACT_DOES(glass_open)
{
	return act_glass_open(root, argument, fd, err);
}

ACT_DOES(glass_give)
{
	(void)fd;
	return act_glass_give(root, argument, err);
}

ACT_DOES(glass_back)
{
	(void)fd;
	return act_glass_return(root, argument, err);
}

ACT_DOES(input_shown)
{
	const struct act_monitor *monitor = argument;
	uint8_t input;
	int r = act_monitor_get(root, monitor->bus, &input, err);

	return r < 0 ? r : act_answer(&input, sizeof(input), fd, err);
}

ACT_DOES(show_input)
{
	const struct act_monitor *monitor = argument;

	(void)fd;
	return act_monitor_set(root, monitor->bus, monitor->input, err);
}

/* --- USB --- */

ACT_DOES(usb_open)
{
	return act_usb_open(root, argument, fd, err);
}

ACT_DOES(usb_back)
{
	(void)fd;
	return act_usb_return(root, argument, err);
}

ACT_DOES(usb_take)
{
	(void)fd;
	return act_usb_take(root, argument, err);
}

ACT_DOES(hands_off)
{
	const struct act_hands *hands = argument;

	(void)fd;
	return act_usb_hands_off(root, hands->list, hands->n, err);
}
