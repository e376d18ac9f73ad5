/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/service.h"
#include "base/i18n.h"
#include "base/log.h"
#include "bus/error.h"
#include "bus/names.h"
#include "bus/polkit.h"
#include "bus/speakers.h"
#include "bus/text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* One connection the objects are shown on. */
struct link {
	struct bus_service *service;
	sd_bus *bus;
	bool trusted;
	sd_bus_slot *appliance, *jobs;
	struct link *next_link; /* link of bus_service.links */
};

struct bus_service {
	const struct bus_service_ops *ops;
	void *user;
	struct bus_jobs jobs;
	struct link *links;
	struct speakers speakers;
	char own_language[4];
};

typedef int (*act)(struct bus_service *service, sd_bus_message *call, struct err *err);

/* Frees @text; NULL: the act has failed. */
static int answer_text(sd_bus_message *call, char *text)
{
	cleanup_free char *valid = text ? text_utf8(text) : NULL;

	free(text);
	return valid ? sd_bus_reply_method_return(call, "s", valid) : -EIO;
}

static int answer_job(struct bus_service *service, sd_bus_message *call, unsigned id)
{
	cleanup_free char *path = bus_job_path(&service->jobs, id);

	return sd_bus_reply_method_return(call, "o", path);
}

static int list_vms(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return answer_text(call, service->ops->list_vms(service->user, err));
}

static int status(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	int r = sd_bus_message_read(call, "s", &vm);

	return r < 0 ? r : answer_text(call, service->ops->status(service->user, vm, err));
}

static int usb_list(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return answer_text(call, service->ops->usb_list(service->user, err));
}

static int usb_ports(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return answer_text(call, service->ops->usb_ports(service->user, err));
}

static int vm_log(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	int r = sd_bus_message_read(call, "s", &vm);

	return r < 0 ? r : answer_text(call, service->ops->log(service->user, vm, err));
}

static int start(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	unsigned job;
	int r = sd_bus_message_read(call, "s", &vm);

	if (r >= 0)
		r = service->ops->start(service->user, vm, &job, err);
	return r < 0 ? r : answer_job(service, call, job);
}

static int stop(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	int force, r = sd_bus_message_read(call, "sb", &vm, &force);
	unsigned job;

	if (r >= 0)
		r = service->ops->stop(service->user, vm, force, &job, err);
	return r < 0 ? r : answer_job(service, call, job);
}

static int pause_or_resume(
        struct bus_service *service, sd_bus_message *call, bool pause, struct err *err)
{
	const char *vm;
	int r = sd_bus_message_read(call, "s", &vm);

	if (r < 0)
		return r;
	sd_bus_message_ref(call);
	r = service->ops->pause(service->user, vm, pause, call, err);
	if (r < 0)
		sd_bus_message_unref(call);
	return r;
}

static int pause_vm(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return pause_or_resume(service, call, true, err);
}

static int resume_vm(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return pause_or_resume(service, call, false, err);
}

/*
 * A descriptor of our own for the file a client wants a picture in, or -errno. Only a regular file that
 * is open for writing: a pipe or a socket could make the writer wait for its reader.
 */
