import type { Message } from '../message/message.ts';
import { secondsOf } from '../time/duration.ts';

/** How long before the event a notification goes out: a duration, or one with its own message. */
export type LeadTime = string | { readonly before: string; readonly message: Message };

/** The seconds of a lead time that has been checked. */
export function leadSecondsOf(leadTime: LeadTime): number {
  return secondsOf(typeof leadTime === 'string' ? leadTime : leadTime.before);
}
