/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work on an image file (image/task.h) by whoever may open it. */
#include "vm/acts/serve.h"

#include "base/i18n.h"
#include "vm/acts/disposable.h"

#include <errno.h>
#include <unistd.h>

/* Those that are there, in this order; which of them is in the request's numbers. */
size_t acts_work_fds(const struct image_request *request, int fds[2])
{
	size_t n = 0;

	if (request->secret >= 0)
		fds[n++] = request->secret;
	if (request->fd >= 0)
		fds[n++] = request->fd;
	return n;
}

static int open_file(const char *path, bool writable, int *fd, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	int r = root_open(&root, "/", err);

	return r < 0 ? r : act_image_open(&root, path, NULL, writable, fd, err);
}

static int open_folder(const char *path, int *fd, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	int r = root_open(&root, "/", err);

	return r < 0 ? r : act_folder_open(&root, path, fd, err);
}

static int keep_peoples(int *fd, struct err *err)
{
	int r = act_check_opened(*fd, err);

	if (r < 0)
		close_fd(fd);
	return r;
}

/* Root's own rights are for no place of the system's. */
static int open_peoples_file(const char *path, bool writable, int *fd, struct err *err)
{
	const struct act_image image = {.path = path, .writable = writable};
	int r = act_check(ACT_IMAGE, &image, true, err);

	r = r < 0 ? r : open_file(path, writable, fd, err);
	return r < 0 ? r : keep_peoples(fd, err);
}

static int open_peoples_folder(const char *path, int *fd, struct err *err)
{
	const struct act_image image = {.path = path};
	int r = act_check(ACT_IMAGE, &image, true, err);

	r = r < 0 ? r : open_folder(path, fd, err);
	return r < 0 ? r : keep_peoples(fd, err);
}

static int open_secret(const char *path, int *fd, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	int r = root_open(&root, "/", err);

	return r < 0 ? r : act_secret_open(&root, path, fd, err);
}

/* Caller frees; where it is not found, the path it will have once it is installed. */
static char *find_qemu_img(void)
{
	cleanup_strv struct strv folders = {0};
	const char *path = getenv("PATH");

	strv_split(&folders, path ? path : "/usr/bin:/bin", ":");
	strv_foreach (folder, &folders) {
		char *program = xasprintf("%s/qemu-img", *folder);

		if (access(program, X_OK) == 0)
			return program;
		free(program);
	}
	return xstrdup("/usr/bin/qemu-img");
}

/* A number that it had where it came from, for one that came with it. */
static bool take_one(int *number, const int *fds, size_t n_fds, size_t *next)
{
	if (*number < 0)
		return true;
	if (*next == n_fds)
		return false;
	*number = fds[(*next)++];
	return true;
}

void acts_work(int socket, const struct acts_place *place, struct image_request *request,
        const int *fds, size_t n_fds)
{
	cleanup_free char *helper = xasprintf("%s/playthrough-image", place->libexec_dir);
	cleanup_free char *qemu_img = find_qemu_img();
	const struct image_env env = {.system = place->system,
	        .helper = helper,
	        .qemu_img = qemu_img,
	        .open_file = place->system ? open_peoples_file : open_file,
	        .open_folder = place->system ? open_peoples_folder : open_folder,
	        .open_secret = open_secret};
	struct err err;
	size_t next = 0;

	if (!take_one(&request->secret, fds, n_fds, &next) ||
	        !take_one(&request->fd, fds, n_fds, &next) || next != n_fds) {
		disposable_answer(
		        socket, err_set(&err, -EBADMSG, _("the request is none")), -1, &err);
		_exit(0);
	}
	image_task_work(&env, request, socket);
}
