/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/run.h"

#include "base/i18n.h"
#include "base/socket.h"
#include "image/parse.h"
#include "image/unit.h"
#include "image/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MOST  ((size_t)1 << 20)
#define MEMORY_BYTES (4ull << 30)
#define CPU_SECONDS  (24u * 3600)
#define TAIL         64u
/* How long a killed qemu-img may take to end. */
#define SERVICE_END_MS 10000

/* What one run has of the process that runs it. */
struct running {
	int socket, output, errors; /* ours */
	int socket_there, output_there, errors_there;
	pid_t pid; /* of a child; 0: a service */
	char *text[2];
	size_t n[2];
};

unsigned image_run_file(struct image_run *run, int fd, bool writable)
{
	if (writable)
		run->writable |= 1u << run->n_files;
	run->files[run->n_files] = fd;
	return IMAGE_FD_FIRST + (unsigned)run->n_files++;
}

void image_run_finish(struct image_run *run)
{
	strv_finish(&run->args);
}

/* --- beginning --- */

static int make_pipes(struct running *r, struct err *err)
{
	int socket[2], output[2], errors[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket) < 0)
		return err_errno(err, -errno, "socketpair");
	r->socket = socket[0];
	r->socket_there = socket[1];
	if (pipe2(output, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "pipe");
	r->output = output[0];
	r->output_there = output[1];
	if (pipe2(errors, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "pipe");
	r->errors = errors[0];
	r->errors_there = errors[1];
	return 0;
}

static void __attribute__((noreturn)) become_helper(const struct image_env *env, int socket)
{
	char *const argv[] = {(char *)env->helper, NULL};
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(socket, 0) < 0)
		_exit(126);
	syscall(SYS_close_range, 3, ~0U, 0);
	execv(argv[0], argv);
	_exit(127);
}

static int start(const struct image_env *env, const struct image_run *run, struct running *r,
        struct err *err)
{
	if (env->system)
		return image_unit_start(env->helper, run->uid, run->gid, r->socket_there, err);
	if (access(env->helper, X_OK) < 0)
		return err_errno(err, -errno, "%s", env->helper);
	r->pid = fork();
	if (r->pid == 0)
		become_helper(env, r->socket_there);
	return r->pid < 0 ? err_errno(err, -errno, "fork") : 0;
}

static int give_order(const struct image_env *env, const struct image_run *run, struct running *r,
        struct err *err)
{
	struct image_order order = {.magic = IMAGE_MAGIC,
	        .n_files = (uint32_t)run->n_files,
	        .n_args = (uint32_t)run->args.n + 1,
	        .memory_bytes = MEMORY_BYTES,
	        .cpu_seconds = CPU_SECONDS,
	        .file_bytes = run->file_bytes,
	        .writable = run->writable,
	        .fence_needed = env->system && run->uid == 0};
	int fds[IMAGE_CHAIN_MOST + 4] = {r->output_there, r->errors_there};
	cleanup_free char *text = xstrdup(env->qemu_img);
	size_t size = strlen(text) + 1;
	ssize_t n;

	memcpy(fds + 2, run->files, run->n_files * sizeof(int));
	strv_foreach (arg, &run->args) {
		text = xrealloc(text, size + strlen(*arg) + 1, 1);
		strcpy(text + size, *arg);
		size += strlen(*arg) + 1;
	}
	if (size > IMAGE_ARGS_MOST)
		return err_set(err, -E2BIG, _("the arguments of qemu-img are too long"));
	order.size = (uint32_t)size;
	n = socket_send(r->socket, &order, sizeof(order), fds, run->n_files + 2);
	if (n == sizeof(order))
		n = socket_send(r->socket, text, size, NULL, 0);
	return n == (ssize_t)size ? 0
	                          : err_errno(err, n < 0 ? (int)n : -EIO,
	                                    _("qemu-img cannot be told what to do"));
}

/* --- while it runs --- */

/* Of its output @which; false once that has ended. */
static bool collect(struct running *r, int which, int fd)
{
	char part[4096];
	ssize_t n = read(fd, part, sizeof(part));

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	if (r->n[which] + (size_t)n > OUTPUT_MOST)
		return true;
	r->text[which] = xrealloc(r->text[which], r->n[which] + (size_t)n + 1, 1);
	memcpy(r->text[which] + r->n[which], part, (size_t)n);
	r->n[which] += (size_t)n;
	r->text[which][r->n[which]] = '\0';
	return true;
}

static void tell(const struct image_env *env, const struct image_run *run, const struct running *r,
        int *last)
{
	size_t n = r->n[0];
	int percent = n ? image_parse_progress(r->text[0] + (n > TAIL ? n - TAIL : 0)) : -1;

	if (percent < 0 || percent == *last || !run->stage || !env->told)
		return;
	*last = percent;
	env->told(
	        env->user, run->stage, run->from + (run->to - run->from) * (unsigned)percent / 100);
}

/* Until it has ended or shall. */
static int follow(const struct image_env *env, const struct image_run *run, struct running *r)
{
	struct pollfd p[] = {{.fd = r->output, .events = POLLIN},
	        {.fd = r->errors, .events = POLLIN}, {.fd = env->cancel, .events = POLLIN}};
	int last = -1;

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return -errno;
		if (p[2].revents)
			return -ECANCELED;
		for (int i = 0; i < 2; i++)
			if (p[i].revents && !collect(r, i, p[i].fd))
				p[i].fd = -1;
		tell(env, run, r, &last);
	}
	return 0;
}

