// What the page itself says. What the bot says comes from content/.
const WORDS = {
  en: {
    name: "Learning Partner bot",
    skip: "Skip to the conversation",
    language: "Language",
    chat: "Conversation",
    toDark: "Switch to dark colors",
    toLight: "Switch to light colors",
    restart: "New conversation",
    close: "Close the chat",
    retry: "Try again now",
    calm: "Your questions about the Learning Partner program",
    foot: "Answers name their source and date. Please share nothing confidential.",
    placeholder: "Type your question",
    askTitle: "Start a new conversation?",
    askText:
      "This conversation will no longer be shown here. Your requests stay yours: their news come in the new one. " +
      "On a shared device, start as somebody else.",
    askLeave: "Start as somebody else",
    askYes: "Start new",
    stay: "Keep this one",
    connecting: "Connecting…",
    ready: "Connected",
    lost: "Reconnecting…",
    offline: "Offline",
    refused: "Not available",
    lostNotice: "The connection was lost. Trying again on its own; your conversation is kept.",
    offlineNotice: "This device is offline. The conversation goes on as soon as it is back.",
    refusedNotice: "The bot does not serve this address. Please tell the people who run this site.",
    brokenNotice: "The chat could not be loaded. Please reload the page, or come back later.",
    tooFastNotice: "Your message was not taken. You may be faster than the bot can answer: wait a moment, then retry.",
    renewedNotice: "Your earlier conversation has ended, so this is a new one. What was said stays above.",
  },
  "zh-CN": {
    name: "学习合作伙伴助手",
    skip: "跳到对话",
    language: "语言",
    chat: "对话",
    toDark: "切换到深色",
    toLight: "切换到浅色",
    restart: "新对话",
    close: "关闭聊天",
    retry: "立即重试",
    calm: "学习合作伙伴计划，有问题请问我",
    foot: "答案均注明来源和日期。请勿提供机密信息。",
    placeholder: "输入您的问题",
    askTitle: "要开始新的对话吗？",
    askText: "当前对话将不再显示在这里。您提交的请求仍归您，有进展会在新对话里告诉您。如果是公用设备，请以新访客身份开始。",
    askLeave: "以新访客身份开始",
    askYes: "开始新对话",
    stay: "保留当前对话",
    connecting: "正在连接……",
    ready: "已连接",
    lost: "正在重新连接……",
    offline: "离线",
    refused: "无法使用",
    lostNotice: "连接已中断，正在自动重试。对话内容不会丢失。",
    offlineNotice: "设备当前离线，恢复联网后对话会继续。",
    refusedNotice: "此网址不能使用该助手，请告知网站的管理人员。",
    brokenNotice: "聊天未能加载。请刷新页面，或稍后再来。",
    tooFastNotice: "消息未被接收，可能发送得太快了。请稍等片刻，然后重试。",
    renewedNotice: "之前的对话已结束，现在是新的对话。以前的内容仍显示在上方。",
  },
};

/** The page's language: "en" or "zh-CN". */
export const language = () => document.documentElement.lang;

/** The words for `key` in the page's language. */
export const word = (key) => WORDS[language()][key];

/** Put the page into its language. */
export function sayWords() {
  document.title = word("name");
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", word(element.dataset.label));
    if (element.matches("button")) element.title = word(element.dataset.label);
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language()));
  }
}
