// The way into a conversation: ours to resume, or a new one.
import { forget, recall, remember } from "./storage.js";

/** Where the bot lives: this file is <root>/webchat/<version>/session.js. */
const ROOT = new URL("../../", import.meta.url);
export const DIRECT_LINE = new URL("v3/directline", ROOT).href;

/** The bot does not talk to pages of this origin. */
export class Refused extends Error {}

/** `{conversationId, token, …}` of the visitor's conversation. Throws `Refused`, or what `fetch` throws. */
export async function openSession() {
  const resume = recall("resume");
  const response = await fetch(`${DIRECT_LINE}/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(resume ? { resume } : {}),
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status === 403) throw new Refused();
  if (!response.ok) throw new Error(`session: ${response.status}`);
  const session = await response.json();
  remember("resume", session.resume);
  return session;
}

/** The next session is a new conversation. */
export const leaveConversation = () => forget("resume");
