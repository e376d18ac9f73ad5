/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/service_parts.h"
#include "base/i18n.h"
#include "bus/error.h"
#include "bus/names.h"
#include "bus/polkit.h"
#include "bus/text.h"

#include <assert.h>
#include <errno.h>

/* One connection the objects are shown on. */
struct link {
	struct bus_service *service;
	sd_bus *bus;
	bool trusted;
	sd_bus_slot *appliance, *jobs;
	struct link *next_link; /* link of bus_service.links */
};

int service_answer_text(sd_bus_message *call, char *text)
{
	cleanup_free char *valid = text ? text_utf8(text) : NULL;

	free(text);
	return valid ? sd_bus_reply_method_return(call, "s", valid) : -EIO;
}

int service_answer_job(struct bus_service *service, sd_bus_message *call, unsigned id)
{
	cleanup_free char *path = bus_job_path(&service->jobs, id);

	return sd_bus_reply_method_return(call, "o", path);
}

void bus_service_answer(sd_bus_message *call, const struct err *err)
{
	if (err)
		bus_error_reply(call, err);
	else
		sd_bus_reply_method_return(call, NULL);
	sd_bus_message_unref(call);
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
	M("ListVMs", "", "", "s", "json\0", NULL, service_list_vms)                             \
	M("Status", "s", "vm\0", "s", "json\0", NULL, service_status)                           \
	M("UsbList", "", "", "s", "json\0", NULL, service_usb_list)                             \
	M("UsbPorts", "", "", "s", "json\0", NULL, service_usb_ports)                           \
	M("Start", "s", "vm\0", "o", "job\0", BUS_ACTION_START, service_start)                  \
	M("Stop", "sb", "vm\0force\0", "o", "job\0", BUS_ACTION_START, service_stop)            \
	M("Pause", "s", "vm\0", "", "", BUS_ACTION_START, service_pause_vm)                     \
	M("Resume", "s", "vm\0", "", "", BUS_ACTION_START, service_resume_vm)                   \
	M("Sleep", "s", "vm\0", "", "", BUS_ACTION_START, service_sleep_vm)                     \
	M("TestDrive", "sa{sv}", "vm\0options\0", "o", "job\0", BUS_ACTION_START,               \
	        service_test_drive)                                                             \
	M("UsbAttach", "ss", "vm\0device\0", "o", "job\0", BUS_ACTION_USB, service_usb_attach)  \
	M("UsbDetach", "ss", "vm\0device\0", "o", "job\0", BUS_ACTION_USB, service_usb_detach)  \
	M("UsbGiveBack", "", "", "u", "devices\0", BUS_ACTION_USB, service_usb_give_back)       \
	M("UsbWhy", "", "", "s", "json\0", NULL, service_usb_why)                               \
	M("UsbAssign", "ssa{sv}", "vm\0device\0options\0", "s", "json\0", BUS_ACTION_CONFIGURE, \
	        service_usb_assign)                                                             \
	M("UsbUnassign", "ss", "vm\0rule\0", "s", "json\0", BUS_ACTION_CONFIGURE,               \
	        service_usb_unassign)                                                           \
	M("DiskList", "", "", "s", "json\0", NULL, service_disk_list)                           \
	M("ProfileOffers", "", "", "s", "json\0", NULL, service_profile_offers)                 \
	M("ProfileShow", "s", "name\0", "s", "json\0", NULL, service_profile_show)              \
	M("ProfileCheck", "ss", "name\0text\0", "s", "json\0", NULL, service_profile_check)     \
	M("ProfileWrite", "sss", "name\0text\0expected\0", "s", "file\0", BUS_ACTION_CONFIGURE, \
	        service_profile_write)                                                          \
	M("ProfileRemove", "ss", "name\0expected\0", "s", "file\0", BUS_ACTION_CONFIGURE,       \
	        service_profile_remove)                                                         \
	M("Screenshot", "sh", "vm\0file\0", "", "", BUS_ACTION_START, service_screenshot)       \
	M("CdChange", "ssa{sv}", "vm\0drive\0options\0", "", "", BUS_ACTION_START,              \
	        service_cd_change)                                                              \
	M("Press", "ss", "vm\0keys\0", "", "", BUS_ACTION_START, service_press)                 \
	M("ConsoleShow", "s", "vm\0", "", "", BUS_ACTION_START, service_console_show)           \
	M("SoundOpen", "", "", "h", "socket\0", BUS_ACTION_SOUND, service_sound_open)           \
	M("ConsoleStatus", "", "", "s", "json\0", NULL, service_console_status)                 \
	M("ConsoleEnable", "ss", "listen\0web\0", "", "", BUS_ACTION_CONFIGURE,                 \
	        service_console_enable)                                                         \
	M("ConsoleDisable", "", "", "", "", BUS_ACTION_CONFIGURE, service_console_disable)      \
	M("ConsoleTicket", "u", "minutes\0", "s", "ticket\0", BUS_ACTION_CONFIGURE,             \
	        service_console_ticket)                                                         \
	M("Log", "s", "vm\0", "s", "text\0", BUS_ACTION_START, service_vm_log)                  \
	M("DiskAct", "sa{sv}", "verb\0options\0", "o", "job\0", BUS_ACTION_CONFIGURE,           \
	        service_disk_act)                                                               \
	M("SetLanguage", "s", "code\0", "", "", NULL, set_language)

static const struct method {
	const char *member, *action;
	service_act *act;
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
	service_act *do_it = job ? cancel : method->act;
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

/* Who may begin a job may end it. */
static const char *action_of(const struct bus_job *job)
{
	if (starts_with(job->kind, "disk"))
		return BUS_ACTION_CONFIGURE;
	return starts_with(job->kind, "usb") ? BUS_ACTION_USB : BUS_ACTION_START;
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
	return authorize_and_run(link, call, action_of(job));
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
