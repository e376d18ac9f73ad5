/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel mode setting on one card, by its plain ioctls: dumb buffers, one mode per connector. */
#include "drm.h"

#include <dirent.h>
#include <drm.h>
#include <drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pci.h"
#include "util.h"

#define LIST_MAX  32
#define MODES_MAX 256
#define CONNECTED 1

struct resources {
	uint32_t crtcs[LIST_MAX], connectors[LIST_MAX];
	uint32_t crtc_count, connector_count;
	uint32_t crtcs_used; /* bit per index in crtcs */
};

struct connector {
	uint32_t encoders[LIST_MAX];
	uint32_t encoder_count;
	struct drm_mode_modeinfo mode;
	bool connected;
};

int drm_open_card(const char *address, char *driver, size_t size)
{
	DIR *folder = opendir("/sys/class/drm");
	struct dirent *entry;
	int fd = -1;

	while (folder && fd < 0 && (entry = readdir(folder))) {
		char path[PATH_MAX];
		struct drm_version version = {.name_len = size - 1, .name = driver};

		snprintf(path, sizeof path, "/sys/class/drm/%.32s", entry->d_name);
		if (strncmp(entry->d_name, "card", 4) != 0 || strchr(entry->d_name, '-') ||
		        !pci_owns(address, path))
			continue;
		snprintf(path, sizeof path, "/dev/dri/%.32s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		memset(driver, 0, size);
		if (fd >= 0)
			ioctl(fd, DRM_IOCTL_VERSION, &version);
		driver[size - 1] = '\0';
	}
	if (folder)
		closedir(folder);
	return fd;
}

static bool get_resources(int fd, struct resources *resources)
{
	struct drm_mode_card_res ask = {.crtc_id_ptr = (uintptr_t)resources->crtcs,
	        .connector_id_ptr = (uintptr_t)resources->connectors,
	        .count_crtcs = LIST_MAX,
	        .count_connectors = LIST_MAX};

	memset(resources, 0, sizeof *resources);
	if (ioctl(fd, DRM_IOCTL_MODE_GETRESOURCES, &ask) < 0)
		return false;
	resources->crtc_count = ask.count_crtcs < LIST_MAX ? ask.count_crtcs : LIST_MAX;
	resources->connector_count =
	        ask.count_connectors < LIST_MAX ? ask.count_connectors : LIST_MAX;
	return true;
}

/* The first question makes the kernel look at the connector again; the second gets the lists. */
static bool get_connector(int fd, uint32_t id, struct connector *connector)
{
	struct drm_mode_modeinfo *modes = calloc(MODES_MAX, sizeof *modes);
	struct drm_mode_get_connector probe = {.connector_id = id};
	struct drm_mode_get_connector ask = {.connector_id = id,
	        .modes_ptr = (uintptr_t)modes,
	        .count_modes = MODES_MAX,
	        .encoders_ptr = (uintptr_t)connector->encoders,
	        .count_encoders = LIST_MAX};
	bool good = modes && ioctl(fd, DRM_IOCTL_MODE_GETCONNECTOR, &probe) == 0 &&
	            ioctl(fd, DRM_IOCTL_MODE_GETCONNECTOR, &ask) == 0;

	if (good) {
		connector->connected = ask.connection == CONNECTED && ask.count_modes > 0;
		connector->encoder_count =
		        ask.count_encoders < LIST_MAX ? ask.count_encoders : LIST_MAX;
		connector->mode = modes[0];
		for (uint32_t i = 0; i < ask.count_modes && i < MODES_MAX; i++)
			if (modes[i].type & DRM_MODE_TYPE_PREFERRED) {
				connector->mode = modes[i];
				break;
			}
	}
	free(modes);
	return good;
}

/* A CRTC that one of the connector's encoders can use and no other screen has yet; 0 if none. */
static uint32_t take_crtc(int fd, struct resources *resources, const struct connector *connector)
{
	for (uint32_t i = 0; i < connector->encoder_count; i++) {
		struct drm_mode_get_encoder encoder = {.encoder_id = connector->encoders[i]};

		if (ioctl(fd, DRM_IOCTL_MODE_GETENCODER, &encoder) < 0)
			continue;
		for (uint32_t c = 0; c < resources->crtc_count; c++) {
			if (!(encoder.possible_crtcs >> c & 1) || resources->crtcs_used >> c & 1)
				continue;
			resources->crtcs_used |= 1u << c;
			return resources->crtcs[c];
		}
	}
	return 0;
}

/* Makes a buffer of 32 bits a pixel and maps it. Returns 0 or -errno. */
static int make_buffer(int fd, struct screen *screen)
{
	struct drm_mode_create_dumb create = {
	        .width = screen->width, .height = screen->height, .bpp = 32};
	struct drm_mode_fb_cmd add = {
	        .width = screen->width, .height = screen->height, .bpp = 32, .depth = 24};
	struct drm_mode_map_dumb map = {0};

	if (ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create) < 0)
		return -errno;
	add.pitch = create.pitch;
	add.handle = map.handle = create.handle;
	if (ioctl(fd, DRM_IOCTL_MODE_ADDFB, &add) < 0 ||
	        ioctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &map) < 0)
		return -errno;
	screen->framebuffer = add.fb_id;
	screen->stride = create.pitch;
	screen->size = create.size;
	screen->map_offset = (off_t)map.offset;
	screen->scanout = mmap(
	        NULL, screen->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, screen->map_offset);
	return screen->scanout == MAP_FAILED ? -errno : 0;
}

