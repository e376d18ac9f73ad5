/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli_disk_qualify_fio.h"
#include "base/child.h"
#include "base/i18n.h"
#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX    ((size_t)16 << 20) /* 30 jobs with their histograms are 2 MiB */
#define SAID_MAX      ((size_t)64 << 10)
#define TICK_MS       250
#define GRACE_MS      30000 /* a disk with a fault answers late */
#define GOODBYE_MS    3000
#define NOBODY        65534
#define ENGHELP_MS    10000
#define FIO_TARGET_FD 3

/* --- rights --- */

static void nobody(struct fio_rights *out)
{
	const struct passwd *user = getpwnam("nobody");

	out->uid = user ? user->pw_uid : NOBODY;
	out->gid = out->group = user ? user->pw_gid : NOBODY;
}

int fio_rights(int fd, bool write, struct fio_rights *out, struct err *err)
{
	struct stat st;

	*out = (struct fio_rights){.change = geteuid() == 0};
	if (!out->change)
		return 0;
	if (fstat(fd, &st) < 0)
		return err_errno(err, -errno, "fstat");
	nobody(out);
	/* A container's root may lack it; the owner needs none. */
	out->read_all = !write && prctl(PR_CAPBSET_READ, CAP_DAC_READ_SEARCH, 0, 0, 0) == 1;
	if (out->read_all)
		return 0;
	if (S_ISBLK(st.st_mode) && st.st_gid && (st.st_mode & 0060) == 0060)
		out->group = st.st_gid;
	else
		out->uid = st.st_uid;
	return 0;
}

static int set_capabilities(uint32_t bits)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{bits, bits, bits}, {0, 0, 0}};

	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

/* In the child. What is dropped here is never had again, also where root owns the file: no exec gives more. */
static int drop(const struct fio_rights *rights)
{
	uint32_t bit = rights->read_all ? 1U << CAP_DAC_READ_SEARCH : 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (!rights->change)
		return 0;
	if (setgroups(1, &rights->group) < 0 ||
	        setresgid(rights->gid, rights->gid, rights->gid) < 0 ||
	        prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
	        setresuid(rights->uid, rights->uid, rights->uid) < 0)
		return -errno;
	if (set_capabilities(bit) < 0)
		return -errno;
	if (bit && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH, 0, 0) < 0)
		return -errno;
	return 0;
}

/* --- the child --- */

struct pipes {
	int out, err, report; /* our ends */
	int child_out, child_err, child_report;
};

static void pipes_finish(struct pipes *pipes)
{
	close_fd(&pipes->out);
	close_fd(&pipes->err);
	close_fd(&pipes->report);
	close_fd(&pipes->child_out);
	close_fd(&pipes->child_err);
	close_fd(&pipes->child_report);
}

static int pipes_make(struct pipes *pipes)
{
	int out[2], said[2], report[2];

	*pipes = (struct pipes){-1, -1, -1, -1, -1, -1};
	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	pipes->out = out[0];
	pipes->child_out = out[1];
	if (pipe2(said, O_CLOEXEC) < 0)
		return -errno;
	pipes->err = said[0];
	pipes->child_err = said[1];
	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	pipes->report = report[0];
	pipes->child_report = report[1];
	return 0;
}

/* Above those that are put in their places, or one would be closed by another. */
static bool raise_fd(int *fd)
{
	*fd = fcntl(*fd, F_DUPFD_CLOEXEC, 10);
	return *fd >= 0;
}

static bool place_fds(int target, struct pipes *pipes)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	return raise_fd(&pipes->child_report) && raise_fd(&target) && raise_fd(&pipes->child_out) &&
	       raise_fd(&pipes->child_err) && null >= 0 && dup2(null, 0) >= 0 &&
	       dup2(pipes->child_out, 1) >= 0 && dup2(pipes->child_err, 2) >= 0 &&
	       dup2(target, FIO_TARGET_FD) >= 0 &&
	       syscall(SYS_close_range, FIO_TARGET_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

static void __attribute__((noreturn))
become(char *const *argv, char *const *env, const struct fio_run *run, struct pipes *pipes)
{
	sigset_t none;
	int e;

	setpgid(0, 0); /* the terminal's Ctrl-C is for us to pass on */
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!place_fds(run->fd, pipes)) {
		e = errno;
	} else if (drop(run->rights) < 0) {
		e = EPERM;
	} else {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user clears it */
		execvpe(argv[0], argv, env);
		e = errno;
	}
	if (write(pipes->child_report, &e, sizeof(e)) < 0)
		_exit(126);
	_exit(127);
}

