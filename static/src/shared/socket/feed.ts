/** A run's events, live: connects, continues where it was after any break, and says how the line is. */
import { backoff, take, type FeedEvent, type FeedMessage } from "./sequence";

export type Line = "connecting" | "live" | "waiting" | "closed";

export interface FeedOptions {
  /** Path of the socket, for example `/ws/runs/k3v9x2m4pq/`. */
  path: string;
  /** The last event the page has already (of its snapshot). */
  after: number;
  onEvents: (events: FeedEvent[], seq: number) => void;
  /** Load a new snapshot; its sequence number is where the feed goes on. */
  onReset: () => Promise<number>;
  onLine?: (line: Line) => void;
  /** For tests. */
  socket?: (address: string) => WebSocket;
}

// The server pings; a browser does not show pings to the page. A line that has been silent this long and then fails is
// noticed by the socket itself, so no heartbeat of our own is needed: only sleeping laptops need the nudge below.
const REFUSED = new Set([4401, 4403, 4404, 4410]);

export class Feed {
  private seq: number;
  private socket: WebSocket | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private stopped = false;
  private busy: Promise<void> = Promise.resolve();

  constructor(private readonly options: FeedOptions) {
    this.seq = options.after;
    window.addEventListener("online", this.nudge);
    document.addEventListener("visibilitychange", this.nudge);
    this.open();
  }

  close(): void {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    window.removeEventListener("online", this.nudge);
    document.removeEventListener("visibilitychange", this.nudge);
    this.socket?.close(1000);
    this.options.onLine?.("closed");
  }

  /** A tab that comes back, or a network that does, need not wait for its turn. */
  private readonly nudge = (): void => {
    if (this.timer !== null && document.visibilityState === "visible") {
      clearTimeout(this.timer);
      this.timer = null;
      this.open();
    }
  };

  private open(): void {
    if (this.stopped) return;
    this.options.onLine?.("connecting");
    const origin = location.origin.replace(/^http/, "ws");
    const address = `${origin}${this.options.path}?after=${this.seq}`;
    const socket = this.options.socket ? this.options.socket(address) : new WebSocket(address);
    this.socket = socket;
    socket.onopen = () => this.options.onLine?.("live");
    socket.onmessage = (message) => {
      this.attempt = 0;
      const parsed = JSON.parse(String(message.data)) as FeedMessage;
      // One after the other: what follows a reset must wait for the snapshot it belongs behind.
      this.busy = this.busy.then(() => (socket === this.socket ? this.receive(parsed) : undefined));
    };
    socket.onclose = (event) => {
      if (this.stopped || socket !== this.socket) return;
      this.socket = null;
      if (REFUSED.has(event.code)) {
        this.close();
        return;
      }
      this.options.onLine?.("waiting");
      this.timer = setTimeout(() => {
        this.timer = null;
        void this.busy.then(() => this.open());
      }, backoff(this.attempt) * 1000);
      this.attempt += 1;
    };
  }

  private async receive(message: FeedMessage): Promise<void> {
    const taken = take(this.seq, message);
    if (taken.reset) {
      try {
        this.seq = Math.max(await this.options.onReset(), 0);
      } catch {
        // No snapshot, so nothing to build on: connect again, and be told again.
        this.socket?.close(4000);
        return;
      }
      // The snapshot may hold what came with the reset already.
      const rest = take(this.seq, { seq: message.seq, events: taken.events });
      this.seq = Math.max(this.seq, rest.seq);
      if (rest.events.length) this.options.onEvents(rest.events, this.seq);
      return;
    }
    this.seq = taken.seq;
    if (taken.events.length) this.options.onEvents(taken.events, taken.seq);
  }
}
