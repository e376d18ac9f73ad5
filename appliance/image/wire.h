/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How playthrough-image is told what to run. On its standard input, a stream socket: this head with all descriptors,
 * then the arguments, each with its NUL. It answers with one int32_t, the status of qemu-img as of struct image_run, and ends;
 * when the other side closes the socket, qemu-img is killed.
 */
#ifndef IMAGE_WIRE_H
#define IMAGE_WIRE_H

#include "image/args.h"

#include <stdint.h>

#define IMAGE_MAGIC      0x50544931u
#define IMAGE_FILES_MOST 20u
#define IMAGE_ARGS_MOST  65536u

/* Its descriptors: standard output and error, then the files, which get the numbers IMAGE_FD_FIRST and up. */
struct image_order {
	uint32_t magic, n_files, n_args, size;
	uint64_t memory_bytes, cpu_seconds, file_bytes; /* limits */
	uint32_t writable;                              /* bit N: file N may be written to */
	uint32_t fence_needed;                          /* without Landlock it must not run */
};

#endif
