// The page: header, states and the chat between them.
import { Chat } from "./chat.js";
import { joinHost } from "./frame.js";
import { leaveConversation, leaveForGood, openSession, Refused } from "./session.js";
import { watchSockets } from "./socket.js";
import { remember } from "./storage.js";
import { language, sayWords, word } from "./words.js";

const PAUSES = [1, 2, 4, 8, 15]; // seconds before each further attempt to connect
const CONNECTION_OVER = new Set([3, 4, 5]); // DirectLineJS: token expired, failed to connect, ended

const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

let chat = null;
let conversation = null;
let state = "connecting";
let notice = "";
let attempts = 0;
let waiting = 0;

const isDark = () => (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";

function showTheme() {
  const label = word(isDark() ? "toLight" : "toDark");
  root.dataset.shade = isDark() ? "dark" : "light";
  byId("theme").setAttribute("aria-label", label);
  byId("theme").title = label;
  chat?.show();
}

/** Say in plain words how the connection is; `attention` adds a line that asks for it. */
function showState(next, attention = "") {
  state = next;
  notice = attention;
  root.dataset.state = next;
  byId("state").textContent = word(next);
  byId("notice").hidden = !notice;
  byId("notice-text").textContent = notice && word(notice);
  byId("retry").hidden = notice === "renewedNotice" || notice === "tooFastNotice" || notice === "brokenNotice";
}

function showLanguage() {
  sayWords();
  showTheme();
  showState(state, notice);
}

async function connect() {
  clearTimeout(waiting);
  if (chat === null) return;
  let session;
  try {
    session = await openSession();
  } catch (error) {
    if (error instanceof Refused) showState("refused", "refusedNotice");
    else lose();
    return;
  }
  const renewed = conversation !== null && conversation !== session.conversationId;
  conversation = session.conversationId;
  watchSockets((isOpen) => (isOpen ? found(renewed) : lose()));
  chat.onPosted = (taken) => {
    if (state !== "ready") return;
    if (!taken) showState("ready", "tooFastNotice");
    else if (notice === "tooFastNotice") showState("ready");
  };
  chat.onStatus = (status) => CONNECTION_OVER.has(status) && lose();
  chat.connect(session);
}

function found(renewed) {
  attempts = 0;
  showState("ready", renewed ? "renewedNotice" : "");
}

/** The connection is gone: say so, and try again by and by. */
function lose() {
  watchSockets(() => {});
  if (chat) chat.onStatus = null;
  if (navigator.onLine) showState("lost", attempts || conversation ? "lostNotice" : "");
  else showState("offline", "offlineNotice");
  const pause = PAUSES[Math.min(attempts, PAUSES.length - 1)] * (0.8 + 0.4 * Math.random());
  attempts += 1;
  clearTimeout(waiting);
  waiting = setTimeout(connect, pause * 1000);
}

function retryNow() {
  if (state === "ready" || state === "connecting") return;
  attempts = 0;
  showState("connecting");
  connect();
}

function restart(leave = leaveConversation) {
  leave();
  conversation = null;
  watchSockets(() => {});
  showState("connecting");
  chat.clear();
  watchContent();
  connect();
}

/** The calm empty state, until the visitor has said something. */
function watchContent() {
  byId("calm").hidden = false;
  const stop = chat.onChange(() => {
    if (!chat.begun) return;
    byId("calm").hidden = true;
    stop();
  });
}

function chooseLanguage(tag) {
  if (tag === language()) return;
  root.lang = tag;
  remember("language", tag);
  showLanguage();
  // Until something was said, the welcome is all there is: have it in the new language.
  if (chat && !chat.begun) restart();
}

function listen() {
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => chooseLanguage(button.dataset.language));
  }
  byId("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remember("theme", root.dataset.theme);
    showTheme();
  });
  dark.addEventListener("change", showTheme);
  byId("restart").addEventListener("click", () => byId("ask").showModal());
  byId("ask").addEventListener("close", () => {
    if (byId("ask").returnValue === "restart" && chat) restart();
    if (byId("ask").returnValue === "leave" && chat) restart(leaveForGood);
    byId("ask").returnValue = "";
  });
  byId("retry").addEventListener("click", retryNow);
  addEventListener("online", retryNow);
  addEventListener("offline", lose);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && retryNow());
}

listen();
showLanguage();
if (root.dataset.kind === "frame") joinHost(byId("close"), () => chat?.focus());
document.addEventListener("DOMContentLoaded", () => {
  if (!window.WebChat) return showState("refused", "brokenNotice");
  chat = new Chat(byId("webchat"));
  watchContent();
  connect();
});