/* -EIO where it is gone without a word. */
static int read_status(const struct running *r, int32_t *status)
{
	struct pollfd p = {.fd = r->socket, .events = POLLIN};

	if (poll(&p, 1, 30000) != 1 ||
	        recv(r->socket, status, sizeof(*status), 0) != sizeof(*status))
		return -EIO;
	return 0;
}

static int refuse_secret(struct err *err)
{
	err_set(err, -EKEYREJECTED,
	        _("the passphrase is wrong: it opens none of the image's keys"));
	err_hint(err, _("a passphrase in a file is what stands before its first line feed"));
	err_code(err, CODE_IMAGE_SECRET);
	return -EKEYREJECTED;
}

static int refuse_other_file(const char *words, struct err *err)
{
	err_set(err, -EXDEV, _("it names another file itself, which is not opened: %s"), words);
	err_hint(err, _("whoever made the image chose that file; have the program that made it put "
	                "it into one file"));
	err_code(err, CODE_IMAGE_BACKING);
	return -EXDEV;
}

bool image_is_of_room(const char *words)
{
	static const int numbers[] = {ENOSPC, EDQUOT, EFBIG};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (strstr(words, strerror(numbers[i])))
			return true;
	return false;
}

int image_refuse_space(const char *words, struct err *err)
{
	err_set(err, -ENOSPC, _("there is no room for it: %s"), words);
	err_hint(
	        err, _("make room there, or take a file system that holds files of that size; what "
	               "was written so far is removed"));
	err_code(err, CODE_IMAGE_SPACE);
	return -ENOSPC;
}

/* Without the names that a file has in there; @depth is of the file that could not be opened: 2 is one that the image names. */
static const char *without_names(const char *words, unsigned *depth)
{
	const char *end;

	if (starts_with(words, "qemu-img: "))
		words += strlen("qemu-img: ");
	while (starts_with(words, "Could not open '") && (end = strstr(words, "': "))) {
		words = end + strlen("': ");
		++*depth;
	}
	return words;
}

static int judge(const struct running *r, int32_t status, unsigned fine, struct err *err)
{
	const char *words = r->text[1] ? strip(r->text[1]) : "", *line = strrchr(words, '\n');
	unsigned depth = 0;

	words = without_names(line ? line + 1 : words, &depth);
	if (status >= 0 && status < 32 && (fine | 1u) & (1u << status))
		return 0;
	if (depth > 1)
		return refuse_other_file(words, err);
	if (strstr(words, "Invalid password"))
		return refuse_secret(err);
	if (image_is_of_room(words) || status == 128 + SIGXFSZ)
		return image_refuse_space(words, err);
	if (status == 128 + SIGXCPU || status == 128 + SIGKILL)
		return err_set(err, -ETIMEDOUT, _("qemu-img was ended by signal %d"), status - 128);
	if (status > 128)
		err_set(err, -EIO,
		        _("qemu-img was ended by signal %d: the image may be made to do harm"),
		        status - 128);
	else
		err_set(err, -EIO, "%s", *words ? words : _("qemu-img failed without a word"));
	err_code(err, CODE_IMAGE_TOOL);
	return err ? err->number : -EIO;
}

/*
 * A service that is not to go on: it kills qemu-img, waits for it, and hangs up. Until then that may write to the files, which the
 * next act would find in use.
 */
static void await_service(const struct running *r)
{
	struct pollfd p = {.fd = r->socket, .events = POLLIN};

	if (r->pid == 0 && r->socket >= 0 && shutdown(r->socket, SHUT_WR) == 0)
		poll(&p, 1, SERVICE_END_MS);
}

static void end(struct running *r)
{
	close_fd(&r->socket);
	close_fd(&r->output);
	close_fd(&r->errors);
	close_fd(&r->socket_there);
	close_fd(&r->output_there);
	close_fd(&r->errors_there);
	if (r->pid > 0)
		while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
			;
	free(r->text[0]);
	free(r->text[1]);
}

int image_run(const struct image_env *env, const struct image_run *run, unsigned fine, int *status,
        char **output, struct err *err)
{
	struct running running = {-1, -1, -1, -1, -1, -1, 0, {NULL, NULL}, {0, 0}};
	int r = make_pipes(&running, err);
	int32_t ended = 0;

	r = r < 0 ? r : start(env, run, &running, err);
	r = r < 0 ? r : give_order(env, run, &running, err);
	close_fd(&running.socket_there);
	close_fd(&running.output_there);
	close_fd(&running.errors_there);
	if (r == 0) {
		r = follow(env, run, &running);
		if (r < 0)
			err_errno(err, r, "qemu-img");
	}
	if (r == 0 && read_status(&running, &ended) < 0) {
		r = err_set(err, -EIO, _("qemu-img could not be shut in and run: %s"),
		        running.text[1] ? strip(running.text[1]) : _("no answer"));
		err_code(err, CODE_IMAGE_TOOL);
	}
	if (r == -ECANCELED)
		await_service(&running);
	r = r < 0 ? r : judge(&running, ended, fine, err);
	if (status)
		*status = ended;
	if (r == 0 && output)
		*output = running.text[0] ? take_ptr(running.text[0]) : xstrdup("");
	end(&running);
	return r;
}
