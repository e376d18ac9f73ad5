/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first sector of a disk that sets itself up: a menu, a name that is typed, a restart, and then a system that greets by
 * that name. It knows the firmware's screen, keyboard and disk alone (INT 10h, 16h, 13h), so that a whole install of
 * an operating system is played in seconds. test_console.py puts it on a disk:
 *   as --32 -o boot.o setup_disk.S && ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o boot.bin boot.o
 */
	.code16
	.globl _start
	.set BUFFER, 0x8000
_start:
	cli
	xor %ax, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	mov $0x7c00, %sp
	sti
	cld
	mov %dl, drive
	mov $0x0003, %ax	/* text, cleared */
	int $0x10
	mov $0x42, %ah		/* what the second sector has */
	call transfer
	cmpl $0x44454d41, BUFFER	/* "AMED" */
	je installed

	mov $menu, %si
	call say
1:	call key
	cmp $'2', %al
	je restart
	cmp $'1', %al
	jne 1b
	mov $ask, %si
	call say
	movl $0x44454d41, BUFFER
	mov $BUFFER + 4, %di
2:	call key
	cmp $13, %al
	je 3f
	cmp $BUFFER + 36, %di
	jae 2b
	stosb
	call put
	jmp 2b
3:	xor %al, %al
	stosb
	mov $0x4300, %ax	/* written */
	call transfer
	jc failed
restart:
	mov $0xcf9, %dx
	mov $0x06, %al
	out %al, %dx
	hlt

installed:
	mov $greet, %si
	call say
	mov $BUFFER + 4, %si
	call say
	mov $prompt, %si
	call say
4:	call key
	call put
	cmp $13, %al
	jne 4b
	mov $prompt, %si
	call say
	jmp 4b

failed:
	mov $sorry, %si
	call say
5:	hlt
	jmp 5b

/* AH: read or write the second sector */
transfer:
	mov $packet, %si
	mov drive, %dl
	int $0x13
	ret
key:	xor %ah, %ah
	int $0x16
	ret
say:	lodsb
	test %al, %al
	jz 6f
	call put
	jmp say
put:	mov $0x0e, %ah
	mov $0x0007, %bx
	int $0x10
6:	ret

drive:	.byte 0
	.balign 4
packet:	.byte 16, 0
	.word 1, BUFFER, 0
	.quad 1
menu:	.asciz "Lab system, setup\r\n\r\n  1  Install\r\n  2  Restart\r\n"
ask:	.asciz "\r\nName of this PC: "
greet:	.asciz "Lab system, installed on "
prompt:	.asciz "\r\n# "
sorry:	.asciz "\r\nThe disk cannot be written.\r\n"
	.org 510
	.word 0xaa55
