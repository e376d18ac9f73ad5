/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/task.h"

#include "base/i18n.h"
#include "base/socket.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_MOST ((size_t)96 << 10)

/* What it says, one packet each: this, and the text of its result. */
struct told {
	bool end;
	unsigned percent;
	char stage[24];
	struct err err;
};

struct image_task {
	struct image_handler handler;
	sd_event_source *answer;
	int socket, pidfd;
};

/* --- in the child --- */

static void say(int socket, const struct told *told, const char *text, int fd)
{
	size_t n = text ? strlen(text) : 0;
	cleanup_free char *packet = xcalloc(sizeof(*told) + n + 1, 1);

	memcpy(packet, told, sizeof(*told));
	if (text)
		memcpy(packet + sizeof(*told), text, n);
	/* Progress that finds no room is left out; the end waits for it. */
	for (int tries = 0; tries < 600; tries++) {
		if (socket_send(socket, packet, sizeof(*told) + n, &fd, fd >= 0) != -EAGAIN ||
		        !told->end)
			return;
		usleep(100000);
	}
}

static void on_told(void *user, const char *stage, unsigned percent)
{
	struct told told = {.percent = percent};

	snprintf(told.stage, sizeof(told.stage), "%s", stage);
	say(*(int *)user, &told, NULL, -1);
}

/* Without snapshots where these are too many for one packet. */
static char *text_of(json_t *result)
{
	char *text = json_dumps(result, JSON_COMPACT);

	if (text && strlen(text) <= TEXT_MOST)
		return text;
	free(text);
	json_object_set_new(result, "snapshots", json_array());
	json_object_set_new(result, "bitmaps", json_array());
	return json_dumps(result, JSON_COMPACT);
}

void image_task_work(const struct image_env *outer, struct image_request *request, int socket)
{
	struct image_env env = *outer;
	struct told told = {.end = true};
	cleanup_free char *text = NULL;
	json_t *result;

	signal(SIGPIPE, SIG_IGN);
	env.cancel = socket; /* on which nothing comes but its end */
	env.told = on_told;
	env.user = &socket;
	result = image_act(&env, request, &told.err);
	if (!result && !told.err.number)
		err_set(&told.err, -EIO, _("the act failed"));
	if (result) {
		told.err = (struct err){0};
		text = text_of(result);
	}
	say(socket, &told, text, result && request->verb == IMAGE_PREPARE ? request->fd : -1);
	_exit(0);
}

/* --- in the caller's loop --- */

static void task_free(struct image_task *task)
{
	sd_event_source_disable_unref(task->answer);
	close_fd(&task->socket);
	close_fd(&task->pidfd);
	free(task);
}

/* It has said its last word, or was killed: it ends at once. */
static void reap(const struct image_task *task)
{
	siginfo_t info;

	if (task->pidfd >= 0)
		waitid(P_PIDFD, (id_t)task->pidfd, &info, WEXITED);
}

static void finish(struct image_task *task, const char *text, int fd, const struct err *err)
{
	struct image_handler handler = task->handler;
	json_t *result = text ? json_loads(text, 0, NULL) : NULL;

	reap(task);
	task_free(task);
	handler.done(handler.user, result, fd, err);
	json_decref(result);
}

static int on_answer(sd_event_source *source, int socket, uint32_t events, void *user)
{
	cleanup_free char *packet = xcalloc(sizeof(struct told) + TEXT_MOST + 1, 1);
	struct image_task *task = user;
	struct told told;
	struct err gone;
	size_t n_fds = 0;
	int fd = -1;
	ssize_t n = socket_receive(socket, packet, sizeof(told) + TEXT_MOST, &fd, 1, &n_fds);

	(void)source, (void)events;
	if (n == -EAGAIN)
		return 0;
	if (n < (ssize_t)sizeof(told)) {
		err_set(&gone, -EIO, _("the process that worked on the image was ended"));
		err_hint(&gone, _("nothing has the new name; what it left is removed by the next "
		                  "act in that folder"));
		finish(task, NULL, fd, &gone);
		return 0;
	}
	memcpy(&told, packet, sizeof(told));
	if (!told.end)
		task->handler.progress(task->handler.user, told.stage, told.percent);
	else
		finish(task, packet + sizeof(told), fd, told.err.number ? &told.err : NULL);
	return 0;
}

void image_task_follow(sd_event *event, int socket, int pidfd, const struct image_handler *handler,
        struct image_task **out)
{
	struct image_task *task = xcalloc(1, sizeof(*task));

	*task = (struct image_task){.handler = *handler, .socket = socket, .pidfd = pidfd};
	if (sd_event_add_io(event, &task->answer, task->socket, EPOLLIN, on_answer, task) < 0)
		abort(); /* only memory makes that fail */
	*out = task;
}

void image_task_cancel(struct image_task *task)
{
	shutdown(task->socket, SHUT_WR);
}

void image_task_forget(struct image_task *task)
{
	if (!task)
		return;
	image_task_cancel(task);
	task_free(task);
}
