/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest without a system, for QEMU's -kernel (multiboot) and its standard VGA: draws the same pixels at the same ticks of
 * its clock each time, so that ways to look at it can be compared. Ten seconds over and over: text that scrolls, a
 * rectangle that moves over a picture, and nothing; after SECONDS only nothing. A key paints the square in the corner anew, at once.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

#define WIDTH  800
#define HEIGHT 600
#define HZ     100u
#define SQUARE 64

__attribute__((section(".multiboot"), used)) static const u32 multiboot[] = {
        0x1badb002, 0, -(u32)0x1badb002};

static volatile u32 *pixels;
static volatile u32 ticks, keys;
static struct __attribute__((packed)) {
	u16 low, selector;
	u8 zero, type;
	u16 high;
} idt[256];

static void out8(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

static u8 in8(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void out16(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(port));
}

static u32 pci_read(u32 device, u32 at)
{
	u32 v;

	__asm__ volatile("outl %0, %1" ::"a"(0x80000000u | device << 11 | at), "Nd"((u16)0xcf8));
	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"((u16)0xcfc));
	return v;
}

static void vbe(u16 index, u16 value)
{
	out16(0x1ce, index);
	out16(0x1cf, value);
}

static void fill(u32 x, u32 y, u32 w, u32 h, u32 colour)
{
	for (u32 row = y; row < y + h; row++)
		for (u32 column = x; column < x + w; column++)
			pixels[row * WIDTH + column] = colour;
}

static u32 noise(u32 n)
{
	n = (n ^ 61) ^ (n >> 16);
	n *= 9;
	n ^= n >> 4;
	n *= 0x27d4eb2d;
	return n ^ (n >> 15);
}

/* Letters of no alphabet, 8x16: what matters is how such pixels can be packed. */
static void letter(u32 x, u32 y, u32 which)
{
	for (u32 row = 0; row < 16; row++) {
		u32 bits = row < 3 || row > 12 ? 0 : noise(which * 16 + row / 2) & 0x7e;

		for (u32 column = 0; column < 8; column++)
			pixels[(y + row) * WIDTH + x + column] =
			        bits & 0x80u >> column ? 0xd0d0d0 : 0x101418;
	}
}

static void scroll(u32 line)
{
	u32 length = 20 + noise(line) % 60;

	for (u32 i = 0; i < WIDTH * (HEIGHT - SQUARE - 16); i++)
		pixels[WIDTH * SQUARE + i] = pixels[WIDTH * (SQUARE + 16) + i];
	fill(0, HEIGHT - 16, WIDTH, 16, 0x101418);
	for (u32 i = 0; i < length; i++)
		if (noise(line * 100 + i) % 6)
			letter(i * 8, HEIGHT - 16, noise(line * 100 + i) % 60);
}

/* A picture as photographs are: soft, with a little noise. */
static u32 photo(u32 x, u32 y)
{
	u32 grain = noise(y * WIDTH + x) % 6;

	return (x * 200 / WIDTH + grain) << 16 | (y * 200 / HEIGHT + grain) << 8 |
	       (((x + y) & 0xff) / 2 + grain);
}

static void show_photo(u32 x, u32 y, u32 w, u32 h)
{
	for (u32 row = y; row < y + h; row++)
		for (u32 column = x; column < x + w; column++)
			pixels[row * WIDTH + column] = photo(column, row);
}

static void move_box(u32 step)
{
	u32 x = (step * 6) % (WIDTH - 106), y = 150 + (step * 2) % 250;

	if (step)
		show_photo(
		        ((step - 1) * 6) % (WIDTH - 106), 150 + ((step - 1) * 2) % 250, 100, 100);
	fill(x, y, 100, 100, 0xe08020);
}

/* Of ten seconds: four of text, 12 lines a second; four of a box, 25 steps a second; two of nothing. */
static void act(u32 tick)
{
	u32 at = tick % (10 * HZ);

	if (at < 4 * HZ && at % 8 == 0)
		scroll(tick / 8);
	else if (at == 4 * HZ)
		show_photo(0, SQUARE, WIDTH, HEIGHT - SQUARE);
	else if (at > 4 * HZ && at < 8 * HZ && at % 4 == 0)
		move_box((at - 4 * HZ) / 4);
}

__attribute__((interrupt)) static void on_tick(void *frame)
{
	(void)frame;
	ticks++;
	out8(0x20, 0x20);
}

__attribute__((interrupt)) static void on_key(void *frame)
{
	(void)frame;
	if (!(in8(0x60) & 0x80))
		keys++;
	out8(0x20, 0x20);
}

static void gate(u8 number, void (*handler)(void *))
{
	u16 code;

	__asm__("mov %%cs, %0" : "=r"(code));
	idt[number].low = (u16)(u32)handler;
	idt[number].high = (u16)((u32)handler >> 16);
	idt[number].selector = code;
	idt[number].type = 0x8e;
}

static void interrupts(void)
{
	const struct __attribute__((packed)) {
		u16 limit;
		u32 base;
	} table = {sizeof(idt) - 1, (u32)idt};
	u32 divisor = 1193182 / HZ;

	gate(0x20, on_tick);
	gate(0x21, on_key);
	__asm__ volatile("lidt %0" ::"m"(table));
	out8(0x20, 0x11), out8(0xa0, 0x11), out8(0x21, 0x20), out8(0xa1, 0x28);
	out8(0x21, 4), out8(0xa1, 2), out8(0x21, 1), out8(0xa1, 1);
	out8(0x21, 0xfc), out8(0xa1, 0xff);
	out8(0x43, 0x34), out8(0x40, (u8)divisor), out8(0x40, (u8)(divisor >> 8));
	out8(0x64, 0xae), out8(0x64, 0x60), out8(0x60, 0x41), out8(0x60, 0xf4);
	__asm__ volatile("sti");
}

__attribute__((used)) static void guest(void)
{
	u32 device = 0, done = 0, painted = 0;

	while (device < 32 && pci_read(device, 8) >> 16 != 0x0300)
		device++;
	pixels = (u32 *)(pci_read(device, 0x10) & ~0xfu);
	vbe(4, 0), vbe(1, WIDTH), vbe(2, HEIGHT), vbe(3, 32), vbe(4, 0x41);
	fill(0, 0, WIDTH, HEIGHT, 0x101418);
	interrupts();
	for (;;) {
		if (keys != painted) {
			painted = keys;
			fill(WIDTH - SQUARE, 0, SQUARE, SQUARE, noise(painted) & 0xffffff);
		}
		if (done < ticks) {
			/* It waits for the first key, so that all begin alike. */
			if (!painted)
				done = ticks = 0;
			else if (done < SECONDS * HZ)
				act(done++);
			else
				done = ticks;
			continue;
		}
		__asm__ volatile("hlt");
	}
}

static u8 stack[16384] __attribute__((aligned(16), used));
__asm__(".globl _start\n_start:\n\tcli\n\tmov $stack + 16384, %esp\n\tcall guest\n");
