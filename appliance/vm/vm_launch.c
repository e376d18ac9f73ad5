/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the launcher to the running guest, and the watch over QEMU from then on. */
#include "vm/vm_image.h"

#include "base/i18n.h"
#include "base/log.h"
#include "vm/backing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define QMP_MS     60000u /* until QEMU answers... */
#define PIN_MS     2000u  /* ...and for each GiB that it clears and pins before that */
#define COMMAND_MS 20000u
#define REPORT_MS  300000u /* the test guest's whole report */
#define SILENT_MS  10000u  /* QMP has closed and QEMU still lives */
#define TRIM_MS    5000u
#define LOG_MAX    ((off_t)8 << 20)
#define LOG_KEEP   ((off_t)1 << 20)

/* --- QEMU's death and silence --- */

static int on_death(sd_event_source *source, int fd, uint32_t events, void *user)
{
	(void)source, (void)fd, (void)events;
	vm_gone(user);
	return 0;
}

static int on_silent(sd_event_source *source, uint64_t usec, void *user)
{
	struct err err;

	(void)source, (void)usec;
	err_set(&err, -EPIPE, _("QEMU has closed its QMP connection and does not end"));
	vm_end(user, RUNG_KILL, &err);
	return 0;
}

static void on_qmp_closed(void *user, const struct err *err)
{
	struct vm *vm = user;

	(void)err;
	qmp_destroy(take_ptr(vm->qmp));
	if (vm->rung == RUNG_NONE && !vm->releasing)
		vm_timer(vm, SILENT_MS, on_silent);
}

/* --- the logs a guest can fill at will: the old part is given back to the run directory --- */

static void trim_log(struct vm *vm, const char *name)
{
	cleanup_free char *path = vm_file(vm, name);
	cleanup_close int fd = root_openat(&vm->vms->root, path, O_WRONLY | O_NOFOLLOW, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_blocks * 512 <= LOG_MAX)
		return;
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, st.st_size - LOG_KEEP) < 0)
		log_warning("%s: %s", path, strerror(errno));
}

static void watch_logs(struct vm *vm);

static int on_trim(sd_event_source *source, uint64_t usec, void *user)
{
	struct vm *vm = user;

	(void)source, (void)usec;
	vm->trim = sd_event_source_disable_unref(vm->trim);
	trim_log(vm, "serial.log");
	trim_log(vm, "qemu.log");
	watch_logs(vm);
	return 0;
}

/* One of them grows: they are looked at in a while. Until then it may grow unheard. */
static int on_log(sd_event_source *source, const struct inotify_event *event, void *user)
{
	struct vm *vm = user;

	(void)source, (void)event;
	vm->logs = sd_event_source_disable_unref(vm->logs);
	sd_event_add_time_relative(
	        vm->vms->env.event, &vm->trim, CLOCK_MONOTONIC, TRIM_MS * 1000, 0, on_trim, vm);
	return 0;
}

/* No timer while nobody writes: the daemon sleeps beside a guest that has nothing to say. */
static void watch_logs(struct vm *vm)
{
	cleanup_free char *folder = vm_file(vm, ".");

	if (vm->logs || vm->trim)
		return;
	if (sd_event_add_inotify(vm->vms->env.event, &vm->logs, folder, IN_MODIFY, on_log, vm) < 0)
		log_warning(
		        _("VM %s: its logs are not watched: they may grow without end"), vm->name);
}

/* --- the guest runs --- */

static void add_picture_error(struct vm *vm, const struct err *err)
{
	json_t *result = vm->start_job ? vm->start_job->result : NULL;

	if (result && err)
		json_object_set_new(result, "picture_error", json_string(err->message));
}

/* A test drive's report and picture are complete. */
static void finish_drive(struct vm *vm)
{
	vm_timer(vm, 0, NULL);
	if (!vm->journal.keep) {
		vm_end(vm, RUNG_POWERDOWN, NULL);
		return;
	}
	vm_job_finish(take_ptr(vm->start_job), NULL);
}

static void on_picture(void *user, const struct err *err)
{
	struct vm *vm = user;

	add_picture_error(vm, err);
	if (vm->rung == RUNG_NONE && !vm->releasing)
		finish_drive(vm);
}

