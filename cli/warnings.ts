import { describeWarning } from '../lib/domain/problems.ts';

/** A warning as answers write it. */
export type ShownWarning = Parameters<typeof describeWarning>[0];

/** One line for each. */
export function describeWarnings(warnings: readonly ShownWarning[], file: string): string[] {
  return warnings.map((found) => `warning: ${describeWarning(found, file)}`);
}