/* 0 once fio runs, or the errno that it failed to start with, negative. */
static int await_exec(int report)
{
	int failed = 0;
	ssize_t n;

	do
		n = read(report, &failed, sizeof(failed));
	while (n < 0 && errno == EINTR);
	return n == sizeof(failed) ? -failed : 0;
}

static int no_fio(int r, struct err *err)
{
	if (r == -ENOENT)
		err_set(err, r, _("fio, which makes the load, is not installed"));
	else
		err_errno(err, r, _("fio cannot be run"));
	err_hint(err, _("install Debian's package fio: sudo apt install fio"));
	err_code(err, CODE_DISK_FIO);
	return r;
}

/* --- its life --- */

struct buffer {
	char *text;
	size_t used, max;
};

/* False once the other end is closed. What does not fit is dropped. */
static bool collect(int fd, struct buffer *to)
{
	char part[16384];
	ssize_t n = read(fd, part, sizeof(part));

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	if (to->used + (size_t)n > to->max)
		return true;
	to->text = xrealloc(to->text, to->used + (size_t)n + 1, 1);
	memcpy(to->text + to->used, part, (size_t)n);
	to->used += (size_t)n;
	to->text[to->used] = '\0';
	return true;
}

struct life {
	int out, err, pidfd, signals;
	struct buffer *text, *said;
	uint64_t start_us, limit_us;
};

/* 1: goes on; 0: it has ended; -ECANCELED: somebody wants that; -ETIMEDOUT. */
static int step(struct life *life)
{
	struct signalfd_siginfo signal;
	struct pollfd p[] = {{.fd = life->out, .events = POLLIN},
	        {.fd = life->err, .events = POLLIN}, {.fd = life->signals, .events = POLLIN},
	        {.fd = life->pidfd, .events = POLLIN}};

	if (monotonic_us() - life->start_us > life->limit_us)
		return -ETIMEDOUT;
	if (poll(p, ARRAY_SIZE(p), TICK_MS) < 0)
		return errno == EINTR ? 1 : -errno;
	/* Read, or it would come as a signal after all. */
	if (p[2].revents && read(life->signals, &signal, sizeof(signal)) > 0)
		return -ECANCELED;
	if (p[0].revents && !collect(life->out, life->text))
		life->out = -1;
	if (p[1].revents && !collect(life->err, life->said))
		life->err = -1;
	/* Output first, so that none is lost when it has ended, too. */
	return p[3].revents && !p[0].revents && !p[1].revents ? 0 : 1;
}

static int watch(const struct fio_run *run, struct life *life)
{
	uint64_t told = 0;
	int r;

	life->start_us = monotonic_us();
	life->limit_us = ((uint64_t)run->seconds * 2 * 1000 + GRACE_MS) * 1000;
	while ((r = step(life)) > 0) {
		uint64_t us = monotonic_us() - life->start_us;

		if (!run->tick || us < told + TICK_MS * 1000)
			continue;
		run->tick(run->arg, (double)us / 1e6);
		told = us;
	}
	return r;
}

/* A process in the hands of a disk that does not answer cannot be ended, and is not waited for. */
static void end(pid_t pid, int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	kill(-pid, SIGTERM);
	if (poll(&p, 1, GOODBYE_MS) == 1)
		return;
	kill(-pid, SIGKILL);
	poll(&p, 1, GOODBYE_MS);
}