/* What the guest has told, and what of it only the host can know. */
static void set_result(struct vm *vm)
{
	const struct journal *j = &vm->journal;
	struct backing backing;
	json_t *lines;

	if (!vm->start_job || !vm->report)
		return;
	lines = json_copy(report_lines(vm->report));
	backing_take(&vm->vms->root, j->pid, j->unit, &backing);
	json_array_append_new(lines, backing_line(&backing, j->memory_bytes, j->page_bytes));
	json_decref(vm->start_job->result);
	vm->start_job->result = json_pack("{s:s, s:o}", "nonce", j->nonce, "lines", lines);
}

static void on_report_done(struct vm *vm)
{
	vm->reported = true;
	set_result(vm);
	if (!vm->start_job || vm->rung != RUNG_NONE)
		return;
	vm_job_stage(vm->start_job, "picture", 80);
	if (vm->picture >= 0 && vm->qmp)
		vm_picture(vm, take_fd(vm->picture), on_picture, vm);
	else
		finish_drive(vm);
}

static void check_nonce(struct vm *vm, json_t *line)
{
	const char *nonce = json_string_value(json_object_get(line, "nonce"));
	struct err err;

	if (nonce && streq(nonce, vm->journal.nonce))
		return;
	err_set(&err, -EPROTO, _("the guest that answers is not the one that was started"));
	vm_end(vm, RUNG_QUIT, &err);
}

static void on_report_line(void *user, const char *event, json_t *line)
{
	struct vm *vm = user;

	if (vm->rung != RUNG_NONE || !vm->journal.test_drive)
		return;
	if (streq(event, "hello"))
		check_nonce(vm, line);
	else if (streq(event, "done") && !vm->reported)
		on_report_done(vm);
}

static int on_report_late(sd_event_source *source, uint64_t usec, void *user)
{
	cleanup_free char *line = vm_last_line(user, "serial.log");
	struct vm *vm = user;
	struct err err;

	(void)source, (void)usec;
	set_result(vm);
	err_set(&err, -ETIMEDOUT,
	        _("the test guest did not finish its report within %u s; last on its "
	          "console: %s"),
	        REPORT_MS / 1000, line ? line : _("nothing"));
	err_hint(&err, _("see: playthrough log %s"), vm->name);
	vm_end(vm, RUNG_QUIT, &err);
	return 0;
}

static void on_running(void *user, json_t *result, const struct err *err)
{
	const char *status = json_string_value(json_object_get(result, "status"));
	struct vm *vm = user;
	struct err own;

	if (vm->state != VM_STARTING)
		return;
	if (!err && !(status && streq(status, "running"))) {
		err = &own;
		err_set(&own, -EIO, _("QEMU does not run the guest: its state is %s"),
		        status ? status : "?");
	}
	vm->journal.phase = JOURNAL_RUNNING;
	if (err || vm_journal(vm, &own) < 0) {
		vm_end(vm, RUNG_QUIT, err ? err : &own);
		return;
	}
	vm_starting_free(take_ptr(vm->starting));
	vm_set_state(vm, VM_RUNNING);
	vm_recover_running(vm);
	if (vm->journal.test_drive) {
		vm_job_stage(vm->start_job, "guest", 40);
		vm_timer(vm, REPORT_MS, on_report_late);
	} else {
		vm_timer(vm, 0, NULL);
		vm_job_finish(take_ptr(vm->start_job), NULL);
	}
	vm_monitor_play(vm);
	vm_cdroms_look(vm);
	vms_usb_reconcile(vm->vms);
}

static void on_continued(void *user, json_t *result, const struct err *err)
{
	struct vm *vm = user;

	(void)result;
	if (vm->state != VM_STARTING)
		return;
	if (err)
		vm_end(vm, RUNG_QUIT, err);
	else
		qmp_send(vm->qmp, "query-status", NULL, -1, COMMAND_MS, on_running, vm);
}

void vm_run(struct vm *vm)
{
	qmp_send(vm->qmp, "cont", NULL, -1, COMMAND_MS, on_continued, vm);
}

