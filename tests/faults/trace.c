/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records everything a command and its children change below one folder, in the order in which it happens, and
 * can kill all of them after any one of these changes:
 *
 *   trace ROOT LOG N COMMAND...     N: after this many changes; 0: never. Ends with the command's own status, or
 *                                   with 75 after the kill.
 *
 * One line a change, in columns divided by tabs; paths are below ROOT, numbers decimal, modes octal:
 *
 *   WHO create PATH INODE MODE UID GID    WHO write INODE OFFSET BYTES(hex)    WHO rename OLD NEW
 *   WHO mkdir PATH INODE MODE UID GID     WHO truncate INODE SIZE              WHO link OLD NEW
 *   WHO symlink PATH INODE TARGET         WHO chmod INODE MODE                 WHO unlink PATH
 *   WHO fsync INODE                       WHO chown INODE UID GID              WHO rmdir PATH
 *   WHO syncfs                            WHO unknown WHAT
 *
 * By ptrace(2), and not by a preloaded library: it sees openat2(2) made by syscall(2), static programs, and what
 * a shell does between fork and exec, and a kill by PTRACE_O_EXITKILL leaves nobody to go on. A seccomp filter
 * stops the processes only for the calls of the table below, so that it costs little. A change that could not
 * be replayed (a shared mapping, say) is written as "unknown", for the reader to fail on.
 */
#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_CUT 75
#define MAX_PIDS   256

/* A call that is being made: what was looked up before it, for the line that is written after it. */
struct call {
	pid_t pid;
	int nr;
	uint64_t args[6];
	char path[PATH_MAX], to[PATH_MAX];
	bool existed;
};

struct trace {
	char root[PATH_MAX];
	size_t root_length;
	FILE *log;
	unsigned long changes, cut;
	struct call calls[MAX_PIDS];
};

/* --- what the process says --- */

static void read_text(pid_t pid, uint64_t address, char *out, size_t size)
{
	size_t used = 0;

	/* Byte by byte past the end of a page would fail as a whole. */
	while (used + 1 < size) {
		size_t n = 64 - (address + used) % 64;
		struct iovec to = {.iov_base = out + used,
		        .iov_len = n < size - 1 - used ? n : size - 1 - used};
		struct iovec from = {.iov_base = (void *)(address + used), .iov_len = to.iov_len};
		ssize_t got = process_vm_readv(pid, &to, 1, &from, 1, 0);

		if (got <= 0)
			break;
		used += (size_t)got;
		if (memchr(to.iov_base, '\0', (size_t)got))
			return;
	}
	out[used] = '\0';
}

