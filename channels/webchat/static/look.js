// Web Chat and Adaptive Cards in our colors: the custom properties of page.css, read as they are now.

const FONT = getComputedStyle(document.documentElement).getPropertyValue("--font");

function colors() {
  const style = getComputedStyle(document.documentElement);
  return new Proxy({}, { get: (_, name) => style.getPropertyValue(`--${name}`).trim() });
}

/** Web Chat's style options. */
export function styleOptions(mark) {
  const { accent, surface, line, rim, ink, muted, mine, mineInk, soft, danger } = colors();
  return {
    accent,
    backgroundColor: "transparent",
    subtle: muted,
    timestampColor: muted,
    primaryFont: FONT,
    monospaceFont: 'ui-monospace, "Cascadia Mono", Consolas, monospace',
    fontSizeSmall: "12px",
    paddingRegular: 12,
    paddingWide: 16,
    botAvatarImage: mark,
    botAvatarInitials: "",
    botAvatarBackgroundColor: "transparent",
    avatarSize: 30,
    avatarBorderRadius: 0,
    showAvatarInGroup: "sender",
    bubbleBackground: surface,
    bubbleTextColor: ink,
    bubbleBorderColor: line,
    bubbleBorderRadius: 12,
    bubbleMinWidth: 60,
    bubbleMaxWidth: 620,
    bubbleFromUserBackground: mine,
    bubbleFromUserTextColor: mineInk,
    bubbleFromUserBorderColor: mine,
    bubbleFromUserBorderRadius: 12,
    groupTimestamp: 300_000,
    sendBoxBackground: surface,
    sendBoxTextColor: ink,
    sendBoxPlaceholderColor: muted,
    sendBoxButtonColor: accent,
    sendBoxButtonColorOnDisabled: muted,
    sendBoxButtonShadeColorOnHover: soft,
    sendBoxButtonShadeColorOnActive: soft,
    sendBoxButtonShadeColorOnDisabled: "transparent",
    sendBoxButtonShadeBorderRadius: 8,
    sendBoxButtonShadeInset: 4,
    sendBoxButtonKeyboardFocusIndicatorBorderColor: accent,
    sendBoxButtonKeyboardFocusIndicatorBorderRadius: 8,
    sendBoxBorderTop: 0,
    sendBoxHeight: 48,
    sendBoxMaxHeight: 160,
    sendBoxTextWrap: true,
    suggestedActionLayout: "flow",
    suggestedActionHeight: 36,
    suggestedActionBorderRadius: 18,
    suggestedActionBorderWidth: 1,
    suggestedActionBorderColor: rim,
    suggestedActionBackgroundColor: surface,
    suggestedActionBackgroundColorOnHover: soft,
    suggestedActionBackgroundColorOnActive: soft,
    suggestedActionTextColor: accent,
    suggestedActionKeyboardFocusIndicatorBorderColor: accent,
    suggestedActionKeyboardFocusIndicatorBorderRadius: 16,
    suggestedActionKeyboardFocusIndicatorBorderStyle: "solid",
    suggestedActionsVisualKeyboardIndicatorColor: accent,
    transcriptActivityVisualKeyboardIndicatorColor: accent,
    transcriptVisualKeyboardIndicatorColor: accent,
    transcriptTerminatorBackgroundColor: muted,
    transcriptOverlayButtonBackground: mine,
    transcriptOverlayButtonBackgroundOnHover: mine,
    transcriptOverlayButtonBackgroundOnFocus: mine,
    transcriptOverlayButtonColor: mineInk,
    failedConnectivity: danger,
    notificationText: muted,
    // A worker from a blob: would be needed to make them, and the transcript shows files by name.
    enableUploadThumbnail: false,
    markdownRenderHTML: false,
    maxMessageLength: 4000,
    cardEmphasisBackgroundColor: soft,
    cardPushButtonBackgroundColor: accent,
  };
}

/** Adaptive Cards' host config. */
export function cardOptions() {
  const { accent, surface, soft, warm, line, ink, muted, good, warning, danger } = colors();
  const shade = (color) => ({ default: color, subtle: muted });
  const foregroundColors = {
    default: shade(ink),
    dark: shade(ink),
    light: shade(muted),
    accent: shade(accent),
    good: { default: good, subtle: good },
    warning: { default: warning, subtle: warning },
    attention: { default: danger, subtle: danger },
  };
  const container = (backgroundColor) => ({ backgroundColor, borderColor: line, foregroundColors });
  return {
    fontFamily: FONT,
    supportsInteractivity: true,
    spacing: { small: 6, default: 10, medium: 14, large: 20, extraLarge: 28, padding: 16 },
    separator: { lineThickness: 1, lineColor: line },
    fontSizes: { small: 13, default: 15, medium: 16, large: 19, extraLarge: 23 },
    fontWeights: { lighter: 400, default: 400, bolder: 600 },
    lineHeights: { small: 18, default: 23, medium: 23, large: 26, extraLarge: 30 },
    containerStyles: {
      default: container(surface),
      emphasis: container(soft),
      accent: container(soft),
      good: container(soft),
      warning: container(warm),
      attention: container(warm),
    },
    imageSizes: { small: 40, medium: 80, large: 160 },
    actions: {
      actionAlignment: "left",
      actionsOrientation: "horizontal",
      buttonSpacing: 8,
      maxActions: 20,
      spacing: "default",
      showCard: { actionMode: "inline", inlineTopMargin: 8 },
    },
    adaptiveCard: { allowCustomStyle: false },
    textBlock: { headingLevel: 3 },
    factSet: {
      title: { weight: "bolder", wrap: true, maxWidth: 200 },
      value: { wrap: true },
      spacing: 12,
    },
  };
}