static int set_mode(int fd, struct screen *screen, const struct drm_mode_modeinfo *mode)
{
	struct drm_mode_crtc set = {.set_connectors_ptr = (uintptr_t)&screen->connector,
	        .count_connectors = 1,
	        .crtc_id = screen->crtc,
	        .fb_id = screen->framebuffer,
	        .mode_valid = 1,
	        .mode = *mode};

	return ioctl(fd, DRM_IOCTL_MODE_SETCRTC, &set) < 0 ? -errno : 0;
}

static int open_screen(struct screens *screens, struct resources *resources, uint32_t id,
        const struct connector *connector)
{
	struct screen *screen = &screens->screens[screens->count];
	int result;

	*screen = (struct screen){.width = connector->mode.hdisplay,
	        .height = connector->mode.vdisplay,
	        .bytes_per_pixel = 4,
	        .red_shift = 16,
	        .green_shift = 8,
	        .red_bits = 8,
	        .green_bits = 8,
	        .blue_bits = 8,
	        .connector = id};
	screen->crtc = take_crtc(screens->fd, resources, connector);
	if (screen->crtc == 0)
		return -EBUSY;
	result = make_buffer(screens->fd, screen);
	result = result < 0 ? result : set_mode(screens->fd, screen, &connector->mode);
	if (result < 0)
		return result;
	screens->count++;
	guest_append(screens->how, sizeof screens->how, ", %ux%u at %u Hz on connector %u",
	        screen->width, screen->height, connector->mode.vrefresh, id);
	return 0;
}

bool drm_open_screens(struct screens *screens)
{
	struct resources resources;
	unsigned connected = 0;

	if (!get_resources(screens->fd, &resources)) {
		snprintf(screens->problem, sizeof screens->problem, "the driver sets no modes: %s",
		        strerror(errno));
		return true;
	}
	for (uint32_t i = 0; i < resources.connector_count && screens->count < SCREENS_MAX; i++) {
		struct connector connector = {0};
		uint32_t id = resources.connectors[i];
		int result;

		if (!get_connector(screens->fd, id, &connector) || !connector.connected)
			continue;
		connected++;
		result = open_screen(screens, &resources, id, &connector);
		if (result < 0)
			guest_append(screens->problem, sizeof screens->problem,
			        "connector %u, mode %ux%u: %s; ", id, connector.mode.hdisplay,
			        connector.mode.vdisplay, strerror(-result));
	}
	if (connected == 0)
		snprintf(screens->problem, sizeof screens->problem,
		        "no screen is connected to any of its %u connectors",
		        resources.connector_count);
	return connected == screens->count;
}

void drm_flush(const struct screens *screens, const struct screen *screen)
{
	struct drm_clip_rect all = {
	        .x2 = (unsigned short)screen->width, .y2 = (unsigned short)screen->height};
	struct drm_mode_fb_dirty_cmd dirty = {
	        .fb_id = screen->framebuffer, .num_clips = 1, .clips_ptr = (uintptr_t)&all};

	ioctl(screens->fd, DRM_IOCTL_MODE_DIRTYFB, &dirty);
}
