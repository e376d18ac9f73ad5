// SPDX-License-Identifier: GPL-2.0-or-later
// The page around spice-html5, which speaks SPICE and paints. Keys and the pointer are ours: keys go by their place, and
// the picture may be shown smaller than it is.
import { SpiceMainConn } from "./spice-html5/main.js";
import { SpiceConn } from "./spice-html5/spiceconn.js";
import * as Messages from "./spice-html5/spicemsg.js";
import { Constants } from "./spice-html5/enums.js";
import { keyBytes, letterKey } from "./keys.js";

const by = (id) => document.getElementById(id);
const screen = by("screen");
let connection;

// --- words ---

const words = {
	wrong: ["The password is wrong.", "Пароль не подходит."],
	refused: ["The console did not take the connection. After several wrong passwords it waits for up to a minute; otherwise " +
		"see whether it still runs.",
		"Консоль не приняла подключение. После нескольких неверных паролей она ждёт до минуты; в остальных случаях " +
		"проверьте, работает ли она."],
	ended: ["The connection has ended. Another viewer may have taken its place, or the console was restarted.",
		"Соединение закрыто. Возможно, подключился кто-то другой или консоль была перезапущена."],
	late: ["The console does not answer.", "Консоль не отвечает."],
};

function notice(what) {
	const russian = document.documentElement.lang === "ru";
	by("notice").textContent = what ? words[what][russian ? 1 : 0] : "";
}

function setLanguage(language) {
	document.documentElement.lang = language;
	notice();
}

// --- connection ---

function channelReady(channel) {
	return channel && channel.state === "ready";
}

function resize() {
	if (!connection || !connection.agent_connected)
		return;
	const { clientWidth, clientHeight } = screen;
	connection.resize_window(0, clientWidth & ~7, clientHeight & ~7, 32, 0, 0);
}

function show(view) {
	by("login").hidden = view;
	by("view").hidden = !view;
	by("connect").disabled = false;
}

function disconnect(why) {
	const old = connection;
	connection = undefined;
	if (document.fullscreenElement)
		document.exitFullscreen();
	held.clear();
	show(false);
	notice(why);
	by("ticket").focus();
	if (old)
		old.stop();
	screen.replaceChildren();
}

// What spice-html5 says it by.
function reason(error) {
	const message = String(error && error.message);
	if (message === "Permission denied." || message === "Bad password.")
		return "wrong";
	if (message === "Connection timed out.")
		return "late";
	return message.startsWith("Unexpected close while") ? "ended" : "refused";
}

// spice-html5 0.3.0 leaves out the zeros that an encrypted password begins with once in 256 times, and is refused then.
const sendTicket = SpiceConn.prototype.send_ticket;
SpiceConn.prototype.send_ticket = function (ticket) {
	const zeros = Constants.SPICE_TICKET_KEY_PAIR_LENGTH / 8 - ticket.length;
	sendTicket.call(this, [...new Array(zeros).fill(0), ...ticket]);
};

function connect() {
	notice();
	by("connect").disabled = true;
	let cursor;
	const made = new SpiceMainConn({
		uri: `wss://${location.host}/spice`, screen_id: "screen", password: by("ticket").value,
		onerror: (error) => { if (made === connection) disconnect(reason(error)); },
		onsuccess: () => { show(true); },
		onagent: resize,
	});
	// spice-html5 0.3.0 keeps its sound where its cursor was.
	Object.defineProperty(made, "cursor", {
		get: () => cursor,
		set: (channel) => {
			if (!channel || channel.type !== Constants.SPICE_CHANNEL_PLAYBACK)
				cursor = channel;
		},
	});
	connection = made;
}

function send(type, body) {
	if (!connection || !channelReady(connection.inputs))
		return false;
	const message = new Messages.SpiceMiniData();
	message.build_msg(type, body);
	connection.inputs.send_msg(message);
	return true;
}

// --- keys ---

const held = new Set();

function sendKey(code, down) {
	const bytes = keyBytes(code, down);
	if (bytes === undefined || (!down && !held.has(code)))
		return;
	const body = down ? new Messages.SpiceMsgcKeyDown() : new Messages.SpiceMsgcKeyUp();
	body.code = bytes;
	send(down ? Constants.SPICE_MSGC_INPUTS_KEY_DOWN : Constants.SPICE_MSGC_INPUTS_KEY_UP, body);
	if (down)
		held.add(code);
	else
		held.delete(code);
}

function press(...codes) {
	releaseAll();
	codes.forEach((code) => sendKey(code, true));
	codes.reverse().forEach((code) => sendKey(code, false));
}

function releaseAll() {
	[...held].forEach((code) => sendKey(code, false));
}

// What was let go elsewhere nobody told us of.
function matchModifiers(event) {
	for (const [name, down] of [["Shift", event.shiftKey], ["Control", event.ctrlKey], ["Alt", event.altKey],
		["Meta", event.metaKey]])
		for (const side of ["Left", "Right"])
			if (!down && event.code !== name + side)
				sendKey(name + side, false);
}

