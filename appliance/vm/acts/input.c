/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event nodes of keyboards and mice that a guest shares: see acts.h. */
#include "base/i18n.h"
#include "host/attr.h"
#include "host/input.h"
#include "vm/acts/acts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define INPUT_MAJOR  13
#define DYNAMIC_FROM 61184 /* users that systemd makes: systemd's docs/UIDS-GIDS */
#define DYNAMIC_TO   65519

/* By what sysfs says of the number of the node that was opened, whatever its name is. */
static int compare(const struct root *root, const struct act_input *input, const struct stat *st,
        struct err *err)
{
	cleanup_free char *behind = input_behind_node(root, input->node);
	cleanup_free char *number = root_readf(root, "/sys/class/input/%s/dev", input->node);
	cleanup_free char *want = xasprintf("%u:%u", major(st->st_rdev), minor(st->st_rdev));

	if (number && number[strcspn(number, "\n")])
		number[strcspn(number, "\n")] = '\0';
	if (S_ISCHR(st->st_mode) && major(st->st_rdev) == INPUT_MAJOR && behind &&
	        streq(behind, input->input) && number && streq(number, want))
		return 0;
	err_set(err, -ENODEV, _("/dev/input/%s is another device by now"), input->node);
	err_code(err, CODE_INPUT_ABSENT);
	return -ENODEV;
}

static int open_node(const struct root *root, const struct act_input *input, int flags, int *fd,
        struct stat *st, struct err *err)
{
	cleanup_free char *path = xasprintf("/dev/input/%s", input->node);
	cleanup_close int opened = -1;
	int r;

	if (!is_numbered(input->node, "event"))
		return err_set(
		        err, -EINVAL, _("\"%s\" is not the name of such a node"), input->node);
	opened = root_openat(root, path, flags | O_NOFOLLOW, 0);
	if (opened < 0 || fstat(opened, st) < 0)
		return err_errno(err, opened < 0 ? opened : -errno, "%s", path);
	r = compare(root, input, st, err);
	if (r == 0)
		*fd = take_fd(opened);
	return r;
}

/* The kernel tells only that it is taken, not by whom. */
static int check_free(int fd, const struct act_input *input, struct err *err)
{
	int r = ioctl(fd, EVIOCGRAB, 1) < 0 ? -errno : 0;

	if (r == 0 && ioctl(fd, EVIOCGRAB, 0) < 0)
		r = -errno;
	if (r != -EBUSY)
		return r < 0 ? err_errno(err, r, "/dev/input/%s", input->node) : 0;
	err_set(err, r, _("/dev/input/%s: another program has this device for itself (EVIOCGRAB)"),
	        input->node);
	err_hint(err,
	        _("end that program: one that remaps keys, or another VM; fuser -v "
	          "/dev/input/%s names those that have it open"),
	        input->node);
	err_code(err, CODE_INPUT_TAKEN);
	return r;
}

int act_input_open(const struct root *root, const struct act_input *input, int *fd, struct err *err)
{
	cleanup_close int opened = -1;
	struct stat st;
	int r = open_node(root, input, O_RDONLY | O_NONBLOCK | O_NOCTTY, &opened, &st, err);

	r = r < 0 ? r : check_free(opened, input, err);
	if (r == 0)
		*fd = take_fd(opened);
	return r;
}

/* Once it is root's again, it is what udev makes it. */
static int own(int fd, const struct act_input *input, uid_t uid, struct err *err)
{
	int r = fchownat(fd, "", uid, (gid_t)-1, AT_EMPTY_PATH) < 0 ? -errno : 0;

	if (r == 0 && uid == 0)
		r = act_node_mode(fd, 0660);
	return r < 0 ? err_errno(err, r, "/dev/input/%s", input->node) : 0;
}

int act_input_give(
        const struct root *root, const struct act_input *input, uid_t uid, struct err *err)
{
	cleanup_close int fd = -1;
	struct stat st;
	int r;

	if (uid != 0 && (uid < DYNAMIC_FROM || uid > DYNAMIC_TO))
		return err_set(err, -EPERM,
		        _("/dev/input/%s: user %u is not one that systemd made for a VM"),
		        input->node, (unsigned)uid);
	r = open_node(root, input, O_PATH, &fd, &st, err);
	if (uid == 0 && (r == -ENOENT || r == -ENODEV))
		return 0; /* unplugged: the node went with it */
	return r < 0 ? r : own(fd, input, uid, err);
}
