/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "task.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX ((size_t)4 << 20)

struct task {
	const struct task_ops *ops;
	void *user;
	pid_t pid;
	int fd; /* its stdout; -1 once that is closed */
	char *output;
	size_t used;
	sd_event_source *readable, *ended, *timeout;
};

/* In the child: never returns. */
static void __attribute__((noreturn)) become(char *const *argv, int out)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null >= 0 && dup2(null, 0) >= 0 && dup2(out, 1) >= 0)
		execv(argv[0], argv);
	_exit(127);
}

static void task_destroy(struct task *task)
{
	sd_event_source_disable_unref(task->readable);
	sd_event_source_disable_unref(task->ended);
	sd_event_source_disable_unref(task->timeout);
	close_fd(&task->fd);
	free(task->output);
	free(task);
}

/* Hands over the whole lines and keeps the rest. */
static void give_lines(struct task *task)
{
	char *line = task->output, *end;

	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		task->ops->line(task->user, line);
		line = end + 1;
	}
	task->used -= (size_t)(line - task->output);
	memmove(task->output, line, task->used + 1);
}

/* False once there is nothing to read now. Past the limit it is dropped. */
static bool collect(struct task *task)
{
	char part[4096];
	ssize_t n = read(task->fd, part, sizeof(part));

	if (n <= 0)
		return n < 0 && errno == EINTR;
	if (task->used + (size_t)n > OUTPUT_MAX)
		return true;
	task->output = xrealloc(task->output, task->used + (size_t)n + 1, 1);
	memcpy(task->output + task->used, part, (size_t)n);
	task->used += (size_t)n;
	task->output[task->used] = '\0';
	if (task->ops->line)
		give_lines(task);
	return true;
}

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct task *task = user;

	(void)fd;
	if (!collect(task) && events & EPOLLHUP)
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static int on_ended(sd_event_source *source, const siginfo_t *info, void *user)
{
	struct task *task = user;
	int status = info->si_code == CLD_EXITED ? info->si_status : 128 + info->si_status;

	(void)source;
	while (collect(task))
		;
	task->ops->done(task->user, status, task->output);
	task_destroy(task);
	return 0;
}

static int on_timeout(sd_event_source *source, uint64_t now_us, void *user)
{
	(void)source;
	(void)now_us;
	task_stop(user);
	return 0;
}

void task_stop(struct task *task)
{
	kill(task->pid, SIGTERM);
}

void task_forget(struct task *task)
{
	if (task)
		task_destroy(task);
}

static int watch(struct task *task, sd_event *event, unsigned timeout_s)
{
	int r = sd_event_add_io(event, &task->readable, task->fd, EPOLLIN, on_readable, task);

	if (r >= 0)
		r = sd_event_add_child(event, &task->ended, task->pid, WEXITED, on_ended, task);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &task->timeout, CLOCK_MONOTONIC,
		        timeout_s * 1000000ull, 1000000, on_timeout, task);
	return r;
}

struct task *task_start(sd_event *event, const struct strv *argv, unsigned timeout_s,
        const struct task_ops *ops, void *user, struct err *err)
{
	struct task *task;
	int out[2], r;

	if (pipe2(out, O_CLOEXEC) < 0) {
		err_errno(err, -errno, "%s: pipe", argv->list[0]);
		return NULL;
	}
	task = xcalloc(1, sizeof(*task));
	*task = (struct task){.ops = ops, .user = user, .fd = out[0], .output = xstrdup("")};
	fcntl(task->fd, F_SETFL, O_NONBLOCK);
	task->pid = fork();
	if (task->pid == 0)
		become(argv->list, out[1]);
	r = task->pid < 0 ? -errno : watch(task, event, timeout_s);
	close_fd(&out[1]);
	if (r >= 0)
		return task;
	if (task->pid > 0) {
		kill(task->pid, SIGKILL);
		waitpid(task->pid, NULL, 0);
	}
	task_destroy(task);
	err_errno(err, r, _("%s cannot be run"), argv->list[0]);
	return NULL;
}
