/** What every page has: the styles, the theme switch and "copy" buttons in server-made pages. */
import "../shared/theme.css";
import { setTheme, theme, type Theme } from "../shared/theme";

for (const group of document.querySelectorAll<HTMLElement>("[data-theme-switch]")) {
  const buttons = [...group.querySelectorAll<HTMLButtonElement>("button[data-set-theme]")];
  const mark = (): void => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme()));
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      setTheme(button.dataset.setTheme as Theme);
      mark();
    });
  }
  mark();
}

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  button.addEventListener("click", () => {
    const source = document.querySelector(button.dataset.copy ?? "");
    void navigator.clipboard?.writeText(source?.textContent?.trim() ?? "").then(() => {
      const before = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = before), 1500);
    });
  });
}

// What was dismissed is left out by the server: nothing appears and is gone again.
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-dismiss]")) {
  button.addEventListener("click", () => {
    const before = /(?:^|; )dismissed=([\d.]*)/.exec(document.cookie)?.[1] ?? "";
    const ids = [...before.split(".").filter(Boolean).slice(-50), button.dataset.dismiss ?? ""];
    document.cookie = `dismissed=${ids.join(".")}; path=/; max-age=31536000; samesite=lax`;
    button.parentElement?.remove();
  });
}

// On a phone the navigation is wider than the screen: where one is, is seen.
document.querySelector(".nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
