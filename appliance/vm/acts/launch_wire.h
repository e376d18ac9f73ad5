/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon sends the launcher: this header with the descriptors on its first byte, then the arguments,
 * each ended by a NUL. The first descriptor becomes stdout and stderr, the others VM_FD_FIRST and up.
 */
#ifndef VM_LAUNCH_WIRE_H
#define VM_LAUNCH_WIRE_H

#include <stdint.h>

#define LAUNCH_MAGIC      0x31746c50u /* "Plt1" */
#define LAUNCH_ARGS_MAX   (128u << 10)
#define LAUNCH_FDS_MAX    48u
#define LAUNCH_FD_FIRST   10 /* = VM_FD_FIRST */
#define LAUNCH_DEADLINE_S 60u
#define LAUNCH_ALONE      "--alone" /* without systemd: it leaves whoever started it */

struct launch_header {
	uint32_t magic;
	uint32_t n_fds; /* with the log */
	uint32_t n_args;
	uint32_t size; /* bytes of arguments that follow */
};

#endif
