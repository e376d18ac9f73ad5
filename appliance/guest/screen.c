/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Screens of one display card: by the kernel's mode setting, or the firmware's framebuffer. */
#include "screen.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fb.h>
#include <linux/kd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drm.h"
#include "pci.h"
#include "util.h"

/* The firmware's framebuffer is the card's if it lies in one of the card's memory ranges. */
static bool lies_in_card(const char *address, uint64_t memory)
{
	for (int i = 0; i < 6; i++) {
		uint64_t start, end, flags;

		if (pci_bar_range(address, i, &start, &end, &flags) && memory >= start &&
		        memory <= end)
			return true;
	}
	return false;
}

static int open_framebuffer(const char *address, struct fb_fix_screeninfo *fixed)
{
	for (int i = 0; i < 8; i++) {
		char path[32];
		int fd;

		snprintf(path, sizeof path, "/dev/fb%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (ioctl(fd, FBIOGET_FSCREENINFO, fixed) == 0 &&
		        lies_in_card(address, fixed->smem_start))
			return fd;
		close(fd);
	}
	return -1;
}

/* Keeps the kernel's console from writing over the picture. */
static void silence_console(void)
{
	int fd = open("/dev/tty0", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	ioctl(fd, KDSETMODE, KD_GRAPHICS);
	close(fd);
}

static bool use_framebuffer(struct screens *screens, const struct fb_fix_screeninfo *fixed)
{
	struct screen *screen = &screens->screens[0];
	struct fb_var_screeninfo now;

	if (ioctl(screens->fd, FBIOGET_VSCREENINFO, &now) < 0 || now.bits_per_pixel % 8 != 0)
		return false;
	*screen = (struct screen){.width = now.xres,
	        .height = now.yres,
	        .stride = fixed->line_length,
	        .size = (size_t)fixed->line_length * now.yres,
	        .bytes_per_pixel = now.bits_per_pixel / 8,
	        .red_shift = now.red.offset,
	        .green_shift = now.green.offset,
	        .blue_shift = now.blue.offset,
	        .red_bits = now.red.length,
	        .green_bits = now.green.length,
	        .blue_bits = now.blue.length};
	screen->scanout =
	        mmap(NULL, screen->size, PROT_READ | PROT_WRITE, MAP_SHARED, screens->fd, 0);
	if (screen->scanout == MAP_FAILED)
		return false;
	screens->count = 1;
	snprintf(screens->how, sizeof screens->how, "the firmware's framebuffer (%.16s), %ux%u",
	        fixed->id, now.xres, now.yres);
	return true;
}

size_t screens_open(const char *address, struct screens *screens, bool *fatal)
{
	struct fb_fix_screeninfo fixed;

	memset(screens, 0, sizeof *screens);
	silence_console();
	*fatal = false;
	screens->fd = drm_open_card(address, screens->how, 64);
	screens->drm = screens->fd >= 0;
	if (screens->drm) {
		*fatal = !drm_open_screens(screens);
		return screens->count;
	}
	screens->fd = open_framebuffer(address, &fixed);
	if (screens->fd < 0)
		snprintf(screens->problem, sizeof screens->problem,
		        "this guest has no driver for the card, and its firmware left no "
		        "framebuffer on it "
		        "(start the VM with UEFI firmware to get one)");
	else if (!use_framebuffer(screens, &fixed))
		snprintf(screens->problem, sizeof screens->problem,
		        "the firmware's framebuffer cannot be used: %s", strerror(errno));
	return screens->count;
}

static void store_row(const struct screen *screen, uint8_t *to, const uint32_t *pixels)
{
	for (uint32_t x = 0; x < screen->width; x++) {
		uint32_t pixel = pixels[x];
		uint32_t value =
		        (pixel >> 16 & 0xff) >> (8 - screen->red_bits) << screen->red_shift |
		        (pixel >> 8 & 0xff) >> (8 - screen->green_bits) << screen->green_shift |
		        (pixel & 0xff) >> (8 - screen->blue_bits) << screen->blue_shift;

		memcpy(to + (size_t)x * screen->bytes_per_pixel, &value, screen->bytes_per_pixel);
	}
}

/* Compares through a mapping of its own, so that nothing kept by the first can answer. */
static bool reads_back(struct screens *screens, const struct screen *screen, const uint8_t *rows)
{
	size_t row_size = (size_t)screen->width * screen->bytes_per_pixel;
	uint8_t *again =
	        mmap(NULL, screen->size, PROT_READ, MAP_SHARED, screens->fd, screen->map_offset);
	bool equal = true;

	if (again == MAP_FAILED) {
		snprintf(screens->problem, sizeof screens->problem, "mapping the picture again: %s",
		        strerror(errno));
		return false;
	}
	for (uint32_t y = 0; equal && y < screen->height; y++) {
		equal = memcmp(again + y * screen->stride, rows + y * row_size, row_size) == 0;
		if (!equal)
			snprintf(screens->problem, sizeof screens->problem,
			        "row %u of the picture was read back with other pixels than drawn",
			        y);
	}
	munmap(again, screen->size);
	return equal;
}

static bool show(
        struct screens *screens, const struct screen *screen, const struct picture *picture)
{
	size_t row_size = (size_t)screen->width * screen->bytes_per_pixel;
	uint8_t *rows = malloc(row_size * screen->height + 4);
	bool equal;

	if (!rows)
		abort();
	for (uint32_t y = 0; y < screen->height; y++) {
		store_row(
		        screen, rows + y * row_size, picture->pixels + (size_t)y * picture->width);
		memcpy(screen->scanout + y * screen->stride, rows + y * row_size, row_size);
	}
	if (screens->drm)
		drm_flush(screens, screen);
	equal = reads_back(screens, screen, rows);
	free(rows);
	return equal;
}

bool screens_show(
        struct screens *screens, uint64_t nonce, const char *text, const struct font *font)
{
	bool equal = true;

	for (size_t i = 0; i < screens->count; i++) {
		const struct screen *screen = &screens->screens[i];
		struct picture picture = {.width = screen->width, .height = screen->height};

		picture.pixels = calloc((size_t)picture.width * picture.height, sizeof(uint32_t));
		if (!picture.pixels)
			abort();
		picture_draw(&picture, nonce, text, font);
		equal = show(screens, screen, &picture) && equal;
		free(picture.pixels);
	}
	return equal;
}
