/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/web_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND_US     1000000u
#define CONNECTS_MOST 100u /* in a second */
#define GUESTS_MOST   64u  /* each has up to five descriptors */
#define GUESTS_EACH \
	40u /* of one address: a viewer has one for each of its channels, and may come anew */
#define PEM_MOST 65536u
#define CIPHERS  "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

uint64_t web_now_us(const struct web *web)
{
	uint64_t now_us = 0;

	sd_event_now(web->event, CLOCK_MONOTONIC, &now_us);
	return now_us;
}

/* --- libmicrohttpd's turn --- */

void web_kick(struct web *web)
{
	sd_event_source_set_enabled(web->again, SD_EVENT_ONESHOT);
}

/* It may have more to do at once, which its descriptor does not tell. Of time it knows nothing: web_guest_check() does. */
static int run(struct web *web)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;

	MHD_run(web->daemon);
	if (MHD_get_timeout(web->daemon, &wait_ms) == MHD_YES && wait_ms == 0)
		web_kick(web);
	return 0;
}

static int on_daemon(sd_event_source *source, int fd, uint32_t events, void *user)
{
	(void)source, (void)fd, (void)events;
	return run(user);
}

static int on_again(sd_event_source *source, void *user)
{
	(void)source;
	return run(user);
}

static int on_sweep(sd_event_source *source, uint64_t usec, void *user)
{
	struct web *web = user;
	uint64_t now_us = web_now_us(web);

	(void)usec;
	for (struct web_guest *guest = web->guests; guest; guest = guest->next)
		web_guest_check(guest, now_us);
	sd_event_source_set_time_relative(source, SECOND_US);
	return sd_event_source_set_enabled(source, web->guests ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

/* --- who comes and goes --- */

static void *begin_guest(struct web *web, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct web_guest *guest = xcalloc(1, sizeof(*guest));

	*guest = (struct web_guest){.web = web,
	        .next = web->guests,
	        .fd = info->connect_fd,
	        .address = *web->arriving,
	        .since_us = web_now_us(web)};
	web->guests = guest;
	web->guests_n++;
	web->arriving = NULL;
	sd_event_source_set_time_relative(web->sweep, SECOND_US);
	sd_event_source_set_enabled(web->sweep, SD_EVENT_ONESHOT);
	return guest;
}

static void end_guest(struct web *web, struct web_guest *guest)
{
	struct web_guest **at = &web->guests;

	while (*at != guest)
		at = &(*at)->next;
	*at = guest->next;
	web->guests_n--;
	peers_leave(&web->peers, &guest->address);
	web_relay_destroy(guest->relay);
	free(guest);
}

static void on_notify(void *user, struct MHD_Connection *connection, void **context,
        enum MHD_ConnectionNotificationCode code)
{
	struct web *web = user;

	switch (code) {
	case MHD_CONNECTION_NOTIFY_STARTED:
		*context = begin_guest(web, connection);
		break;
	case MHD_CONNECTION_NOTIFY_CLOSED:
		end_guest(web, take_ptr(*context));
		break;
	}
}

/*
 * One that has gone without a word, or takes nothing, is given up by the kernel; which also keeps no megabytes of pictures that
 * a slow network would show seconds late.
 */
static void limit_silence(int fd)
{
	const int yes = 1, idle_s = 20, every_s = 5, times = 3, give_up_ms = 30000, unsent = 131072;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof(every_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof(times));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &give_up_ms, sizeof(give_up_ms));
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
}

static int on_connection(sd_event_source *source, int listener, uint32_t events, void *user)
{
	struct sockaddr_storage from = {0};
	struct sockaddr *name = (struct sockaddr *)&from;
	socklen_t length = sizeof(from);
	cleanup_close int fd = accept4(listener, name, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct peer_address address;
	struct web *web = user;

	(void)source, (void)events;
	if (fd < 0 || web->guests_n >= GUESTS_MOST || !peer_address_read(name, length, &address) ||
	        !peers_enter(&web->peers, &address, GUESTS_EACH, web_now_us(web)))
		return 0;
	limit_silence(fd);
	web->arriving = &address;
	MHD_add_connection(web->daemon, take_fd(fd), name, length);
	/* It was not taken: nobody will say that it left. */
	if (web->arriving)
		peers_leave(&web->peers, &address);
	web->arriving = NULL;
	web_kick(web);
	return 0;
}

void web_pause(struct web *web, bool pause)
{
	web->paused = pause;
	for (struct web_guest *guest = web->guests; guest && !pause; guest = guest->next) {
		if (guest->stage == WEB_OPENS)
			web_guest_begin(guest);
	}
}

/* --- life --- */

static int read_pem(const char *path, char text[PEM_MOST], struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, PEM_MOST - 1);

	if (n < 0)
		return err_errno(err, -errno, "%s", path);
	text[n] = '\0';
	return (size_t)n < PEM_MOST - 1 ? 0 : err_errno(err, -EFBIG, "%s", path);
}

/* libmicrohttpd would only say no. */
static int check_pair(const char *certificate, const char *key, const char *path, struct err *err)
{
	const gnutls_datum_t c = {(unsigned char *)certificate, (unsigned)strlen(certificate)};
	const gnutls_datum_t k = {(unsigned char *)key, (unsigned)strlen(key)};
	gnutls_certificate_credentials_t credentials;
	int r;

	if (gnutls_certificate_allocate_credentials(&credentials) < 0)
		abort();
	r = gnutls_certificate_set_x509_key_mem(credentials, &c, &k, GNUTLS_X509_FMT_PEM);
	gnutls_certificate_free_credentials(credentials);
	if (r >= 0)
		return 0;
	err_set(err, -EINVAL, "%s: %s", path, gnutls_strerror(r));
	err_hint(
	        err, _("a certificate and its key are needed, as PEM; see playthrough-console(8)"));
	err_code(err, CODE_CONSOLE_NETWORK);
	return -EINVAL;
}

static int start_daemon(struct web *web, const char *certificate, const char *key, struct err *err)
{
	web->daemon = MHD_start_daemon(
	        MHD_USE_TLS | MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_UPGRADE, 0, NULL,
	        NULL, web_serve, web, MHD_OPTION_NOTIFY_CONNECTION, on_notify, web,
	        MHD_OPTION_HTTPS_MEM_CERT, certificate, MHD_OPTION_HTTPS_MEM_KEY, key,
	        MHD_OPTION_HTTPS_PRIORITIES, CIPHERS, MHD_OPTION_CONNECTION_LIMIT, GUESTS_MOST,
	        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)65536, MHD_OPTION_END);
	return web->daemon ? 0 : err_set(err, -EIO, "libmicrohttpd");
}