static bool read_link(const char *link, char *out)
{
	ssize_t n = readlink(link, out, PATH_MAX - 1);

	out[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

static void fd_link(pid_t pid, int fd, char link[64])
{
	if (fd == AT_FDCWD)
		snprintf(link, 64, "/proc/%d/cwd", pid);
	else
		snprintf(link, 64, "/proc/%d/fd/%d", pid, fd);
}

/* Where the last name of a path really is: the folder above it without symbolic links. */
static void place(pid_t pid, int fd, uint64_t address, bool in_root, char out[PATH_MAX])
{
	char text[PATH_MAX], whole[2 * PATH_MAX], folder[PATH_MAX], link[64], *slash;

	read_text(pid, address, text, sizeof(text));
	fd_link(pid, fd, link);
	if (text[0] == '/' && !in_root)
		folder[0] = '\0';
	else if (!read_link(link, folder))
		text[0] = '\0';
	snprintf(whole, sizeof(whole), "%s/%s", folder, text);
	for (size_t n = strlen(whole); n > 1 && whole[n - 1] == '/'; n--)
		whole[n - 1] = '\0';
	slash = strrchr(whole, '/');
	*slash = '\0';
	if (!realpath(whole[0] ? whole : "/", folder))
		folder[0] = '\0';
	if (snprintf(out, PATH_MAX, "%s/%s", folder, slash + 1) >= PATH_MAX)
		out[0] = '\0';
}

static bool below(const struct trace *t, const char *path)
{
	return !strncmp(path, t->root, t->root_length) && path[t->root_length] == '/';
}

static const char *inside(const struct trace *t, const char *path)
{
	return path + t->root_length;
}

/* The file of a descriptor, when it is below the root; a name that is gone still counts. */
static bool fd_stat(const struct trace *t, pid_t pid, int fd, struct stat *st)
{
	char link[64], path[PATH_MAX];

	fd_link(pid, fd, link);
	return read_link(link, path) && stat(link, st) == 0 &&
	       (below(t, path) || streq(path, t->root));
}

/* --- the log --- */

static void begin_line(struct trace *t, pid_t pid, const char *what)
{
	char path[64], who[32] = "?";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "re");
	if (f) {
		if (fgets(who, sizeof(who), f))
			who[strcspn(who, "\n")] = '\0';
		fclose(f);
	}
	fprintf(t->log, "%s\t%s", who, what);
}

static void end_line(struct trace *t)
{
	putc('\n', t->log);
	t->changes++;
	if (t->changes != t->cut)
		return;
	fflush(t->log);
	_exit(STATUS_CUT); /* PTRACE_O_EXITKILL: everybody dies here and now */
}

static void say_unknown(struct trace *t, const struct call *c, const char *what)
{
	begin_line(t, c->pid, "unknown");
	fprintf(t->log, "\t%s", what);
	end_line(t);
}

/* "create", "mkdir": a new inode with a name. */
static void say_new(struct trace *t, const struct call *c, const char *what, const char *path)
{
	struct stat st;

	if (!below(t, path) || lstat(path, &st) < 0)
		return;
	begin_line(t, c->pid, what);
	fprintf(t->log, "\t%s\t%lu\t%o\t%u\t%u", inside(t, path), (unsigned long)st.st_ino,
	        st.st_mode & 07777, st.st_uid, st.st_gid);
	end_line(t);
}

static void say_names(struct trace *t, const struct call *c, const char *what, const char *to)
{
	if (!below(t, c->path) && !(to && below(t, to)))
		return;
	if (!below(t, c->path) || (to && !below(t, to))) {
		say_unknown(t, c, "a name that crosses the root");
		return;
	}
	begin_line(t, c->pid, what);
	fprintf(t->log, "\t%s%s%s", inside(t, c->path), to ? "\t" : "", to ? inside(t, to) : "");
	end_line(t);
}

static void say_inode(
        struct trace *t, const struct call *c, const char *what, const struct stat *st)
{
	begin_line(t, c->pid, what);
	fprintf(t->log, "\t%lu", (unsigned long)st->st_ino);
	if (streq(what, "truncate"))
		fprintf(t->log, "\t%lld", (long long)st->st_size);
	else if (streq(what, "chmod"))
		fprintf(t->log, "\t%o", st->st_mode & 07777);
	else if (streq(what, "chown"))
		fprintf(t->log, "\t%u\t%u", st->st_uid, st->st_gid);
	end_line(t);
}

/* The bytes that a write left in the file, read from there: whatever call it was. */
static void say_write(struct trace *t, const struct call *c, int fd, off_t at, size_t n)
{
	unsigned char *bytes = xcalloc(1, n);
	char link[64];
	struct stat st;
	int from;

	if (n && fd_stat(t, c->pid, fd, &st) && S_ISREG(st.st_mode)) {
		fd_link(c->pid, fd, link);
		from = open(link, O_RDONLY | O_CLOEXEC);
		if (from < 0 || pread(from, bytes, n, at) != (ssize_t)n) {
			say_unknown(t, c, "a write that cannot be read");
		} else {
			begin_line(t, c->pid, "write");
			fprintf(t->log, "\t%lu\t%lld\t", (unsigned long)st.st_ino, (long long)at);
			for (size_t i = 0; i < n; i++)
				fprintf(t->log, "%02x", bytes[i]);
			end_line(t);
		}
		if (from >= 0)
			close(from);
	}
	free(bytes);
}

/* Where the descriptor stands after the write. */
static off_t position(pid_t pid, int fd)
{
	char path[64];
	long long at = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "pos: %lld", &at) != 1)
			at = -1;
		fclose(f);
	}
	return at;
}

/* --- the calls --- */

