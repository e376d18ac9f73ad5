/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether and how this screen is seen from another device, as the daemon says it (ConsoleStatus), as plain data. Pure.
 *
 * Texts are harmless to show and at most MODEL_TEXT_MOST bytes.
 */
#ifndef MODEL_REMOTE_H
#define MODEL_REMOTE_H

#include "base/err.h"
#include "base/strv.h"
#include "model/profiles.h"

#define REMOTE_URLS_MOST 16u

struct remote {
	bool asking, told;
	struct refusal refusal; /* why it is not known */
	bool enabled;
	char *web;                  /* "ADDRESS:PORT" a browser is served at; "": none is */
	struct strv urls, web_urls; /* what a viewer, and what a browser is given */
	char *fingerprint;          /* in groups: "SHA256 AA:BB:CC:DD EE:FF:..." */
	bool ticket_set;
	int64_t expires_s; /* time of day; 0: until it is changed */
	bool viewer;       /* somebody looks */
	bool viewer_here;  /* from this PC itself */
	char *viewer_from;
	char *ticket; /* one that was made here and is shown once; "": none */
};

void remote_init(struct remote *remote);
void remote_finish(struct remote *remote);

/* What ConsoleStatus answered; on garbage -EBADMSG with @err, and what was told before stays. */
int remote_set(struct remote *remote, const char *json, struct err *err);
void remote_refused(struct remote *remote, const struct err *why);
/* A ticket that was made; NULL: nobody needs to read it any more. */
void remote_set_ticket(struct remote *remote, const char *ticket);
/* What another device is to open: a browser where one is served, else a viewer; "": nothing. */
const char *remote_url(const struct remote *remote);

#endif
