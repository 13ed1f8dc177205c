import {
  HuaweiClockError,
  HuaweiCredentialsError,
  HuaweiUnavailableError,
  type KeyUnreadableError,
} from '../codes/errors.ts';
import { type Reason, reason, sayReason } from '../codes/reasons.ts';
import { type Instant, second } from '../time/instant.ts';
import type { Versioned } from '../versioned.ts';
import { type Asker, chooseFairly, keptFor, type Sharing, withAnswers, withReturned } from './fair-share.ts';

/** Huawei limits writes and reads apart. */
export type Api = 'send' | 'read';

/** Until when nothing may be asked, and why. */
export type Closing = {
  readonly until: Instant;
  readonly why: Reason;
  /** When it began. */
  readonly from?: Instant;
};

/** Limiter and circuit of one connection, shared by all its workers. */
export type Gate = Versioned & {
  readonly connection: string;
  /** The instants granted in the last 62 s. */
  readonly grants: Readonly<Record<Api, readonly Instant[]>>;
  /** Of the sends. */
  readonly sharing?: Sharing;
  /** A 429 closes one API. */
  readonly throttled: Readonly<Partial<Record<Api, Closing>>>;
  /**
   * Fingerprints of the keys that Huawei has accepted, the latest first; two at most, because while a key is changed
   * some workers still have the old one.
   */
  readonly provenKeys?: readonly string[];
  /** When an unproven key was last tried. */
  readonly probedAt?: Instant;
  /** Why that told nothing of the key; what others are told meanwhile. */
  readonly probeFailure?: Reason;
  /** Each refused key closes both APIs, for itself alone: another key may be tried at once. The latest last. */
  readonly refusedKeys?: readonly RefusedKey[];
};

/** A key that Huawei refused, by its fingerprint. */
export type RefusedKey = Closing & { readonly fingerprint: string };

/** Longer than Huawei's minute by more than its clock and ours may differ. */
const window = 62 * second;
/** More than five bad signatures in a row lock the key for five minutes, so one must do. */
const keyClosing = 310 * second;
const longestThrottle = 3_600 * second;
const probeInterval = 10 * second;
/** How far the clocks of several workers may differ. */
const skew = 10 * second;
/** Keys that are refused at a time: more than people try in five minutes. */
const refusedKept = 8;
/** Those whom a refused key stops ask again this often: a corrected key must not wait for the closing to end. */
export const recheckInterval = 10 * second;

export function openGate(connection: string): Gate {
  return { connection, version: 0, writeId: '', grants: { send: [], read: [] }, throttled: {} };
}

export type Asking = {
  api: Api;
  /** The most urgent first. */
  askers: readonly Asker[];
  /** Grants in any 62 s; Infinity for no limit. */
  limit: number;
  /** Of the key that would be used. */
  fingerprint: string;
};

export type GateRefusal = { until: Instant; why: Reason };

/** The gate did not let a request through, so none was made. */
export class GateRefusedError extends HuaweiUnavailableError {
  readonly refusal: GateRefusal;
  constructor(refusal: GateRefusal) {
    super(`no request was made: ${sayReason(refusal.why)}`);
    this.refusal = refusal;
  }
}

/** The refusal while the access key cannot be read. */
export function unreadable({ message }: KeyUnreadableError, now: Instant): GateRefusal {
  return { until: now + recheckInterval, why: reason('key_unreadable', { detail: message }) };
}

/** For each of those who ask, when to ask again; undefined for one that may go now. */
export type GateAnswer = { next: Gate | undefined; refusals: (GateRefusal | undefined)[] };

