import { describeWarning } from '../../lib/domain/codes/problems.ts';
import { number, object, optional, text } from '../shape.ts';

/** A warning as answers write it. */
export type ShownWarning = Parameters<typeof describeWarning>[0];

/** The form of one. */
export const warningShape = object<ShownWarning>({
  path: optional(text),
  at: optional(text),
  line: optional(number),
  scheduleId: optional(text),
  message: text,
});

/** One line for each. */
export function describeWarnings(warnings: readonly ShownWarning[], file: string): string[] {
  return warnings.map((found) => `warning: ${describeWarning(found, file)}`);
}