static int start_with(struct web *web, const char *certificate, const char *key, struct err *err)
{
	cleanup_free char *c = xcalloc(PEM_MOST, 1), *k = xcalloc(PEM_MOST, 1);
	int r = read_pem(certificate, c, err);

	r = r < 0 ? r : read_pem(key, k, err);
	r = r < 0 ? r : check_pair(c, k, key, err);
	r = r < 0 ? r : start_daemon(web, c, k, err);
	explicit_bzero(k, PEM_MOST);
	return r;
}

static int make_sources(struct web *web, struct err *err)
{
	const union MHD_DaemonInfo *info =
	        MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	sd_event *event = web->event;
	int r = info ? sd_event_add_io(
	                       event, &web->daemon_io, info->epoll_fd, EPOLLIN, on_daemon, web)
	             : -EIO;

	if (r >= 0)
		r = sd_event_add_defer(event, &web->again, on_again, web);
	if (r >= 0)
		r = sd_event_add_time(
		        event, &web->sweep, CLOCK_MONOTONIC, UINT64_MAX, 0, on_sweep, web);
	if (r >= 0)
		r = sd_event_source_set_enabled(web->sweep, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_io(
		        event, &web->listener_io, web->listener, EPOLLIN, on_connection, web);
	/* Where no descriptor is left, the one who waits would have us look again at once, for ever. */
	if (r >= 0)
		r = sd_event_source_set_ratelimit(web->listener_io, SECOND_US, CONNECTS_MOST);
	return r < 0 ? err_errno(err, r, "sd-event") : 0;
}

struct web *web_create(sd_event *event, SpiceServer *server, int listen_fd, const char *certificate,
        const char *key, const char *folder, struct err *err)
{
	struct web *web = xcalloc(1, sizeof(*web));
	int r;

	*web = (struct web){.event = event, .server = server, .listener = listen_fd};
	r = web_files_load(&web->files, folder, WEB_CLIENT_FOLDER, err);
	r = r < 0 ? r : start_with(web, certificate, key, err);
	r = r < 0 ? r : make_sources(web, err);
	if (r >= 0 && !web->files.client)
		log_warning(_("browsers have no viewer: %s is not there, or not whole; install the "
		              "package %s and begin the console anew"),
		        WEB_CLIENT_FOLDER, WEB_CLIENT_PACKAGE);
	if (r >= 0)
		return web;
	web_destroy(web);
	return NULL;
}

void web_destroy(struct web *web)
{
	if (!web)
		return;
	for (struct web_guest *guest = web->guests; guest; guest = guest->next)
		web_guest_leave(guest);
	sd_event_source_disable_unref(web->listener_io);
	sd_event_source_disable_unref(web->daemon_io);
	sd_event_source_disable_unref(web->again);
	sd_event_source_disable_unref(web->sweep);
	if (web->daemon)
		MHD_stop_daemon(web->daemon);
	close_fd(&web->listener);
	web_files_finish(&web->files);
	free(web);
}
