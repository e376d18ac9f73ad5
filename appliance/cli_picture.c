/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli_picture.h"
#include "base/i18n.h"
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int cli_picture_open(const char *file, struct cli_picture *out, struct err *err)
{
	*out = (struct cli_picture){.fd = -1};
	if (!file)
		return 0;
	out->temporary = xasprintf("%s.%d.new", file, getpid());
	out->fd = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (out->fd >= 0)
		return 0;
	err_errno(err, -errno, _("%s: the picture cannot be written"), file);
	err_hint(err, _("name a file in a folder that exists and is yours"));
	return err->number;
}

int cli_picture_keep(struct cli_picture *picture, const char *file, struct err *err)
{
	struct stat st;

	if (picture->fd < 0)
		return 0;
	if (fstat(picture->fd, &st) == 0 && st.st_size == 0)
		return err_set(
		        err, -ENODATA, _("%s: the VM has no screen to take a picture of"), file);
	if (rename(picture->temporary, file) < 0)
		return err_errno(err, -errno, "%s", file);
	free(take_ptr(picture->temporary));
	return 0;
}

void cli_picture_finish(struct cli_picture *picture)
{
	close_fd(&picture->fd);
	if (picture->temporary)
		unlink(picture->temporary);
	free(picture->temporary);
}

int command_screenshot(struct cli *cli, struct err *err)
{
	cleanup(cli_picture_finish) struct cli_picture picture = {.fd = -1};
	cleanup(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	const char *file = cli->args[1];
	int r = cli_connect(cli, err);

	if (r == 0)
		r = cli_picture_open(file, &picture, err);
	if (r == 0)
		r = client_new_call(&cli->client, "Screenshot", &call, err);
	if (r < 0)
		return r;
	r = sd_bus_message_append(call, "sh", cli->args[0], picture.fd);
	r = client_send(&cli->client, r, call, NULL, err);
	return r < 0 ? r : cli_picture_keep(&picture, file, err);
}
