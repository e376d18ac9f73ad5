/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playthrough: the command line. One table in cli.c drives dispatch, usage and help; each command gets
 * its arguments parsed and returns the exit code, or a negative errno with @err for the main to print.
 */
#ifndef CLI_H
#define CLI_H

#include "base/page.h"
#include "bus/client.h"
#include "bus/paths.h"
#include "profile/profile.h"

#include <jansson.h>
#include <stdio.h>

#define EXIT_USAGE 2

struct cli {
	struct paths paths;
	struct client client; /* .bus NULL until cli_connect() */
	/* of the command */
	bool json, force, keep, all, why, prometheus;
	const char *picture, *by, *as, *images, *from;
	bool dry_run, yes, vv, trust;
	bool quick, write;
	const char *svg, *confirm;
	const char *listen, *web, *minutes;
	const char *guest, *memory, *cpus;
	struct strv gpus, usbs, disks; /* each may be said more than once */
	/* of disk */
	const char *format, *to, *backing, *repair, *passphrase_file;
	bool encrypt, shrink, overlay, incremental, remove;
	char **args; /* NULL-terminated */
};

/* Connects where that was not done yet. */
int cli_connect(struct cli *cli, struct err *err);
/* Calls a method of no argument, or of one VM's name, that returns JSON. NULL with @err. Caller unrefs. */
json_t *cli_call_json(struct cli *cli, const char *member, const char *vm, struct err *err);
/* The same from the text of an answer to @member. */
json_t *cli_parse_json(const char *text, const char *member, struct err *err);
/* Calls a method of a VM, and with @device of a device, that starts a job, and follows it to its end. */
int cli_run_job(struct cli *cli, const char *member, const char *device, struct err *err);

int command_list(struct cli *cli, struct err *err);
int command_show(struct cli *cli, struct err *err);
int command_start(struct cli *cli, struct err *err);
int command_stop(struct cli *cli, struct err *err);
int command_pause(struct cli *cli, struct err *err);
int command_sleep(struct cli *cli, struct err *err);
int command_resume(struct cli *cli, struct err *err);
int command_screenshot(struct cli *cli, struct err *err);
int command_report(struct cli *cli, struct err *err);
int command_support(struct cli *cli, struct err *err);
int command_status(struct cli *cli, struct err *err);
/* status --prometheus */
int cli_prometheus(struct cli *cli, struct err *err);
int command_log(struct cli *cli, struct err *err);
int command_usb_list(struct cli *cli, struct err *err);
int command_usb_show(struct cli *cli, struct err *err);
int command_usb_attach(struct cli *cli, struct err *err);
int command_usb_detach(struct cli *cli, struct err *err);
int command_cd_list(struct cli *cli, struct err *err);
int command_cd_insert(struct cli *cli, struct err *err);
int command_cd_eject(struct cli *cli, struct err *err);
int command_usb_give_back(struct cli *cli, struct err *err);
int command_usb_assign(struct cli *cli, struct err *err);
int command_usb_unassign(struct cli *cli, struct err *err);
/* Adds to UsbList's devices why they go where they go; without --json, prints it. */
int cli_usb_why(struct cli *cli, json_t *devices, struct err *err);
int command_test_drive(struct cli *cli, struct err *err);
int command_console(struct cli *cli, struct err *err);
int command_console_enable(struct cli *cli, struct err *err);
int command_console_disable(struct cli *cli, struct err *err);
int command_console_status(struct cli *cli, struct err *err);
int command_console_ticket(struct cli *cli, struct err *err);
int command_press(struct cli *cli, struct err *err);
int command_profile_check(struct cli *cli, struct err *err);
int command_profile_export(struct cli *cli, struct err *err);
int command_profile_keys(struct cli *cli, struct err *err);
int command_profile_offers(struct cli *cli, struct err *err);
int command_profile_new(struct cli *cli, struct err *err);
int command_profile_edit(struct cli *cli, struct err *err);
int command_profile_remove(struct cli *cli, struct err *err);
int command_disk_qualify(struct cli *cli, struct err *err);
int command_backup(struct cli *cli, struct err *err);
int command_restore(struct cli *cli, struct err *err);
int command_rom_dump(struct cli *cli, struct err *err);
int command_rom_check(struct cli *cli, struct err *err);
int command_rom_trim(struct cli *cli, struct err *err);

/* The profile of the first argument: the name of one, or a file. */
int cli_profile_load(struct cli *cli, struct profile *profile, struct err *err);
/* The texts of an array, each on a line of its own, harmless. */
void cli_put_lines(FILE *out, const char *indent, const json_t *texts);
/*
 * The text of a profile from ProfileOffers's answer and the options of `profile new`; says what it took and why. NULL with
 * @err. Caller frees.
 */
char *cli_profile_make(const struct cli *cli, const json_t *offers, FILE *told, struct err *err);
/* ProfileCheck's answer. NULL with @err. Caller unrefs. */
json_t *cli_profile_check(struct cli *cli, const char *name, const char *text, struct err *err);
/* Prints its problems with their lines, and how many of them keep it from being written. */
unsigned cli_profile_problems(FILE *out, const json_t *checked);
/* ProfileShow's text; @json, which may be NULL, gets all of the answer. NULL with @err. Caller frees both. */
char *cli_profile_text(struct cli *cli, const char *name, json_t **json, struct err *err);
/* ProfileWrite, and says where it lies now. */
int cli_profile_write(
        struct cli *cli, const char *name, const char *text, const char *expected, struct err *err);

/*
 * Follows a job to its end: shows its stages on stderr, cancels it on Ctrl-C. Returns 0 when it is done;
 * a job that failed or was cancelled is a negative errno with @err. @out may be NULL; else it gets the job as it
 * ended, failed or not, where that could be read.
 */
int cli_follow_job(struct cli *cli, const char *path, struct client_job *out, struct err *err);

/* Prints JSON on stdout: indented, other characters than ASCII as \u, so that none steers a terminal. */
void cli_print_json(const json_t *json);
/* {"schema": 1}; caller fills in the rest. */
json_t *cli_document(void);
/* Standard output as a page: in colour on a terminal, unless NO_COLOR is set. */
void cli_page(struct page *page);
/* Prints text of others on stdout, harmless; NULL prints "-". */
void cli_put(const char *text);
/* From this folder on; the daemon is elsewhere. Caller frees. */
char *cli_whole_path(const char *path);
/* The state of a VM in words; "-" where there is none. Caller frees. */
char *cli_state(const json_t *vm);
/* A string member, harmless; "-" where there is none or it is empty. Caller frees. */
char *cli_member(const json_t *object, const char *key);

/* Rows of aligned columns. */
struct cli_table {
	char **cells; /* owned */
	size_t n_cells, columns;
};
/* Takes @cell. Rows fill from the left, `columns` cells each. */
void cli_table_add(struct cli_table *table, char *cell);
/* Prints and empties it. */
void cli_table_print(struct cli_table *table, FILE *out);

#endif