/** Decides over several asks at once. `next` is undefined when nothing needs to be written. */
export function askGate(gate: Gate, asking: Asking, now: Instant, writeId: string): GateAnswer {
  const { api, askers, limit, fingerprint } = asking;
  const closing = closedBy(gate, asking, now);
  if (closing !== undefined) {
    const isKey = gate.refusedKeys?.some((key) => key === closing) === true;
    const refusal = isKey ? { ...closing, until: Math.min(closing.until, now + recheckInterval) } : closing;
    return { next: undefined, refusals: askers.map(() => refusal) };
  }
  const isProven = isKeyProven(gate, fingerprint);
  if (isProven && limit === Infinity) return { next: undefined, refusals: askers.map(() => undefined) };
  const before = gate.grants[api].filter((at) => Math.abs(now - at) < window);
  const free = Math.max(0, limit - before.length);
  const { untils, sharing } = isProven
    ? shareGrants(gate, asking, { before, free }, now)
    : probe(askers, free, now);
  const granted = untils.filter((until) => until === undefined).length;
  const why = isProven ? reason('rate_limit', { perMinute: limit }) : whyUnproven(gate);
  const refusals = untils.map((until) => (until === undefined ? undefined : { until, why }));
  if (granted === 0 && sharing === undefined) return { next: undefined, refusals };
  const { probedAt: _probedAt, ...rest } = gate;
  const kept = limit === Infinity ? [] : [...before, ...new Array<Instant>(granted).fill(now)];
  return {
    next: {
      ...rest,
      ...(sharing === undefined ? {} : { sharing }),
      ...(isProven || granted === 0 ? {} : { probedAt: now }),
      grants: { ...gate.grants, [api]: kept },
      version: gate.version + 1,
      writeId,
    },
    refusals,
  };
}

const nobody: Sharing = { had: [], waiting: [] };

/** Until when each is refused, and the record of it. */
type Shared = { untils: (Instant | undefined)[]; sharing: Sharing | undefined };

/** One request tells whether a key is good. */
function probe(askers: readonly Asker[], free: number, now: Instant): Shared {
  const untils = askers.map((_, i) => (i === 0 && free > 0 ? undefined : now + probeInterval));
  return { untils, sharing: undefined };
}

/** Those who ask to send share what is free with those who wait. */
function shareGrants(
  { sharing = nobody }: Gate,
  { api, askers, limit }: Asking,
  { before, free }: { before: readonly Instant[]; free: number },
  now: Instant,
): Shared {
  const seen = api === 'send' ? withReturned(sharing, askers, { now, window, limit }) : nobody;
  const chosen = chooseFairly(askers, seen, { free, limit, now, lastChance: now + window });
  const oldestFirst = [...before, ...new Array<Instant>(chosen.size).fill(now)].sort((a, b) => a - b);
  const comeBack = returnsOf(seen, { oldestFirst, limit, keptForOthers: free - chosen.size }, now);
  const answers = askers.map((asker) => ({ asker, until: chosen.has(asker) ? undefined : comeBack(asker) }));
  return {
    untils: answers.map(({ until }) => until),
    sharing: api === 'send' ? withAnswers(seen, answers, now) : undefined,
  };
}

type Slots = { oldestFirst: readonly Instant[]; limit: number; keptForOthers: number };

/**
 * Says of one after the other when to come back. As many as others have slots kept for them come soon, to see whether
 * those were used; of each sharer the next ones come as grants run out, so that they do not come all at once.
 */
function returnsOf(
  { waiting }: Sharing,
  { oldestFirst, limit, keptForOthers }: Slots,
  now: Instant,
): (asker: Asker) => Instant {
  const soon = now + keptFor;
  const countOf = (entries: Sharing['waiting']) => entries.reduce((sum, { count }) => sum + count, 0);
  let left = keptForOthers - countOf(waiting.filter(({ until }) => now < until && until <= soon));
  const told = new Map<string, number>();
  return ({ sharer }) => {
    if (left > 0) {
      left -= 1;
      return soon;
    }
    const i = told.get(sharer) ?? countOf(waiting.filter((w) => w.sharer === sharer && w.until > soon));
    told.set(sharer, i + 1);
    const oldest = oldestFirst[i % limit] ?? oldestFirst[0] ?? now;
    return oldest + (1 + Math.floor(i / limit)) * window;
  };
}

export function isKeyProven({ provenKeys = [] }: Gate, fingerprint: string): boolean {
  return provenKeys.includes(fingerprint);
}

/** How many requests with a proven key are let through in a span, from a gate that was idle. */
export function grantsWithin(spanMs: number, limit: number): number {
  return limit * Math.ceil(Math.max(spanMs, 1) / window);
}

