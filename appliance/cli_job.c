/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows a job of the daemon to its end.
 *
 * Signals only wake us: what is shown is read anew from the job each time, and once a second anyway, so
 * that neither a lost signal nor a restarted daemon leaves us waiting.
 */
#include "base/i18n.h"
#include "bus/text.h"
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <systemd/sd-event.h>
#include <unistd.h>

struct follow {
	struct cli *cli;
	const char *path;
	struct client_job job;
	sd_event *event;
	bool terminal, cancelled;
	uint64_t begin_us;
	char *shown; /* the stage that was printed last */
	struct err *err;
};

/* The stages of vm/, in words. */
static const struct {
	const char *stage, *words;
} stages[] = {
        {"check", N_("checking")},
        {"claim", N_("taking the devices from the host")},
        {"launch", N_("starting QEMU")},
        {"firmware", N_("waiting for the firmware")},
        {"guest", N_("waiting for the guest")},
        {"picture", N_("taking a picture of the screen")},
        {"attach", N_("plugging the device in")},
        {"agent", N_("asking the agent in the guest to shut it down")},
        {"powerdown", N_("asking the guest to shut down")},
        {"quit", N_("ending QEMU")},
        {"kill", N_("killing QEMU")},
        {"release", N_("giving the devices back to the host")},
};

/* Caller frees. */
static char *stage_words(const char *stage)
{
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++)
		if (streq(stages[i].stage, stage))
			return xstrdup(_(stages[i].words));
	return text_harmless(stage, false);
}

static void show(struct follow *follow)
{
	unsigned seconds = (unsigned)((monotonic_us() - follow->begin_us) / 1000000);
	cleanup_free char *words = stage_words(follow->job.stage);

	if (seconds < 1 || !client_job_running(&follow->job))
		return;
	if (follow->terminal) {
		fprintf(stderr, "\r\033[K%s: %s, %u s", follow->job.vm, words, seconds);
	} else if (!follow->shown || !streq(follow->shown, follow->job.stage)) {
		fprintf(stderr, "%s: %s (%u s)\n", follow->job.vm, words, seconds);
		free(follow->shown);
		follow->shown = xstrdup(follow->job.stage);
	}
}

/* Reads the job; ends the loop when it has ended or cannot be read. */
static int refresh(struct follow *follow)
{
	struct client_job job;
	int r = client_read_job(&follow->cli->client, follow->path, &job, follow->err);

	if (r < 0)
		return sd_event_exit(follow->event, r);
	client_job_finish(&follow->job);
	follow->job = job;
	show(follow);
	return client_job_running(&job) ? 0 : sd_event_exit(follow->event, 0);
}

static int on_changed(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	(void)m;
	(void)ret;
	refresh(user);
	return 0;
}

static int on_second(sd_event_source *source, uint64_t usec, void *user)
{
	(void)usec;
	sd_event_source_set_time_relative(source, 1000000);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	refresh(user);
	return 0;
}

/* The first time the job is cancelled and its end awaited; the second time we go at once. */
static int on_interrupt(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
	struct follow *follow = user;

	(void)source;
	(void)info;
	if (follow->cancelled)
		return sd_event_exit(follow->event, err_set(follow->err, -ECANCELED,
		                                            _("left while the daemon still undoes "
		                                              "what was done; see playthrough "
		                                              "status")));
	follow->cancelled = true;
	fprintf(stderr, "%s%s\n", follow->terminal ? "\r\033[K" : "",
	        _("cancelling, everything is given back; once more leaves at once"));
	if (client_cancel_job(&follow->cli->client, follow->path, follow->err) < 0)
		return sd_event_exit(follow->event, follow->err->number);
	return 0;
}

static int watch(struct follow *follow)
{
	sd_bus *bus = follow->cli->client.bus;
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	r = sd_event_new(&follow->event);
	if (r >= 0)
		r = sd_bus_attach_event(bus, follow->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_match_signal(bus, NULL, NULL, follow->path,
		        "org.freedesktop.DBus.Properties", "PropertiesChanged", on_changed, follow);
	if (r >= 0)
		r = sd_event_add_time_relative(
		        follow->event, NULL, CLOCK_MONOTONIC, 0, 1000, on_second, follow);
	if (r >= 0)
		r = sd_event_add_signal(follow->event, NULL, SIGINT, on_interrupt, follow);
	if (r >= 0)
		r = sd_event_add_signal(follow->event, NULL, SIGTERM, on_interrupt, follow);
	if (r < 0)
		return err_errno(follow->err, r, "sd-event");
	r = sd_event_loop(follow->event);
	return r < 0 && !follow->err->number ? err_errno(follow->err, r, "sd-event") : r;
}

/* What the end of a job means: 0 or an error. */
static int judge(const struct client_job *job, struct err *err)
{
	if (streq(job->state, "done"))
		return 0;
	if (streq(job->state, "cancelled"))
		return err_set(err, -ECANCELED, _("%s %s: cancelled"), job->kind, job->vm);
	*err = job->err;
	return err->number;
}

int cli_follow_job(struct cli *cli, const char *path, struct client_job *out, struct err *err)
{
	const char *term = getenv("TERM");
	struct follow follow = {.cli = cli, .path = path, .begin_us = monotonic_us(), .err = err};
	int r;

	follow.terminal = isatty(STDERR_FILENO) && term && !streq(term, "dumb");
	r = watch(&follow);
	if (follow.terminal)
		fputs("\r\033[K", stderr);
	sd_bus_detach_event(cli->client.bus);
	sd_event_unref(follow.event);
	free(follow.shown);
	if (r >= 0)
		r = judge(&follow.job, err);
	if (out)
		*out = follow.job;
	else
		client_job_finish(&follow.job);
	return r;
}
