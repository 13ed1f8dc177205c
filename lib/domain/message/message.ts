import { shorten } from '../input/spelling.ts';

/** One language's text of a message. */
export type LocalText = { readonly locale: string; readonly text: string };

/** A template in the schedule's locale, or one per locale, which go out together. */
export type Message = string | readonly LocalText[];

/** The names that a template may hold in `{{ }}`. */
export const placeholders = [
  'eventTime',
  'eventDate',
  'timeLeft',
  'minutesLeft',
  'pool',
  'schedule',
] as const;

export type Placeholder = (typeof placeholders)[number];

/** What a template may hold in braces: a name, or something that only looks like one. */
export const bracePattern = /\{\{([^{}]*)\}\}/g;

/** Whether every text of a message tells how near the event is. */
export function tellsTimeLeft(message: Message): boolean {
  return textsOf(message).every((text) =>
    placeholdersIn(text).some((name) => name === 'timeLeft' || name === 'minutesLeft'),
  );
}

/** Whether a message says anything that is only true of a certain event. */
export function tellsOfEvent(message: Message): boolean {
  return namesIn(message).some((name) => name !== 'pool' && name !== 'schedule');
}

/** The names that the texts of a message hold. */
export function namesIn(message: Message): Placeholder[] {
  return textsOf(message).flatMap(placeholdersIn);
}

/** The names that one text holds, each as often as it stands there. */
export function placeholdersIn(text: string): Placeholder[] {
  return Array.from(text.matchAll(bracePattern)).flatMap(([, written = '']) => placeholderOf(written) ?? []);
}

/** The name that stands in braces; undefined for anything else. */
export function placeholderOf(written: string): Placeholder | undefined {
  return placeholders.find((known) => known === written.trim());
}

/** The templates of a message, one per locale. */
export function textsOf(message: Message): readonly string[] {
  return typeof message === 'string' ? [message] : message.map(({ text }) => text);
}

/** A message as an answer quotes it: one line, not too long. */
export function shownMessage(message: Message): string {
  return shorten(textsOf(message).join(' / ').replaceAll(/\s+/g, ' '));
}