static void on_qmp_ready(void *user)
{
	struct vm *vm = user;

	snprintf(vm->qemu_version, sizeof(vm->qemu_version), "%s", qmp_version(vm->qmp));
	if (vm->state != VM_STARTING) {
		vm_pause_ask(vm); /* taken over from another daemon */
		vm_inputs_let_go(vm);
		vm_cdroms_look(vm);
		return;
	}
	vm_job_stage(vm->start_job, "firmware", 30);
	vm_pages_settled(vm); /* all of its memory is there: QEMU clears it before it answers */
	vm_pin(vm);
}

static void on_qmp_event(void *user, const char *name, json_t *data)
{
	struct vm *vm = user;
	const char *id = json_string_value(json_object_get(data, "device"));

	if (streq(name, "SHUTDOWN"))
		vm->guest_off = json_is_true(json_object_get(data, "guest"));
	else if (streq(name, "DEVICE_DELETED") && id)
		vm_usb_deleted(vm, id);
	else
		vm_pause_event(vm, name, data);
	if (starts_with(name, "BLOCK_JOB_"))
		vm_backup_event(vm, name, data);
	vm_sleep_event(vm, name);
	vm_trouble_event(vm, name, data);
	vm_reset_event(vm, name);
	vm_cdroms_event(vm, name);
	if (streq(name, "BLOCK_IO_ERROR") || streq(name, "MEMORY_FAILURE"))
		log_warning("VM %s: %s", vm->name, name);
}

/* --- supervision --- */

static int connect_sockets(struct vm *vm, struct err *err)
{
	const struct qmp_handler handler = {
	        .ready = on_qmp_ready, .event = on_qmp_event, .closed = on_qmp_closed, .user = vm};
	cleanup_free char *qmp = vm_file(vm, "qmp.sock"), *report = vm_file(vm, "report.sock");
	sd_event *event = vm->vms->env.event;
	int r = qmp_connect(event, qmp, &handler, &vm->qmp, err);

	if (r == 0 && access(report, F_OK) == 0)
		r = report_connect(event, report, on_report_line, vm, &vm->report, err);
	if (r == 0)
		vm_agent_connect(vm);
	return r;
}

static int watch_death(struct vm *vm, struct err *err)
{
	int r = sd_event_add_io(vm->vms->env.event, &vm->death, vm->pidfd, EPOLLIN, on_death, vm);

	return r < 0 ? err_errno(err, r, "pidfd") : 0;
}

int vm_supervise(struct vm *vm, struct err *err)
{
	int r = vm->death ? 0 : watch_death(vm, err);

	if (r == 0)
		watch_logs(vm);
	return r < 0 ? r : connect_sockets(vm, err);
}

/* --- the launcher --- */

static unsigned qmp_deadline_ms(const struct vm *vm)
{
	return QMP_MS + (unsigned)(vm->starting->plan.memlock_bytes >> 30) * PIN_MS;
}

static int on_qmp_late(sd_event_source *source, uint64_t usec, void *user)
{
	struct err err;

	(void)source, (void)usec;
	err_set(&err, -ETIMEDOUT, _("QEMU did not answer on QMP within %u s"),
	        qmp_deadline_ms(user) / 1000);
	vm_end(user, RUNG_KILL, &err);
	return 0;
}

static int send_all(struct vm *vm, struct err *err)
{
	struct vm_starting *s = vm->starting;
	int r = launch_send(s->launch, &s->plan.args, s->log, s->fds, s->plan.n_fds, err);

	r = r < 0 ? r : vm_supervise(vm, err);
	r = r < 0 ? r : vm_side_check(vm, err);
	/* From here on QEMU alone holds the disks. */
	for (size_t i = 0; i < s->plan.n_fds; i++)
		close_fd(&s->fds[i]);
	close_fd(&s->log);
	launch_destroy(take_ptr(s->launch));
	return r;
}

static void give_next(struct vm *vm, uid_t uid);

static void on_given(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->act = NULL;
	if (err || vm->state == VM_STOPPING) {
		vm_start_fail(vm, err);
		return;
	}
	vm->starting->step++;
	give_next(vm, vm->starting->uid);
}