static const int traced[] = {
#ifdef SYS_open
        SYS_open, SYS_creat, SYS_rename, SYS_link, SYS_symlink, SYS_unlink, SYS_mkdir, SYS_rmdir,
        SYS_chmod, SYS_chown, SYS_lchown,
#endif
        SYS_openat, SYS_openat2, SYS_write, SYS_pwrite64, SYS_writev, SYS_pwritev, SYS_pwritev2,
        SYS_sendfile, SYS_splice, SYS_copy_file_range, SYS_ftruncate, SYS_truncate, SYS_fallocate,
        SYS_renameat, SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_unlinkat, SYS_mkdirat,
        SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_fsync, SYS_fdatasync, SYS_syncfs,
        SYS_sync, SYS_sync_file_range, SYS_msync, SYS_mmap, SYS_ioctl, SYS_mknodat};

/* The old calls as the newer ones that say the same. */
static void modernise(struct call *c)
{
#ifdef SYS_open
	static const struct {
		int old, new;
		int moved; /* the arguments of @old begin at this one of @new */
	} table[] = {{SYS_open, SYS_openat, 1}, {SYS_creat, SYS_openat, 1},
	        {SYS_unlink, SYS_unlinkat, 1}, {SYS_rmdir, SYS_unlinkat, 1},
	        {SYS_mkdir, SYS_mkdirat, 1}, {SYS_chmod, SYS_fchmodat, 1},
	        {SYS_chown, SYS_fchownat, 1}, {SYS_lchown, SYS_fchownat, 1},
	        {SYS_symlink, SYS_symlinkat, 2}, {SYS_rename, SYS_renameat, 0},
	        {SYS_link, SYS_linkat, 0}};
	uint64_t a[6], here = (uint64_t)AT_FDCWD;

	memcpy(a, c->args, sizeof(a));
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].old != c->nr)
			continue;
		if (table[i].moved == 0)
			memcpy(c->args, (uint64_t[]){here, a[0], here, a[1], 0, 0}, sizeof(a));
		else if (table[i].moved == 1)
			memcpy(c->args, (uint64_t[]){here, a[0], a[1], a[2], 0, 0}, sizeof(a));
		else
			memcpy(c->args, (uint64_t[]){a[0], here, a[1], 0, 0, 0}, sizeof(a));
		if (c->nr == SYS_creat)
			c->args[2] = O_CREAT | O_WRONLY | O_TRUNC;
		if (c->nr == SYS_unlink || c->nr == SYS_rmdir)
			c->args[2] = c->nr == SYS_rmdir ? AT_REMOVEDIR : 0;
		c->nr = table[i].new;
		return;
	}
#endif
}

static struct open_how how_of(const struct call *c)
{
	struct open_how how = {.flags = c->args[2]};
	struct iovec to = {.iov_base = &how, .iov_len = sizeof(how)};
	struct iovec from = {.iov_base = (void *)c->args[2], .iov_len = sizeof(how)};

	if (c->nr == SYS_openat2 && process_vm_readv(c->pid, &to, 1, &from, 1, 0) < 0)
		how = (struct open_how){0};
	return how;
}

static void before(struct call *c)
{
	struct stat st;
	int fd = (int)c->args[0];

	modernise(c);
	fd = (int)c->args[0];
	c->path[0] = c->to[0] = '\0';
	switch (c->nr) {
	case SYS_openat:
	case SYS_openat2:
		place(c->pid, fd, c->args[1], how_of(c).resolve & RESOLVE_IN_ROOT, c->path);
		c->existed = stat(c->path, &st) == 0;
		break;
	case SYS_unlinkat:
	case SYS_mkdirat:
	case SYS_fchmodat:
	case SYS_fchownat:
		place(c->pid, fd, c->args[1], false, c->path);
		break;
	case SYS_truncate:
		place(c->pid, AT_FDCWD, c->args[0], false, c->path);
		break;
	case SYS_symlinkat:
		place(c->pid, (int)c->args[1], c->args[2], false, c->path);
		break;
	case SYS_renameat:
	case SYS_renameat2:
	case SYS_linkat:
		place(c->pid, fd, c->args[1], false, c->path);
		place(c->pid, (int)c->args[2], c->args[3], false, c->to);
		break;
	}
}

static void after_open(struct trace *t, struct call *c, int fd)
{
	struct open_how how = how_of(c);
	char link[64], path[PATH_MAX];
	struct stat st;

	if (!fd_stat(t, c->pid, fd, &st) || !S_ISREG(st.st_mode))
		return;
	fd_link(c->pid, fd, link);
	read_link(link, path);
	if (how.flags & O_CREAT && (how.flags & O_EXCL || !c->existed))
		say_new(t, c, "create", path);
	else if (how.flags & O_TRUNC && (how.flags & O_ACCMODE) != O_RDONLY)
		say_inode(t, c, "truncate", &st);
}

