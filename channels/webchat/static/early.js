// Runs before the first paint, so that a chosen language and theme do not flash in late.
(() => {
  const kept = (name) => {
    try {
      return localStorage.getItem(`learning-partner.${name}`);
    } catch {
      return null; // storage may be closed to a frame on another site
    }
  };
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search);
  const supported = (tag) => (/^zh\b/i.test(tag ?? "") ? "zh-CN" : /^en\b/i.test(tag ?? "") ? "en" : null);
  const wishes = [kept("language"), asked.get("lang"), ...(navigator.languages ?? [])];
  root.lang = wishes.map(supported).find(Boolean) ?? "en";
  const theme = kept("theme") ?? asked.get("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
})();
