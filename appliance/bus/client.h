/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client side: a connection to playthroughd, its calls, and its jobs.
 *
 * Errors come out as the daemon made them (bus/error.h). Texts are UTF-8 and may hold anything a guest or
 * a device has said: text_harmless() before they reach a terminal.
 */
#ifndef BUS_CLIENT_H
#define BUS_CLIENT_H

#include "bus/paths.h"

#include <systemd/sd-bus.h>

struct client {
	sd_bus *bus;
	bool session;
};

/*
 * Connects to the system bus, or with @paths->session to this user's own daemon, which is started when
 * none runs; it ends by itself when nobody needs it.
 */
int client_open(const struct paths *paths, struct client *out, struct err *err);
/*
 * Tells the daemon which language _() answers in here, so that its sentences come in that one. Nothing waits for an answer, and a
 * daemon that is older ignores it. @destination: NULL on a private socket.
 */
void client_tell_language(sd_bus *bus, const char *destination);
/* The same to another service. */
void client_tell_language_to(
        sd_bus *bus, const char *destination, const char *path, const char *interface);
void client_close(struct client *client);

/* A call of org.playthrough.Appliance1 that may ask a person for a password. Caller unrefs. */
int client_new_call(
        struct client *client, const char *member, sd_bus_message **out, struct err *err);
/* Sends it and waits; @reply may be NULL. @call's appending may have failed: @r is its result. */
int client_send(struct client *client, int r, sd_bus_message *call, sd_bus_message **reply,
        struct err *err);

/* Calls with arguments as of sd_bus_message_append(), that return one text or a job's path. Caller frees. */
int client_text(struct client *client, char **out, struct err *err, const char *member,
        const char *types, ...);
int client_start_job(struct client *client, char **path, struct err *err, const char *member,
        const char *types, ...);

/* A job as it is now. */
struct client_job {
	char *kind, *vm, *state, *stage, *result;
	unsigned percent;
	struct err err; /* of a failed job */
};
int client_read_job(
        struct client *client, const char *path, struct client_job *out, struct err *err);
/* From the answer to GetAll; nothing is left to finish when it fails. */
int client_parse_job(sd_bus_message *reply, struct client_job *out, struct err *err);
bool client_job_running(const struct client_job *job);
void client_job_finish(struct client_job *job);
/* Asks the daemon to undo the job; its end is told by the job's state. */
int client_cancel_job(struct client *client, const char *path, struct err *err);

#endif
