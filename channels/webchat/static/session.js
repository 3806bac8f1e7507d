// The way into a conversation: ours to resume, or a new one.
import { forget, recall, remember } from "./storage.js";

/** Where the bot lives: this file is <root>/webchat/<version>/session.js. */
const ROOT = new URL("../../", import.meta.url);
export const DIRECT_LINE = new URL("v3/directline", ROOT).href;

/** The bot does not talk to pages of this origin. */
export class Refused extends Error {}

let fresh = false; // the next session is a new conversation of the same visitor

/** `{conversationId, token, …}` of the visitor's conversation. Throws `Refused`, or what `fetch` throws. */
export async function openSession() {
  const resume = recall("resume");
  const response = await fetch(`${DIRECT_LINE}/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(resume ? { resume, fresh } : {}),
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status === 403) throw new Refused();
  if (!response.ok) throw new Error(`session: ${response.status}`);
  const session = await response.json();
  remember("resume", session.resume);
  fresh = false;
  return session;
}

/** The next session is a new conversation; what the visitor asked for stays theirs. */
export const leaveConversation = () => {
  fresh = true;
};

/** The next session is that of somebody else: this browser forgets whose requests it knew. */
export const leaveForGood = () => forget("resume");
