/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A call of the daemon's DiskAct: put together, and followed to its end. */
#ifndef CLI_DISK_CALL_H
#define CLI_DISK_CALL_H

#include "cli.h"

/* What a call says; texts are borrowed, but `owned`. */
struct disk_call {
	const char *verb;
	struct {
		const char *key, *value;
	} texts[12];
	size_t n_texts;
	const char *flags[4];
	size_t n_flags;
	int secret; /* -1: none */
	struct strv owned;
};

void disk_call_say(struct disk_call *call, const char *key,
        const char *value); /* value NULL: nothing is said */
void disk_call_flag(struct disk_call *call, const char *key, bool on);
/* A path of this folder. */
void disk_call_path(struct disk_call *call, const char *key, const char *path);
/* The image: one word is a file, two are a VM and its disk; @rest words follow. Returns the first of these. */
char **disk_call_image(struct disk_call *call, struct cli *cli, size_t rest);
/* The passphrase: what --passphrase-file says, or @twice from the terminal. */
int disk_call_secret(struct cli *cli, struct disk_call *call, bool twice, struct err *err);
/* To its end, and finishes @call. The answer, or NULL with @err; caller unrefs. */
json_t *disk_call_run(struct cli *cli, struct disk_call *call, struct err *err);
/* The same, and who sits there is asked for a passphrase where one turns out to be needed. */
json_t *disk_call_run_asking(struct cli *cli, struct disk_call *call, struct err *err);
void disk_call_finish(struct disk_call *call);

#endif
