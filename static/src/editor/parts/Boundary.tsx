import { Component, type ReactNode } from "react";

interface Props {
  what: string;
  children: ReactNode;
}

/** A fault in one part says so there; the rest of the editor, and the draft, go on. */
export class Boundary extends Component<Props, { fault: string | null }> {
  override state = { fault: null as string | null };

  static getDerivedStateFromError(error: unknown): { fault: string } {
    return { fault: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.fault === null) return this.props.children;
    return (
      <div className="ed-fault" role="alert">
        <p className="note bad">{this.props.what} stopped working: {this.state.fault}. Your draft is safe.</p>
        <button type="button" className="btn" onClick={() => this.setState({ fault: null })}>Try again</button>
      </div>
    );
  }
}
