import { type Problem, problem } from '../../domain/codes/problems.ts';
import { readText } from '../../domain/input/input.ts';
import type { Message } from '../../domain/message/message.ts';
import { readMessage } from '../../domain/table/message-input.ts';

const reasonLength = { min: 1, max: 500, allowed: '\n' };

/** Reads why somebody does something, for the audit record. */
export function readReason(input: unknown, problems: Problem[]): string {
  const reason = readText(input, 'reason', reasonLength, problems);
  if (reason !== '' && reason.trim() === '') problems.push(problem('reason', 'text_empty', {}));
  return reason;
}

/** Reads a text for those who were warned; how long it may be depends on the schedule that it is about. */
export function readNotice(input: unknown, problems: Problem[]): Message {
  return readMessage(input, 'notify', problems);
}