static int take_picture_fd(int borrowed, struct err *err)
{
	struct stat st;
	int flags = fcntl(borrowed, F_GETFL), fd;

	if (flags < 0 || fstat(borrowed, &st) < 0)
		return err_errno(err, -errno, _("the picture's descriptor"));
	if (!S_ISREG(st.st_mode) || (flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH)) {
		err_set(err, -EINVAL,
		        _("a picture is written only into a regular file that is open for "
		          "writing"));
		err_hint(err, _("name a file, not a device or pipe"));
		return -EINVAL;
	}
	fd = fcntl(borrowed, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? err_errno(err, -errno, _("the picture's descriptor")) : fd;
}

static int read_test_drive_option(
        sd_bus_message *call, const char *key, struct bus_test_drive *options, struct err *err)
{
	int value, r;

	if (streq(key, "keep")) {
		r = sd_bus_message_read(call, "v", "b", &value);
		options->keep = r > 0 && value;
		return r;
	}
	if (streq(key, "picture")) {
		r = sd_bus_message_read(call, "v", "h", &value);
		if (r < 0)
			return r;
		close_fd(&options->picture);
		options->picture = take_picture_fd(value, err);
		return options->picture;
	}
	return err_set(
	        err, -EINVAL, _("test drive: unknown option %s (known: keep, picture)"), key);
}

static int read_test_drive(sd_bus_message *call, struct bus_test_drive *options, struct err *err)
{
	const char *key;
	int r = sd_bus_message_enter_container(call, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
		r = sd_bus_message_read(call, "s", &key);
		if (r >= 0)
			r = read_test_drive_option(call, key, options, err);
		if (r >= 0)
			r = sd_bus_message_exit_container(call);
	}
	return r;
}

static int test_drive(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	struct bus_test_drive options = {.picture = -1};
	const char *vm;
	unsigned job;
	int r = sd_bus_message_read(call, "s", &vm);

	if (r >= 0)
		r = read_test_drive(call, &options, err);
	if (r < 0) {
		close_fd(&options.picture);
		return r;
	}
	r = service->ops->test_drive(service->user, vm, &options, &job, err);
	return r < 0 ? r : answer_job(service, call, job);
}

static int usb_attach(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm, *device;
	unsigned job;
	int r = sd_bus_message_read(call, "ss", &vm, &device);

	if (r >= 0)
		r = service->ops->usb_attach(service->user, vm, device, &job, err);
	return r < 0 ? r : answer_job(service, call, job);
}

static int usb_detach(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm, *device;
	unsigned job;
	int r = sd_bus_message_read(call, "ss", &vm, &device);

	if (r >= 0)
		r = service->ops->usb_detach(service->user, vm, device, &job, err);
	return r < 0 ? r : answer_job(service, call, job);
}

static int usb_give_back(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	unsigned n;
	int r = service->ops->usb_give_back(service->user, &n, err);

	return r < 0 ? r : sd_bus_reply_method_return(call, "u", n);
}

static int usb_why(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return answer_text(call, service->ops->usb_why(service->user, err));
}

static int read_assign_option(
        sd_bus_message *call, const char *key, struct bus_usb_assign *options, struct err *err)
{
	if (streq(key, "by"))
		return sd_bus_message_read(call, "v", "s", &options->by);
	if (streq(key, "as"))
		return sd_bus_message_read(call, "v", "s", &options->as);
	return err_set(err, -EINVAL, _("USB rule: unknown option %s (known: by, as)"), key);
}

static int read_assign(sd_bus_message *call, struct bus_usb_assign *options, struct err *err)
{
	const char *key;
	int r = sd_bus_message_enter_container(call, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
		r = sd_bus_message_read(call, "s", &key);
		if (r >= 0)
			r = read_assign_option(call, key, options, err);
		if (r >= 0)
			r = sd_bus_message_exit_container(call);
	}
	return r;
}

static int usb_assign(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	struct bus_usb_assign options = {0};
	const char *vm, *device;
	int r = sd_bus_message_read(call, "ss", &vm, &device);

	if (r >= 0)
		r = read_assign(call, &options, err);
	if (r < 0)
		return r;
	return answer_text(
	        call, service->ops->usb_assign(service->user, vm, device, &options, err));
}

static int usb_unassign(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm, *what;
	int r = sd_bus_message_read(call, "ss", &vm, &what);

	if (r < 0)
		return r;
	return answer_text(call, service->ops->usb_unassign(service->user, vm, what, err));
}

static int profile_offers(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return answer_text(call, service->ops->profile_offers(service->user, err));
}

static int profile_show(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *name;
	int r = sd_bus_message_read(call, "s", &name);

	return r < 0 ? r : answer_text(call, service->ops->profile_show(service->user, name, err));
}

static int profile_check(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *name, *text;
	int r = sd_bus_message_read(call, "ss", &name, &text);

	if (r < 0)
		return r;
	return answer_text(call, service->ops->profile_check(service->user, name, text, err));
}

static int profile_write(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *name, *text, *expected;
	int r = sd_bus_message_read(call, "sss", &name, &text, &expected);

	if (r < 0)
		return r;
	return answer_text(
	        call, service->ops->profile_write(service->user, name, text, expected, err));
}

static int profile_remove(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *name, *expected;
	int r = sd_bus_message_read(call, "ss", &name, &expected);

	if (r < 0)
		return r;
	return answer_text(call, service->ops->profile_remove(service->user, name, expected, err));
}

static int screenshot(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	int borrowed, fd, r = sd_bus_message_read(call, "sh", &vm, &borrowed);

	if (r < 0)
		return r;
	fd = take_picture_fd(borrowed, err);
	if (fd < 0)
		return fd;
	sd_bus_message_ref(call);
	r = service->ops->screenshot(service->user, vm, fd, call, err);
	if (r < 0)
		sd_bus_message_unref(call);
	return r;
}

void bus_service_answer(sd_bus_message *call, const struct err *err)
{
	if (err)
		bus_error_reply(call, err);
	else
		sd_bus_reply_method_return(call, NULL);
	sd_bus_message_unref(call);
}

static int press(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm, *keys;
	int r = sd_bus_message_read(call, "ss", &vm, &keys);

	if (r < 0)
		return r;
	sd_bus_message_ref(call);
	r = service->ops->press(service->user, vm, keys, call, err);
	if (r < 0)
		sd_bus_message_unref(call);
	return r;
}

static int console_show(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	int r = sd_bus_message_read(call, "s", &vm);

	r = r < 0 ? r : service->ops->console_show(service->user, vm, err);
	return r < 0 ? r : sd_bus_reply_method_return(call, NULL);
}

static int console_status(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return answer_text(call, service->ops->console_status(service->user, err));
}

static int console_enable(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *listen, *web;
	int r = sd_bus_message_read(call, "ss", &listen, &web);

	r = r < 0 ? r : service->ops->console_enable(service->user, listen, web, err);
	return r < 0 ? r : sd_bus_reply_method_return(call, NULL);
}

static int console_disable(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	int r = service->ops->console_disable(service->user, err);

	return r < 0 ? r : sd_bus_reply_method_return(call, NULL);
}

static int console_ticket(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	unsigned minutes;
	int r = sd_bus_message_read(call, "u", &minutes);

	if (r < 0)
		return r;
	sd_bus_message_sensitive(call);
	return answer_text(call, service->ops->console_ticket(service->user, minutes, err));
}

static int set_language(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return speakers_hear(&service->speakers, call, err);
}

/*
 * The daemon goes on in the language of whoever spoke to it last: what becomes of a call after its answer, such as a job that
 * fails, is told in it, too.
 */
static void speak_as(struct bus_service *service, sd_bus_message *call)
{
	speakers_speak(&service->speakers, call, service->own_language);
}

static int cancel(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *path = sd_bus_message_get_path(call);
	struct bus_job *job = bus_jobs_find_path(&service->jobs, path);

	if (!job)
		return err_set(err, -ENOENT, _("%s: there is no such job"), path);
	if (job->handle)
		service->ops->cancel(service->user, job->handle);
	return sd_bus_reply_method_return(call, NULL);
}

/*
 * The one description of org.playthrough.Appliance1: member, signature and names of what comes in and
 * goes out, polkit's action (NULL: it only looks, and the bus policy is enough), act.
 */
#define METHODS(M)                                                                              \
	M("ListVMs", "", "", "s", "json\0", NULL, list_vms)                                     \
	M("Status", "s", "vm\0", "s", "json\0", NULL, status)                                   \
	M("UsbList", "", "", "s", "json\0", NULL, usb_list)                                     \
	M("UsbPorts", "", "", "s", "json\0", NULL, usb_ports)                                   \
	M("Start", "s", "vm\0", "o", "job\0", BUS_ACTION_START, start)                          \
	M("Stop", "sb", "vm\0force\0", "o", "job\0", BUS_ACTION_START, stop)                    \
	M("Pause", "s", "vm\0", "", "", BUS_ACTION_START, pause_vm)                             \
	M("Resume", "s", "vm\0", "", "", BUS_ACTION_START, resume_vm)                           \
	M("TestDrive", "sa{sv}", "vm\0options\0", "o", "job\0", BUS_ACTION_START, test_drive)   \
	M("UsbAttach", "ss", "vm\0device\0", "o", "job\0", BUS_ACTION_USB, usb_attach)          \
	M("UsbDetach", "ss", "vm\0device\0", "o", "job\0", BUS_ACTION_USB, usb_detach)          \
	M("UsbGiveBack", "", "", "u", "devices\0", BUS_ACTION_USB, usb_give_back)               \
	M("UsbWhy", "", "", "s", "json\0", NULL, usb_why)                                       \
	M("UsbAssign", "ssa{sv}", "vm\0device\0options\0", "s", "json\0", BUS_ACTION_CONFIGURE, \
	        usb_assign)                                                                     \
	M("UsbUnassign", "ss", "vm\0rule\0", "s", "json\0", BUS_ACTION_CONFIGURE, usb_unassign) \
	M("ProfileOffers", "", "", "s", "json\0", NULL, profile_offers)                         \
	M("ProfileShow", "s", "name\0", "s", "json\0", NULL, profile_show)                      \
	M("ProfileCheck", "ss", "name\0text\0", "s", "json\0", NULL, profile_check)             \
	M("ProfileWrite", "sss", "name\0text\0expected\0", "s", "file\0", BUS_ACTION_CONFIGURE, \
	        profile_write)                                                                  \
	M("ProfileRemove", "ss", "name\0expected\0", "s", "file\0", BUS_ACTION_CONFIGURE,       \
	        profile_remove)                                                                 \
	M("Screenshot", "sh", "vm\0file\0", "", "", BUS_ACTION_START, screenshot)               \
	M("Press", "ss", "vm\0keys\0", "", "", BUS_ACTION_START, press)                         \
	M("ConsoleShow", "s", "vm\0", "", "", BUS_ACTION_START, console_show)                   \
	M("ConsoleStatus", "", "", "s", "json\0", NULL, console_status)                         \
	M("ConsoleEnable", "ss", "listen\0web\0", "", "", BUS_ACTION_CONFIGURE, console_enable) \
	M("ConsoleDisable", "", "", "", "", BUS_ACTION_CONFIGURE, console_disable)              \
	M("ConsoleTicket", "u", "minutes\0", "s", "ticket\0", BUS_ACTION_CONFIGURE,             \
	        console_ticket)                                                                 \
	M("Log", "s", "vm\0", "s", "text\0", BUS_ACTION_START, vm_log)                          \
	M("SetLanguage", "s", "code\0", "", "", NULL, set_language)

static const struct method {
	const char *member, *action;
	act act;
} methods[] = {
#define ROW(member, in, in_names, out, out_names, action, act) {member, action, act},
        METHODS(ROW)
#undef ROW
};

static const struct method *find_method(const char *member)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (streq(methods[i].member, member))
			return &methods[i];
	return NULL;
}

