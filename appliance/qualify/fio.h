/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fio(1), which makes the load: its arguments, and what it answers. Pure: nothing runs here.
 *
 * One fio runs one job after another (stonewall), a job being a slice of a load, and answers with one JSON document.
 */
#ifndef QUALIFY_FIO_H
#define QUALIFY_FIO_H

#include "base/err.h"
#include "base/strv.h"
#include "qualify/measured.h"

struct qualify_wish {
	const char *engine;
	const char *path; /* what fio opens */
	bool quick, write;
	uint64_t size; /* bytes from the start on that are tested; 0: all */
};

/*
 * The engine that has many reads on their way at once, of those that `fio --enghelp` lists. NULL with @err where it has
 * none.
 */
const char *qualify_fio_engine(const char *enghelp, bool io_uring_allowed, struct err *err);

/* Both add arguments, without "fio", and return how many seconds the jobs take; fio itself takes some more. */
unsigned qualify_fio_args(const struct qualify_wish *wish, struct strv *argv);
/* Writes the whole size once, as far as it comes in time, so that what is read later was written. */
unsigned qualify_fio_fill_args(const struct qualify_wish *wish, struct strv *argv);

/* What is going on @seconds after the start of these jobs. */
enum qualify_load qualify_fio_load_at(const struct qualify_wish *wish, double seconds);

/*
 * Adds what fio wrote on its standard output, which may begin with other lines. -EBADMSG with @err where it is not
 * understood; the errno of a job that could not work, but for the disk's own faults, which are in io_error.
 */
int qualify_fio_read(
        const char *text, size_t size, struct qualify_measured *measured, struct err *err);

#endif
