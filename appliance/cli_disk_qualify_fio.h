/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs fio(1) on an open file with no more rights than it needs: whoever is not root gives it his own, and root's is an
 * unprivileged user's that may read whatever there is (CAP_DAC_READ_SEARCH), or write to this one file.
 *
 * fio opens what it tests by name; the name is /proc/self/fd/3, which is what we have opened and looked at, whatever
 * happens to its path meanwhile.
 */
#ifndef CLI_DISK_QUALIFY_FIO_H
#define CLI_DISK_QUALIFY_FIO_H

#include "base/err.h"
#include "base/strv.h"

#include <sys/types.h>

#define FIO_TARGET "/proc/self/fd/3"

struct fio_rights {
	bool change; /* we are root: */
	uid_t uid;
	gid_t gid, group; /* @group once more: the one that the disk's node is of */
	bool read_all;
};

/* Of whoever is to read, or to write to, the open file @fd. */
int fio_rights(int fd, bool write, struct fio_rights *out, struct err *err);

struct fio_run {
	const struct strv *args; /* without "fio" */
	int fd;                  /* what is tested */
	const struct fio_rights *rights;
	unsigned seconds; /* that it should take; it is ended when it takes much longer */
	/* Called four times a second. */
	void (*tick)(void *arg, double seconds);
	void *arg;
};

struct fio_answer {
	char *text; /* what it wrote on standard output; the caller frees both */
	size_t size;
	char *said; /* the last line on standard error; "" */
	int status; /* exit status, or 128 + signal */
};

/*
 * Until fio has ended. -ECANCELED after Ctrl-C, when it was ended; -ETIMEDOUT; -ENOENT with @err where there is no fio.
 */
int fio_run(const struct fio_run *run, struct fio_answer *out, struct err *err);
void fio_answer_finish(struct fio_answer *answer);

/* What `fio --enghelp` prints. NULL with @err, also where there is no fio. Caller frees. */
char *fio_engines(struct err *err);
/* Whether the kernel lets an unprivileged process have io_uring (kernel.io_uring_disabled, since Linux 6.6). */
bool fio_may_io_uring(void);

#endif