/* Runs a call whose sender may do it, and answers a failure. */
static void run(struct link *link, sd_bus_message *call)
{
	bool job = streq(sd_bus_message_get_interface(call), BUS_JOB_INTERFACE);
	const struct method *method = job ? NULL : find_method(sd_bus_message_get_member(call));
	act do_it = job ? cancel : method->act;
	struct err err = {0};
	int r = do_it(link->service, call, &err);

	if (r >= 0)
		return;
	if (!err.number)
		err_errno(&err, r, "%s", sd_bus_message_get_member(call));
	bus_error_reply(call, &err);
}

static void on_polkit(void *user, sd_bus_message *call, const struct err *denied)
{
	const struct link *link = user;

	speak_as(link->service, call);
	if (denied)
		bus_error_reply(call, denied);
	else
		run(user, call);
}

/* Default deny: without trust and with an action, nothing runs before polkit's yes. */
static int authorize_and_run(struct link *link, sd_bus_message *call, const char *action)
{
	struct err err = {0};

	speak_as(link->service, call);
	if (link->trusted || !action)
		run(link, call);
	else if (polkit_ask(call, action, on_polkit, link, &err) < 0)
		bus_error_reply(call, &err);
	return 1;
}

/* sd-bus calls handlers only for members and signatures of the vtable. */
static int on_call(sd_bus_message *call, void *user, sd_bus_error *ret)
{
	const struct method *method = find_method(sd_bus_message_get_member(call));

	(void)ret;
	assert(method);
	return authorize_and_run(user, call, method->action);
}

