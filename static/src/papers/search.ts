/** The form works by itself; with this it need not be sent: what it finds follows the typing. */
import { fetchPage, takeOver } from "./page";

const PAUSE_MS = 120;

export function addressOf(form: HTMLFormElement): string {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && value.trim()) asked.append(name, value.trim());
  return asked.size ? `${form.action}?${asked.toString()}` : form.action;
}

export function searchWhileTyping(form: HTMLFormElement): void {
  let timer = 0;
  let under: AbortController | null = null;
  const look = async (): Promise<void> => {
    under?.abort();
    under = new AbortController();
    const address = addressOf(form);
    try {
      const found = await fetchPage(address, under.signal);
      takeOver(found, form.dataset.live ?? "");
      // The counts beside the choices.
      for (const select of form.querySelectorAll("select")) takeOver(found, `#${select.id}`);
      history.replaceState(null, "", address);
    } catch {
      // Overtaken by the next letter; or without a server, and then the button says so.
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void look(), PAUSE_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    void look();
  });
}
