/** The order of a run's events: what of a message is new, and whether anything is missing. Pure. */

export interface FeedEvent {
  type: string;
  seq?: number;
  t?: number;
  [name: string]: unknown;
}

export interface FeedMessage {
  /** The number of the last event in here, also when older ones were left out. */
  seq: number;
  events: FeedEvent[];
}

export interface Taken {
  /** The number of the last event we now have. */
  seq: number;
  /** The new events, in order. */
  events: FeedEvent[];
  /** Start again from a snapshot: we are too far behind, or the numbers went back (another history). */
  reset: boolean;
}

/** Take from `message` what comes after `seq`. An event seen before is dropped, so a resent message changes nothing. */
export function take(seq: number, message: FeedMessage): Taken {
  const at = message.events.findLastIndex((event) => event.type === "reset");
  if (at >= 0) {
    return { seq: message.seq, events: message.events.slice(at + 1), reset: true };
  }
  if (message.seq <= seq) return { seq, events: [], reset: false };
  const events: FeedEvent[] = [];
  let last = seq;
  for (const event of message.events) {
    if (event.seq !== undefined) {
      if (event.seq <= last) continue;
      last = event.seq;
    }
    events.push(event);
  }
  return { seq: message.seq, events, reset: false };
}

/** Seconds to wait before attempt `n` (from 0): 0.5, 1, 2, ... 20, each spread by up to a half so that tabs do not march in step. */
export function backoff(n: number, random: () => number = Math.random): number {
  return Math.min(20, 0.5 * 2 ** Math.min(n, 10)) * (1 + random() / 2);
}
