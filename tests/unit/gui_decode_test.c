/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pictures of others: good ones are read and made smaller, all others cost bounded time and a message. */
#include "decode.h"
#include "draw/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <png.h>

struct fixture {
	char folder[64], file[80];
	sd_event *event;
	unsigned told;
	struct image image;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/playthrough-decode-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->file, sizeof(f->file), "%s/x.png", f->folder);
	assert_true(sd_event_new(&f->event) >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	assert_int_equal(system(command), 0);
	sd_event_unref(f->event);
	free(f->image.pixels);
	free(f);
	return 0;
}

static void on_done(void *user, struct image *image, const struct err *err)
{
	struct fixture *f = user;

	f->told++;
	free(f->image.pixels);
	f->image = image ? *image : (struct image){0};
	f->err = err ? *err : (struct err){0};
}

static void decode(struct fixture *f, enum picture_fit fit, int width, int height)
{
	const struct decode_request request = {
	        .path = f->file, .fd = -1, .fit = fit, .width = width, .height = height};

	f->told = 0;
	assert_non_null(decode_start(f->event, &request, on_done, f));
	while (!f->told)
		assert_true(sd_event_run(f->event, 10 * 1000000) > 0);
}

/* Left half red, right half blue. */
static void write_picture(struct fixture *f, int width, int height)
{
	cleanup_free uint32_t *pixels = xcalloc((size_t)width * (size_t)height, 4);
	struct canvas canvas = canvas_of(pixels, width, height, width);

	canvas_fill(&canvas, (struct rect){0, 0, width / 2, height}, 0xffff0000);
	canvas_fill(&canvas, (struct rect){width / 2, 0, width - width / 2, height}, 0xff0000ff);
	assert_true(canvas_write_png(&canvas, f->file));
}

