/** Put an island into its element, with what every island shares: a fault in one is said, not a blank page. */
import { Component, StrictMode, type ReactNode } from "react";
import { createRoot } from "react-dom/client";

class Guard extends Component<{ children: ReactNode }, { fault: string }> {
  override state = { fault: "" };

  static getDerivedStateFromError(error: unknown): { fault: string } {
    return { fault: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (!this.state.fault) return this.props.children;
    return (
      <div className="page">
        <div className="note bad" role="alert">
          <div>
            <strong>This page has a fault.</strong> {this.state.fault}
            <p>
              <button type="button" className="btn small" onClick={() => location.reload()}>
                Load it again
              </button>
            </p>
          </div>
        </div>
      </div>
    );
  }
}

export function mount(id: string, content: (element: HTMLElement) => ReactNode): void {
  const element = document.getElementById(id);
  if (!element) return;
  createRoot(element).render(
    <StrictMode>
      <Guard>{content(element)}</Guard>
    </StrictMode>,
  );
  element.removeAttribute("aria-busy");
}
