/** A warning as answers write it. */
export type ShownWarning = { path?: string; at?: string; message: string };

/** One line for each. */
export function describeWarnings(warnings: readonly ShownWarning[], file: string): string[] {
  return warnings.map(({ path, at, message }) =>
    ['warning', file, path, at, message].filter((part) => part !== undefined && part !== '').join(': '),
  );
}