static void write_bytes(struct fixture *f, const void *bytes, size_t size)
{
	FILE *file = fopen(f->file, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void fails(struct fixture *f, int number)
{
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	decode(f, PICTURE_FILL, 300, 400);
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_null(f->image.pixels);
	assert_int_equal(f->err.number, number);
	assert_true(*f->err.message);
	assert_true(b.tv_sec - a.tv_sec <= 6);
}

static void a_picture_fills_a_card(void **state)
{
	struct fixture *f = *state;

	write_picture(f, 600, 200);
	decode(f, PICTURE_FILL, 90, 120);
	assert_int_equal(f->err.number, 0);
	assert_int_equal(f->image.width, 90);
	assert_int_equal(f->image.height, 120);
	assert_int_equal(f->image.pixels[0], 0xffff0000);
	assert_int_equal(f->image.pixels[119 * 90 + 89], 0xff0000ff);
	/* The same, taller than the card. */
	write_picture(f, 40, 400);
	decode(f, PICTURE_FILL, 90, 120);
	assert_int_equal(f->image.width, 90);
	assert_int_equal(f->image.pixels[40], 0xffff0000);
	assert_int_equal(f->image.pixels[49], 0xff0000ff);
}

static void a_screen_is_shown_as_a_whole(void **state)
{
	struct fixture *f = *state;

	write_picture(f, 1920, 1080);
	decode(f, PICTURE_FIT, 640, 640);
	assert_int_equal(f->image.width, 640);
	assert_int_equal(f->image.height, 360);
	write_picture(f, 320, 200);
	decode(f, PICTURE_FIT, 640, 640);
	assert_int_equal(f->image.width, 320);
	assert_int_equal(f->image.height, 200);
	write_picture(f, 20, 2000);
	decode(f, PICTURE_FIT, 640, 100);
	assert_int_equal(f->image.width, 1);
	assert_int_equal(f->image.height, 100);
}

static void scaling_takes_the_mean(void **state)
{
	uint32_t pixels[4] = {0xff000000, 0xffffffff, 0xff000000, 0xffffffff};
	const struct image from = {pixels, 2, 2};
	struct image to = picture_scale(&from, 1, 1);

	(void)state;
	assert_int_equal(to.pixels[0], 0xff808080);
	free(to.pixels);
	/* Larger: the middles of the outer pixels lie outside, those of the inner ones a quarter away. */
	to = picture_scale(&from, 4, 4);
	assert_int_equal(to.pixels[0], 0xff000000);
	assert_int_equal(to.pixels[1], 0xff3f3f3f);
	assert_int_equal(to.pixels[2], 0xffbfbfbf);
	assert_int_equal(to.pixels[3], 0xffffffff);
	free(to.pixels);
	to = picture_scale(&from, 7, 1);
	free(to.pixels);
}

static void what_is_no_picture_is_told(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	fails(f, -ENOENT);
	write_bytes(f, "", 0);
	fails(f, -EBADMSG);
	write_bytes(f, "GIF89a and so on", 16);
	fails(f, -EBADMSG);
	write_picture(f, 600, 900);
	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(truncate(f->file, st.st_size / 2), 0);
	fails(f, -EBADMSG);
}

static void what_is_no_file_is_not_waited_for(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(f->file, 0600), 0);
	fails(f, -EINVAL);
	assert_int_equal(unlink(f->file), 0);
	assert_int_equal(mkdir(f->file, 0700), 0);
	fails(f, -EINVAL);
	assert_int_equal(rmdir(f->file), 0);
	assert_int_equal(symlink("/dev/zero", f->file), 0);
	fails(f, -EINVAL);
}

static void a_huge_file_is_not_read(void **state)
{
	struct fixture *f = *state;

	write_picture(f, 60, 90);
	assert_int_equal(truncate(f->file, 50 << 20), 0);
	fails(f, -EFBIG);
}

/* Its rows are all alike, so that the file is small: 20000 x 20000. */
static void a_huge_picture_is_not_unpacked(void **state)
{
	struct fixture *f = *state;
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	FILE *file = fopen(f->file, "we");
	static png_byte row[2500];

	assert_non_null(file);
	assert_int_equal(setjmp(png_jmpbuf(png)), 0);
	png_init_io(png, file);
	png_set_IHDR(png, info, 20000, 20000, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
	        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (int y = 0; y < 20000; y++)
		png_write_row(png, row);
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	assert_int_equal(fclose(file), 0);
	fails(f, -EFBIG);
}

static void nobody_waits_any_more(void **state)
{
	const struct decode_request request = {
	        .path = "/dev/null", .fd = -1, .fit = PICTURE_FILL, .width = 10, .height = 10};
	struct fixture *f = *state;

	decode_destroy(decode_start(f->event, &request, on_done, f));
	decode_destroy(decode_start(f->event, &request, on_done, f));
	decode_destroy(NULL);
	while (sd_event_run(f->event, 200000) > 0)
		;
	assert_int_equal(f->told, 0);
	/* One is left to the loop's end. */
	decode_destroy(decode_start(f->event, &request, on_done, f));
}

static void a_descriptor_is_read(void **state)
{
	struct fixture *f = *state;
	struct decode_request request = {.fit = PICTURE_FIT, .width = 100, .height = 100};

	write_picture(f, 60, 90);
	request.fd = open(f->file, O_RDONLY | O_CLOEXEC);
	assert_non_null(decode_start(f->event, &request, on_done, f));
	close_fd(&request.fd);
	while (!f->told)
		assert_true(sd_event_run(f->event, 10 * 1000000) > 0);
	assert_int_equal(f->image.width, 60);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH(a_picture_fills_a_card),
	        WITH(a_screen_is_shown_as_a_whole),
	        cmocka_unit_test(scaling_takes_the_mean),
	        WITH(what_is_no_picture_is_told),
	        WITH(what_is_no_file_is_not_waited_for),
	        WITH(a_huge_file_is_not_read),
	        WITH(a_huge_picture_is_not_unpacked),
	        WITH(nobody_waits_any_more),
	        WITH(a_descriptor_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