static int on_cancel(sd_bus_message *call, void *user, sd_bus_error *ret)
{
	const struct bus_job *job = user;
	struct bus_service *service;
	struct link *link;

	(void)ret;
	service = (struct bus_service *)((char *)job->owner - offsetof(struct bus_service, jobs));
	for (link = service->links; link->bus != sd_bus_message_get_bus(call);)
		link = link->next_link;
	return authorize_and_run(
	        link, call, starts_with(job->kind, "usb") ? BUS_ACTION_USB : BUS_ACTION_START);
}

#define CALL(member, in, in_names, out, out_names, action, act) \
	SD_BUS_METHOD_WITH_NAMES(                               \
	        member, in, in_names, out, out_names, on_call, SD_BUS_VTABLE_UNPRIVILEGED),

static const sd_bus_vtable appliance_vtable[] = {SD_BUS_VTABLE_START(0),
        METHODS(CALL) SD_BUS_SIGNAL_WITH_NAMES("VMChanged", "ss", "name\0state\0", 0),
        SD_BUS_SIGNAL_WITH_NAMES("UsbChanged", "", "", 0),
        SD_BUS_SIGNAL_WITH_NAMES("ConsoleChanged", "", "", 0), SD_BUS_VTABLE_END};

struct bus_service *bus_service_create(
        sd_event *event, const struct bus_service_ops *ops, void *user)
{
	struct bus_service *service = xcalloc(1, sizeof(*service));

	i18n_current(service->own_language);
	service->ops = ops;
	service->user = user;
	service->jobs = (struct bus_jobs){
	        .event = sd_event_ref(event), .path = BUS_JOB_PATH, .cancel = on_cancel};
	return service;
}

