import { createRoot } from "react-dom/client";
import { pageData } from "../shared/pageData";
import { CheckRun, type CheckData } from "./CheckRun";
import { searchWhileTyping } from "./search";
import "./papers.css";

const form = document.querySelector<HTMLFormElement>("form[data-live]");
if (form) searchWhileTyping(form);

const places = document.querySelectorAll<HTMLElement>("[data-check]");
if (places.length > 0) {
  const { paper, checks } = pageData<{ paper: string; checks: CheckData[] }>();
  for (const place of places) {
    const check = checks.find(({ name }) => name === place.dataset.check);
    if (check) createRoot(place).render(<CheckRun paper={paper} check={check} />);
  }
}