function onKey(event) {
	if (!connection || (event.target.closest("button") && ["Enter", "Space", "Tab"].includes(event.code)))
		return;
	// The keyboard of a tablet: onTyped() hears of it.
	if (!event.code || event.isComposing || keyBytes(event.code, true) === undefined)
		return;
	event.preventDefault();
	event.stopImmediatePropagation();
	matchModifiers(event);
	sendKey(event.code, event.type === "keydown");
}

function onTyped() {
	const text = by("typed").value;
	by("typed").value = "";
	for (const letter of text) {
		const [code, shift] = letterKey(letter) || [];
		if (code)
			press(...(shift ? ["ShiftLeft"] : []), code);
	}
}

// --- the pointer ---

// What a browser calls a button by, and what SPICE does.
const buttons = [[1, 1, 0], [4, 2, 1], [2, 3, 2], [8, 6, 5], [16, 7, 6]];
let down = 0;
let place;
let touched = false;

function sendPlace() {
	const inputs = connection && connection.inputs;
	if (!place || !channelReady(inputs))
		return;
	if (inputs.waiting_for_ack >= 2 * Constants.SPICE_INPUT_MOTION_ACK_BUNCH) {
		setTimeout(sendPlace, 20);
		return;
	}
	const body = new Messages.SpiceMsgcMousePosition(connection);
	[body.x, body.y] = place;
	body.buttons_state = connection.buttons_state || 0;
	if (send(Constants.SPICE_MSGC_INPUTS_MOUSE_POSITION, body))
		inputs.waiting_for_ack++;
	place = undefined;
}

function sendButton(number, pressed) {
	const body = pressed ? new Messages.SpiceMsgcMousePress() : new Messages.SpiceMsgcMouseRelease();
	body.button = number;
	body.buttons_state = connection ? connection.buttons_state || 0 : 0;
	send(pressed ? Constants.SPICE_MSGC_INPUTS_MOUSE_PRESS : Constants.SPICE_MSGC_INPUTS_MOUSE_RELEASE, body);
}

function setButtons(now) {
	for (const [bit, number, spice] of buttons) {
		if ((now ^ down) & bit) {
			connection.buttons_state = (connection.buttons_state || 0) ^ (1 << spice);
			sendButton(number, Boolean(now & bit));
		}
	}
	down = now;
}

function onPointer(event) {
	const canvas = screen.querySelector("canvas");
	if (!connection || !canvas || !event.isPrimary)
		return;
	const box = canvas.getBoundingClientRect();
	const inside = (at, size, whole) => Math.max(0, Math.min(whole - 1, Math.floor(at * whole / size)));
	place = [inside(event.clientX - box.left, box.width, canvas.width),
		inside(event.clientY - box.top, box.height, canvas.height)];
	sendPlace();
	touched = event.pointerType === "touch";
	if (event.type === "pointerdown") {
		screen.setPointerCapture(event.pointerId);
		document.activeElement.blur();
	}
	setButtons(event.type === "pointercancel" ? 0 : event.buttons);
}

let turned = 0;

function onWheel(event) {
	event.preventDefault();
	turned += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY / 100 : event.deltaY / 3;
	for (; Math.abs(turned) >= 1; turned -= Math.sign(turned)) {
		const number = turned < 0 ? Constants.SPICE_MOUSE_BUTTON_UP : Constants.SPICE_MOUSE_BUTTON_DOWN;
		sendButton(number, true);
		sendButton(number, false);
	}
}

// A finger that stays is the right button.
function onMenu(event) {
	event.preventDefault();
	if (connection && touched) {
		setButtons(0);
		setButtons(2);
		setButtons(0);
	}
}

// --- the page ---

function listen() {
	for (const type of ["keydown", "keyup"])
		document.addEventListener(type, onKey, true);
	for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"])
		screen.addEventListener(type, onPointer, true);
	screen.addEventListener("wheel", onWheel, { capture: true, passive: false });
	screen.addEventListener("contextmenu", onMenu, true);
	// spice-html5 has its own on the canvas.
	for (const type of ["mousemove", "mousedown", "mouseup", "mouseover", "mouseout", "wheel", "contextmenu"])
		screen.addEventListener(type, (event) => event.stopImmediatePropagation(), true);
	window.addEventListener("blur", releaseAll);
	by("typed").addEventListener("input", onTyped);
	let later;
	new ResizeObserver(() => {
		clearTimeout(later);
		later = setTimeout(resize, 200);
	}).observe(screen);
}

function toggleFullScreen() {
	if (document.fullscreenElement) {
		document.exitFullscreen();
		return;
	}
	// Alt+Tab and the like go to the game, where the browser lets them.
	by("view").requestFullscreen().then(() => navigator.keyboard && navigator.keyboard.lock(), () => {});
}

function onButton(id, call) {
	by(id).addEventListener("click", (event) => {
		event.currentTarget.blur();
		call();
	});
}

by("form").addEventListener("submit", (event) => {
	event.preventDefault();
	connect();
});
onButton("language", () => setLanguage(document.documentElement.lang === "ru" ? "en" : "ru"));
onButton("switch", () => press("ControlLeft", "AltLeft", "Home"));
onButton("delete", () => press("ControlLeft", "AltLeft", "Delete"));
onButton("type", () => by("typed").focus());
onButton("full", toggleFullScreen);
onButton("leave", () => disconnect());
setLanguage(navigator.language.startsWith("ru") ? "ru" : "en");
listen();