void bus_service_destroy(struct bus_service *service)
{
	if (!service)
		return;
	assert(!service->links);
	bus_jobs_finish(&service->jobs);
	sd_event_unref(service->jobs.event);
	free(service);
}

static void link_destroy(struct link *link)
{
	sd_bus_slot_unref(link->appliance);
	sd_bus_slot_unref(link->jobs);
	sd_bus_unref(link->bus);
	free(link);
}

int bus_service_attach(struct bus_service *service, sd_bus *bus, bool trusted, struct err *err)
{
	struct link *link = xcalloc(1, sizeof(*link));
	int r;

	*link = (struct link){.service = service, .bus = sd_bus_ref(bus), .trusted = trusted};
	r = sd_bus_add_object_vtable(
	        bus, &link->appliance, BUS_PATH, BUS_INTERFACE, appliance_vtable, link);
	if (r >= 0)
		r = bus_jobs_show(&service->jobs, bus, &link->jobs);
	if (r < 0) {
		link_destroy(link);
		return err_errno(err, r, "%s", BUS_INTERFACE);
	}
	link->next_link = service->links;
	service->links = link;
	return 0;
}

void bus_service_detach(struct bus_service *service, sd_bus *bus)
{
	for (struct link **at = &service->links; *at; at = &(*at)->next_link) {
		struct link *link = *at;

		if (link->bus != bus)
			continue;
		*at = link->next_link;
		link_destroy(link);
		return;
	}
}

bool bus_service_busy(const struct bus_service *service)
{
	for (const struct bus_job *job = service->jobs.first; job; job = job->next_job)
		if (bus_job_running(job))
			return true;
	return false;
}

/* A connection that is going away cannot take a signal, and its end is handled elsewhere. */
void bus_service_vm_changed(struct bus_service *service, const char *name, const char *state)
{
	for (struct link *link = service->links; link; link = link->next_link)
		sd_bus_emit_signal(
		        link->bus, BUS_PATH, BUS_INTERFACE, "VMChanged", "ss", name, state);
}

void bus_service_usb_changed(struct bus_service *service)
{
	for (struct link *link = service->links; link; link = link->next_link)
		sd_bus_emit_signal(link->bus, BUS_PATH, BUS_INTERFACE, "UsbChanged", NULL);
}

void bus_service_console_changed(struct bus_service *service)
{
	for (struct link *link = service->links; link; link = link->next_link)
		sd_bus_emit_signal(link->bus, BUS_PATH, BUS_INTERFACE, "ConsoleChanged", NULL);
}

void bus_service_job_changed(struct bus_service *service, const struct bus_job_facts *facts)
{
	bus_jobs_update(&service->jobs, facts);
	for (struct link *link = service->links; link; link = link->next_link)
		bus_job_tell(&service->jobs, facts->id, link->bus);
}
