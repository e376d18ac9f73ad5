/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/drive.h"
#include "model/parts.h"

#include <errno.h>

void drive_finish(struct drive *drive)
{
	for (size_t i = 0; i < drive->n; i++) {
		free(drive->results[i].device);
		free(drive->results[i].what);
		free(drive->results[i].detail);
	}
	strv_finish(&drive->problems);
	free(drive->vm);
	*drive = (struct drive){0};
}

/* A word that is not known promises nothing. */
static enum drive_status status_of(const char *word)
{
	return streq(word, "pass")           ? DRIVE_PASS
	       : streq(word, "not-testable") ? DRIVE_NOT_TESTED
	                                     : DRIVE_FAIL;
}

static void take_line(struct drive *drive, const json_t *line)
{
	cleanup_free char *event = model_member_text(line, "event");
	cleanup_free char *status = model_member_text(line, "status");

	if (streq(event, "done"))
		drive->complete = true;
	if (streq(event, "problem") && drive->problems.n < DRIVE_PROBLEMS_MOST)
		strv_take(&drive->problems, model_member_text(line, "detail"));
	if (streq(event, "result") && drive->n == DRIVE_RESULTS_MOST)
		drive->left_out++;
	else if (streq(event, "result"))
		drive->results[drive->n++] = (struct drive_result){
		        model_member_text(line, "device"), model_member_text(line, "capability"),
		        model_member_text(line, "detail"), status_of(status)};
}

int drive_set(struct drive *drive, const char *vm, const char *json, struct err *err)
{
	cleanup_json json_t *all = json_loads(json, 0, NULL);
	const json_t *line;
	size_t i;

	if (!json_is_object(all)) {
		err_set(err, -EBADMSG, "TestDrive");
		err_code(err, CODE_BUS_VERSION);
		return -EBADMSG;
	}
	drive_finish(drive);
	drive->vm = xstrdup(vm);
	json_array_foreach (json_object_get(all, "lines"), i, line)
		take_line(drive, line);
	return 0;
}

void drive_follow(struct drive *drive, const char *vm, const char *result)
{
	if (result && *result)
		drive_set(drive, vm, result, NULL);
	else if (drive->vm && streq(drive->vm, vm))
		drive_finish(drive);
}

size_t drive_count(const struct drive *drive, enum drive_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < drive->n; i++)
		n += drive->results[i].status == status;
	return n;
}
