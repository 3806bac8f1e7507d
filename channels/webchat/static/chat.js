// Web Chat on our Direct Line: shown, connected, connected again.
import { cardOptions, styleOptions } from "./look.js";
import { isOpenable, renderMarkdown } from "./markdown.js";
import { DIRECT_LINE } from "./session.js";
import { language, word } from "./words.js";

const MARK = new URL("mark.svg", import.meta.url).href;

/** Our tag as activities carry it. */
const LOCALES = { en: "en-US", "zh-CN": "zh-CN" };

const openLinks = () => (next) => (...parameters) => {
  const { type, value } = parameters[0].cardAction;
  if (type !== "openUrl") return next(...parameters);
  if (isOpenable(value)) window.open(value, "_blank", "noopener,noreferrer");
};

const sayLocale = () => (next) => (action) => {
  if (action.type !== "DIRECT_LINE/POST_ACTIVITY") return next(action);
  const activity = { ...action.payload.activity, locale: LOCALES[language()] };
  return next({ ...action, payload: { ...action.payload, activity } });
};

/** Web Chat makes links of Markdown's link definitions ("[1]: address") on its own, whatever the address. */
const withoutDefinitions = () => (next) => (action) => {
  const { activity } = action.payload ?? {};
  if (action.type !== "DIRECT_LINE/INCOMING_ACTIVITY" || !activity.text || activity.textFormat === "plain") {
    return next(action);
  }
  const text = activity.text.replaceAll("]:", "]\\:");
  return next({ ...action, payload: { ...action.payload, activity: { ...activity, text } } });
};

export class Chat {
  #element;
  #directLine = null;
  #store = null;

  constructor(element) {
    this.#element = element;
    this.clear();
  }

  /** Forget what is shown. */
  clear() {
    this.#leave();
    this.#store = window.WebChat.createStore({}, sayLocale, withoutDefinitions);
  }

  /** Go on with `session`. What is shown stays; Web Chat knows messages that come again by their ids. */
  connect(session) {
    this.#leave();
    const directLine = window.WebChat.createDirectLine({
      domain: DIRECT_LINE,
      token: session.token,
      webSocket: true,
      // Started by token, not by id: only this call tells the bot the language of its welcome.
      conversationStartProperties: { locale: LOCALES[language()] },
    });
    const post = directLine.postActivity.bind(directLine);
    directLine.postActivity = (activity) => post(activity).map((id) => this.#posted(id));
    directLine.connectionStatus$.subscribe((status) => directLine === this.#directLine && this.onStatus?.(status));
    this.#directLine = directLine;
    this.show();
  }

  /** DirectLineJS gives "retry" for an id when a message was refused; Web Chat tells it 20 seconds later. */
  #posted(id) {
    this.onPosted?.(id !== "retry");
    return id;
  }

  /** End the connection, without hearing of it. */
  #leave() {
    const left = this.#directLine;
    this.#directLine = null;
    left?.end();
  }

  /** Show it in the page's language and colors of now. */
  show() {
    if (!this.#directLine) return;
    window.WebChat.renderWebChat(
      {
        directLine: this.#directLine,
        store: this.#store,
        role: "region", // not another landmark inside main
        locale: language(),
        renderMarkdown,
        cardActionMiddleware: openLinks,
        styleOptions: styleOptions(MARK),
        adaptiveCardsHostConfig: cardOptions(),
        overrideLocalizedStrings: { TEXT_INPUT_PLACEHOLDER: word("placeholder") },
      },
      this.#element,
    );
  }

  /** Whether the visitor has said something. */
  get begun() {
    return this.#store.getState().activities.some(({ from }) => from?.role === "user");
  }

  /** Call `listener` whenever what is shown may have changed; returns what ends that. */
  onChange(listener) {
    return this.#store.subscribe(listener);
  }

  focus() {
    this.#element.querySelector("textarea, input[type=text]")?.focus();
  }
}