/** What keeps every request with a key from going out now; undefined while the gate is open. */
export function closedBy(
  gate: Gate,
  { api, fingerprint }: Pick<Asking, 'api' | 'fingerprint'>,
  now: Instant,
): GateRefusal | undefined {
  const { probedAt, refusedKeys = [] } = gate;
  const refused = refusedKeys.find((key) => key.fingerprint === fingerprint);
  const throttled = gate.throttled[api];
  // A clock set back must not trap anything: what ends further ahead than it can last is over.
  if (refused !== undefined && isAhead(refused.until, now, keyClosing)) return refused;
  if (throttled !== undefined && isAhead(throttled.until, now, lengthOf(throttled))) return throttled;
  if (isKeyProven(gate, fingerprint)) return undefined;
  const nextProbeAt = (probedAt ?? -Infinity) + probeInterval;
  const isProbing = isAhead(nextProbeAt, now, probeInterval);
  return isProbing ? { until: nextProbeAt, why: whyUnproven(gate) } : undefined;
}

function whyUnproven({ probeFailure }: Gate): Reason {
  return probeFailure ?? reason('key_unproven', {});
}

function isAhead(until: Instant, now: Instant, longest: number): boolean {
  return now < until && until <= now + longest + skew;
}

function lengthOf({ from, until }: Closing): number {
  return from === undefined ? longestThrottle : until - from;
}

/** What an error from Huawei closes, and until when; undefined when it closes nothing. */
export function closingOf(error: unknown, now: Instant): Closing | undefined {
  if (error instanceof HuaweiCredentialsError)
    return { until: now + keyClosing, why: reason('credentials', { detail: error.message }) };
  if (error instanceof HuaweiClockError)
    return { until: now + keyClosing, why: reason('clock', { detail: error.message }) };
  if (error instanceof HuaweiUnavailableError && error.throttledForSeconds !== undefined) {
    const throttle = Math.min(error.throttledForSeconds * second, longestThrottle);
    return { from: now, until: now + throttle, why: reason('throttled', {}) };
  }
  return undefined;
}

/** The gate after an error, or undefined when the error changes nothing. */
export function closeGate(
  gate: Gate,
  error: unknown,
  { api, fingerprint }: { api: Api; fingerprint: string },
  now: Instant,
  writeId: string,
): Gate | undefined {
  const closing = closingOf(error, now);
  const next = { ...gate, version: gate.version + 1, writeId };
  if (closing === undefined) {
    const isProbe = !isKeyProven(gate, fingerprint) && error instanceof HuaweiUnavailableError;
    return isProbe ? { ...next, probeFailure: reason('unavailable', { detail: error.message }) } : undefined;
  }
  if (error instanceof HuaweiUnavailableError) {
    const known = gate.throttled[api];
    // Answers arrive in any order: the window that ends last holds.
    const isLonger =
      known !== undefined && isAhead(known.until, now, lengthOf(known)) && known.until > closing.until;
    return isLonger ? undefined : { ...next, throttled: { ...gate.throttled, [api]: closing } };
  }
  const provenKeys = (gate.provenKeys ?? []).filter((other) => other !== fingerprint);
  const others = (gate.refusedKeys ?? []).filter((key) => key.fingerprint !== fingerprint);
  const refusedKeys = [...others, { ...closing, fingerprint }].slice(-refusedKept);
  return { ...next, provenKeys, refusedKeys };
}

/** The gate after Huawei accepted a signature of this key. */
export function proveKey(gate: Gate, fingerprint: string, writeId: string): Gate {
  const { probedAt: _probedAt, probeFailure: _probeFailure, ...rest } = gate;
  const [before] = (gate.provenKeys ?? []).filter((other) => other !== fingerprint);
  const provenKeys = before === undefined ? [fingerprint] : [fingerprint, before];
  const refusedKeys = (gate.refusedKeys ?? []).filter((key) => key.fingerprint !== fingerprint);
  return { ...rest, provenKeys, refusedKeys, version: gate.version + 1, writeId };
}