static void after_path(struct trace *t, struct call *c, const char *what, bool follow)
{
	struct stat st;
	char real[PATH_MAX];

	if (follow && realpath(c->path, real))
		strcpy(c->path, real);
	if (below(t, c->path) && lstat(c->path, &st) == 0)
		say_inode(t, c, what, &st);
}

static void after_fd(struct trace *t, const struct call *c, const char *what)
{
	struct stat st;

	if (fd_stat(t, c->pid, (int)c->args[0], &st) &&
	        (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
		say_inode(t, c, what, &st);
}

static void after_sync(struct trace *t, const struct call *c)
{
	struct stat st;

	if (c->nr != SYS_sync && !fd_stat(t, c->pid, (int)c->args[0], &st))
		return;
	begin_line(t, c->pid, "syncfs");
	end_line(t);
}

static void after_symlink(struct trace *t, const struct call *c)
{
	char target[PATH_MAX];
	struct stat st;

	if (!below(t, c->path) || lstat(c->path, &st) < 0 || !read_link(c->path, target))
		return;
	begin_line(t, c->pid, "symlink");
	fprintf(t->log, "\t%s\t%lu\t%s", inside(t, c->path), (unsigned long)st.st_ino, target);
	end_line(t);
}

/* A mapping that writes through to a file of ours is nothing we could replay. */
static void after_mmap(struct trace *t, const struct call *c)
{
	struct stat st;

	if (c->args[2] & PROT_WRITE && (c->args[3] & MAP_TYPE) != MAP_PRIVATE &&
	        !(c->args[3] & MAP_ANONYMOUS) && fd_stat(t, c->pid, (int)c->args[4], &st))
		say_unknown(t, c, "a shared mapping");
}

static void after_stream(struct trace *t, const struct call *c, int fd, int64_t result)
{
	off_t at = position(c->pid, fd);

	say_write(t, c, fd, at - (off_t)result, (size_t)result);
}

/* What is in files. */
static bool after_bytes(struct trace *t, struct call *c, int64_t result)
{
	struct stat st;

	switch (c->nr) {
	case SYS_write:
	case SYS_writev:
	case SYS_sendfile:
		after_stream(t, c, (int)c->args[0], result);
		break;
	case SYS_copy_file_range:
	case SYS_splice:
		if (result && c->args[3] && fd_stat(t, c->pid, (int)c->args[2], &st))
			say_unknown(t, c, "a copy to an offset");
		else
			after_stream(t, c, (int)c->args[2], result);
		break;
	case SYS_pwrite64:
	case SYS_pwritev:
	case SYS_pwritev2:
		say_write(t, c, (int)c->args[0], (off_t)c->args[3], (size_t)result);
		break;
	case SYS_ftruncate:
		after_fd(t, c, "truncate");
		break;
	case SYS_truncate:
		after_path(t, c, "truncate", true);
		break;
	case SYS_fallocate:
	case SYS_sync_file_range:
		if (fd_stat(t, c->pid, (int)c->args[0], &st))
			say_unknown(t, c, c->nr == SYS_fallocate ? "fallocate" : "sync_file_range");
		break;
	case SYS_mmap:
		after_mmap(t, c);
		break;
	default:
		return false;
	}
	return true;
}

/* Which files there are, and what they are called. */
static bool after_names(struct trace *t, struct call *c, int64_t result)
{
	switch (c->nr) {
	case SYS_openat:
	case SYS_openat2:
		after_open(t, c, (int)result);
		break;
	case SYS_mknodat:
		say_unknown(t, c, "mknod");
		break;
	case SYS_renameat:
	case SYS_renameat2:
		if (c->nr == SYS_renameat2 && c->args[4] & RENAME_EXCHANGE)
			say_unknown(t, c, "an exchange of names");
		else
			say_names(t, c, "rename", c->to);
		break;
	case SYS_linkat:
		say_names(t, c, "link", c->to);
		break;
	case SYS_symlinkat:
		after_symlink(t, c);
		break;
	case SYS_unlinkat:
		say_names(t, c, c->args[2] & AT_REMOVEDIR ? "rmdir" : "unlink", NULL);
		break;
	case SYS_mkdirat:
		say_new(t, c, "mkdir", c->path);
		break;
	default:
		return false;
	}
	return true;
}

static void after(struct trace *t, struct call *c, int64_t result)
{
	if (after_bytes(t, c, result) || after_names(t, c, result))
		return;
	switch (c->nr) {
	case SYS_fchmod:
		after_fd(t, c, "chmod");
		break;
	case SYS_fchown:
		after_fd(t, c, "chown");
		break;
	case SYS_fchmodat:
	case SYS_fchownat:
		after_path(t, c, c->nr == SYS_fchmodat ? "chmod" : "chown", c->nr == SYS_fchmodat);
		break;
	case SYS_fsync:
	case SYS_fdatasync:
		after_fd(t, c, "fsync");
		break;
	case SYS_sync:
	case SYS_syncfs:
		after_sync(t, c);
		break;
	case SYS_ioctl:
		if (c->args[1] == FIFREEZE)
			after_sync(t, c);
		break;
	}
}

/* --- the processes --- */

static int install_filter(void)
{
	enum { N = ARRAY_SIZE(traced) };
	struct sock_filter code[N + 3];
	struct sock_fprog program = {.len = N + 3, .filter = code};

	code[0] = (struct sock_filter)BPF_STMT(
	        BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (int i = 0; i < N; i++)
		code[1 + i] = (struct sock_filter)BPF_JUMP(
		        BPF_JMP | BPF_JEQ | BPF_K, (unsigned)traced[i], (unsigned char)(N - i), 0);
	code[N + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[N + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

static pid_t start(char **argv)
{
	const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	                     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	                     PTRACE_O_EXITKILL;
	int gate[2];
	char go;
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		if (read(gate[0], &go, 1) == 1 && install_filter() == 0)
			execvp(argv[0], argv);
		fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	close(gate[0]);
	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0, options) < 0 || write(gate[1], "", 1) != 1)
		return -errno;
	close(gate[1]);
	return pid;
}

/* The slot of a process; 0 finds a free one. */
static struct call *call_of(struct trace *t, pid_t pid)
{
	for (size_t i = 0; i < MAX_PIDS; i++) {
		if (t->calls[i].pid == pid)
			return &t->calls[i];
	}
	return NULL;
}

static void enter(struct trace *t, pid_t pid)
{
	struct __ptrace_syscall_info info = {0};
	struct call *c = call_of(t, 0);

	if (!c || ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		abort();
	c->pid = pid;
	c->nr = (int)info.seccomp.nr;
	for (int i = 0; i < 6; i++)
		c->args[i] = info.seccomp.args[i];
	before(c);
}

static void leave(struct trace *t, pid_t pid)
{
	struct __ptrace_syscall_info info = {0};
	struct call *c = call_of(t, pid);

	if (!c || ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return;
	if (!info.exit.is_error)
		after(t, c, info.exit.rval);
	c->pid = 0;
}

/* One stop of one process, which then goes on. */
static void stopped(struct trace *t, pid_t pid, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16, request = PTRACE_CONT;

	if (event == PTRACE_EVENT_SECCOMP) {
		enter(t, pid);
		request = PTRACE_SYSCALL;
	} else if (signal == (SIGTRAP | 0x80)) {
		leave(t, pid);
	}
	if (event || signal == (SIGTRAP | 0x80))
		signal = 0;
	ptrace(request, pid, 0, signal);
}

static int follow(struct trace *t, pid_t first)
{
	int status, result = 126;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		struct call *c = call_of(t, pid);

		if (pid > 0 && WIFSTOPPED(status)) {
			stopped(t, pid, status);
			continue;
		}
		if (pid == first)
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (pid > 0 && c)
			c->pid = 0;
	}
	return result;
}

int main(int argc, char **argv)
{
	static struct trace t;
	int result;
	pid_t pid;

	if (argc < 5 || !realpath(argv[1], t.root)) {
		fprintf(stderr, "usage: trace ROOT LOG N COMMAND...\n");
		return 2;
	}
	t.root_length = strlen(t.root);
	t.log = fopen(argv[2], "we");
	t.cut = strtoul(argv[3], NULL, 10);
	pid = t.log ? start(argv + 4) : -errno;
	if (pid < 0) {
		fprintf(stderr, "trace: %s\n", strerror(-pid));
		return 126;
	}
	result = follow(&t, pid);
	return fclose(t.log) ? 126 : result;
}