static void give_next(struct vm *vm, uid_t uid)
{
	size_t step = vm->starting->step;
	struct journal *j = &vm->journal;
	const struct act_group give = {step < j->n_groups ? j->groups[step].id : -1, uid};
	struct err err;
	int r;

	if (step < j->n_groups) {
		j->groups[step].given = true;
		r = vm_journal(vm, &err);
		r = r < 0 ? r
		          : vms_act(vm->vms, ACT_GROUP, &give, ACT_MS, on_given, vm, &vm->act,
		                    &err);
	} else if (step < j->n_groups + j->n_inputs && !vm->vms->env.session) {
		r = vm_input_give(vm, step - j->n_groups, uid, on_given, &err);
	} else if (step == j->n_groups + j->n_inputs && j->glass && !vm->vms->env.session) {
		r = vm_glass_give(vm, uid, on_given, &err);
	} else {
		vm_timer(vm, qmp_deadline_ms(vm), on_qmp_late);
		r = send_all(vm, &err);
	}
	if (r < 0)
		vm_start_fail(vm, &err);
}

/* Without the time of its start the next daemon would take it for another's. */
static int know_process(const struct vm *vm, struct err *err)
{
	return vm->journal.pid_start ? 0 : process_unknown(vm->journal.pid, err);
}

static void on_connected(void *user, pid_t pid, int pidfd, uid_t uid)
{
	struct vm *vm = user;
	struct err err;

	vm->pidfd = pidfd;
	vm->journal.pid = pid;
	vm->journal.pid_start = process_start_time(&vm->vms->root, pid);
	vm->starting->uid = uid;
	vm->starting->step = 0;
	/* Its end is heard from the first moment on: whatever fails next, it is waited for. */
	if (watch_death(vm, &err) < 0 || know_process(vm, &err) < 0 || vm_journal(vm, &err) < 0)
		vm_start_fail(vm, &err);
	else
		give_next(vm, uid);
}

static void on_launch_failed(void *user, const struct err *err)
{
	vm_start_fail(user, err);
}

/* Packets that QEMU does not send itself need none of it: the link is outside, or passt is. A disk may be there. */
static bool has_network(const struct vm_plan *plan)
{
	if (plan->reaches_out)
		return true;
	strv_foreach (arg, &plan->args) {
		if (starts_with(*arg, "user,") || strstr(*arg, "\"type\":\"user\""))
			return true;
	}
	return false;
}

void vm_launch(struct vm *vm)
{
	const struct vm_env *env = &vm->vms->env;
	const struct launch_handler handler = {
	        .connected = on_connected, .failed = on_launch_failed, .user = vm};
	cleanup_free char *socket = vm_file(vm, "launch.sock");
	cleanup_free int *groups = xcalloc(vm->journal.n_groups, sizeof(*groups));
	const struct cpu_map *map = &vm->starting->plan.cpus;
	cleanup_cpulist struct cpulist cpus = cpulist_copy(&map->others);
	cleanup_strv struct strv nodes = {0};
	struct launch_request request = {.event = env->event,
	        .bus = env->session ? NULL : env->bus,
	        .program = vm->vms->launcher,
	        .socket = socket,
	        .vm = vm->name,
	        .title = vm->journal.title,
	        .kvm = vm->starting->plan.kvm,
	        .network = has_network(&vm->starting->plan),
	        .memlock_bytes = vm->starting->plan.memlock_bytes,
	        .cpus = &cpus,
	        .groups = groups,
	        .n_groups = vm->journal.n_groups,
	        .nodes = &nodes};
	struct err err;

	if (!vm_display_ready(vm) || !vm_sound_ready(vm))
		return;
	for (size_t i = 0; i < vm->journal.n_groups; i++)
		groups[i] = vm->journal.groups[i].id;
	for (size_t i = 0; i < vm->journal.n_inputs; i++)
		strv_addf(&nodes, "/dev/input/%s", vm->journal.inputs[i].node);
	if (vm->journal.glass && starts_with(vm->journal.glass, "/dev/kvmfr"))
		strv_add(&nodes, vm->journal.glass);
	for (size_t i = 0; i < map->n; i++)
		cpulist_add(&cpus, map->guest[i]);
	vm_job_stage(vm->start_job, "launch", 15);
	if (launch_create(&request, &handler, &vm->starting->launch, &err) < 0)
		vm_start_fail(vm, &err);
}