static char *last_line(const struct buffer *said)
{
	cleanup_free char *copy = xstrdup(said->text ? said->text : "");
	char *text = strip(copy), *line = strrchr(text, '\n');

	return xstrdup(line ? line + 1 : text);
}

static void answer(
        pid_t pid, struct buffer *text, const struct buffer *said, struct fio_answer *out)
{
	int status = 0;

	if (waitpid(pid, &status, WNOHANG) == pid)
		out->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	out->text = text->text ? take_ptr(text->text) : xstrdup("");
	out->size = text->used;
	out->said = last_line(said);
}

static int tell_end(int r, struct err *err)
{
	if (r == -ECANCELED)
		return err_set(err, r, _("the test was cancelled"));
	if (r != -ETIMEDOUT)
		return err_errno(err, r, "fio");
	err_set(err, r, _("the disk did not answer in time, and the test was ended"));
	err_hint(err, _("look at \"journalctl -k\" for what the kernel says of the disk"));
	err_code(err, CODE_DISK_FAILING);
	return r;
}

/* Signals to us are read from a descriptor meanwhile, as they would leave fio alone with the disk. */
static int block_signals(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, before);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int live(const struct fio_run *run, const struct pipes *pipes, pid_t pid, int signals,
        struct fio_answer *out, struct err *err)
{
	cleanup_close int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct buffer text = {.max = OUTPUT_MAX}, said = {.max = SAID_MAX};
	struct life life = {pipes->out, pipes->err, pidfd, signals, &text, &said, 0, 0};
	int r = await_exec(pipes->report);

	if (r < 0) {
		waitpid(pid, NULL, 0);
		return no_fio(r, err);
	}
	r = pidfd < 0 ? -errno : watch(run, &life);
	if (r < 0)
		end(pid, pidfd);
	answer(pid, &text, &said, out);
	free(text.text);
	free(said.text);
	return r < 0 ? tell_end(r, err) : 0;
}

int fio_run(const struct fio_run *run, struct fio_answer *out, struct err *err)
{
	cleanup_free char *path = child_path_env();
	char *env[] = {path, (char *)"LC_ALL=C", NULL};
	cleanup(pipes_finish) struct pipes pipes;
	cleanup_strv struct strv argv = {0};
	cleanup_close int signals = -1;
	sigset_t before;
	pid_t pid;
	int r = pipes_make(&pipes);

	*out = (struct fio_answer){0};
	if (r < 0)
		return err_errno(err, r, "pipe");
	strv_add(&argv, "fio");
	strv_foreach (arg, run->args)
		strv_add(&argv, *arg);
	signals = block_signals(&before);
	pid = fork();
	if (pid == 0)
		become(argv.list, env, run, &pipes);
	r = pid < 0 ? err_errno(err, -errno, "fork") : 0;
	close_fd(&pipes.child_out);
	close_fd(&pipes.child_err);
	close_fd(&pipes.child_report);
	if (r == 0)
		r = live(run, &pipes, pid, signals, out, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

void fio_answer_finish(struct fio_answer *out)
{
	free(take_ptr(out->text));
	free(take_ptr(out->said));
}

/* --- what fio and the kernel can do --- */

char *fio_engines(struct err *err)
{
	char *argv[] = {(char *)"fio", (char *)"--enghelp", NULL};
	cleanup_free char *path = child_path_env();
	char *env[] = {path, NULL};
	struct child_result result = {0};
	int r = child_run(argv, env, ENGHELP_MS, &result, err);

	if (r < 0) {
		free(result.output);
		no_fio(r, err);
		return NULL;
	}
	return result.output;
}

bool fio_may_io_uring(void)
{
	cleanup(root_close) struct root root = {.fd = -1};
	struct io_uring_params params = {0};
	uint64_t disabled = 0;
	cleanup_close int fd = -1;

	if (root_open(&root, "/", NULL) < 0)
		return false;
	root_read_u64(&root, "/proc/sys/kernel/io_uring_disabled", 10, &disabled);
	if (disabled)
		return false;
	fd = (int)syscall(SYS_io_uring_setup, 1, &params);
	return fd >= 0;
}
