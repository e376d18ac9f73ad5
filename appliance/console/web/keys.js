// SPDX-License-Identifier: GPL-2.0-or-later
// Keys by their place on the keyboard, whatever is written on them: KeyboardEvent.code to scancodes of set 1.
const E0 = 0x100;

const rows = [
	[0x01, "Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace"],
	[0x0f, "Tab KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter"],
	[0x1d, "ControlLeft KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote"],
	[0x2a, "ShiftLeft Backslash KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight"],
	[0x37, "NumpadMultiply AltLeft Space CapsLock F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock"],
	[0x47, "Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd"],
	[0x4f, "Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal"],
	[0x56, "IntlBackslash F11 F12 NumpadEqual"],
	[0x64, "F13 F14 F15"],
	[E0 | 0x1c, "NumpadEnter ControlRight"],
	[E0 | 0x47, "Home ArrowUp PageUp"],
	[E0 | 0x4f, "End ArrowDown PageDown Insert Delete"],
	[E0 | 0x5b, "MetaLeft MetaRight ContextMenu Power Sleep"],
];

const scancodes = {
	KanaMode: 0x70, IntlRo: 0x73, Convert: 0x79, NonConvert: 0x7b, IntlYen: 0x7d, NumpadComma: 0x7e,
	NumpadDivide: E0 | 0x35, PrintScreen: E0 | 0x37, AltRight: E0 | 0x38, ArrowLeft: E0 | 0x4b, ArrowRight: E0 | 0x4d,
	OSLeft: E0 | 0x5b, OSRight: E0 | 0x5c, AudioVolumeMute: E0 | 0x20, AudioVolumeDown: E0 | 0x2e,
	AudioVolumeUp: E0 | 0x30, MediaTrackPrevious: E0 | 0x10, MediaTrackNext: E0 | 0x19, MediaPlayPause: E0 | 0x22,
	MediaStop: E0 | 0x24,
};
for (const [first, names] of rows)
	names.split(" ").forEach((name, i) => { scancodes[name] = first + i; });

// Bytes as SPICE wants them, the first one lowest; undefined: there is no such key.
export function keyBytes(code, down) {
	if (code === "Pause")
		return down ? 0x451de1 : 0xc59de1;
	const scancode = scancodes[code];
	if (scancode === undefined)
		return undefined;
	const byte = (scancode & 0x7f) | (down ? 0 : 0x80);
	return scancode & E0 ? 0xe0 | byte << 8 : byte;
}

// The keyboards of tablets tell letters, not keys: the key on which a letter is, in the US and the Russian layout.
const places = "Backquote Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal " +
	"KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Backslash " +
	"KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash";
const written = [
	["`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./", false],
	["~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?", true],
	["ё            йцукенгшщзхъ фывапролджэячсмитьбю ", false],
	["Ё  №         ЙЦУКЕНГШЩЗХЪ ФЫВАПРОЛДЖЭЯЧСМИТЬБЮ ", true],
];
const letters = new Map([[" ", ["Space", false]], ["\n", ["Enter", false]]]);
for (const [line, shift] of written)
	[...line].forEach((letter, i) => {
		if (!letters.has(letter))
			letters.set(letter, [places.split(" ")[i], shift]);
	});

// [code, whether Shift is held], or undefined.
export function letterKey(letter) {
	return letters.get(letter);
}
