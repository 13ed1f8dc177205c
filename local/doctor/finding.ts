/** What one look at the installation found. */
export type Finding = {
  /** What was looked at, as in `clock`. */
  check: string;
  level: 'ok' | 'warning' | 'problem';
  /** What it means. */
  message: string;
  /** What to do about it. */
  advice?: string;
};

export function ok(check: string, message: string): Finding {
  return { check, level: 'ok', message };
}

export function warning(check: string, message: string, advice: string): Finding {
  return { check, level: 'warning', message, advice };
}

export function trouble(check: string, message: string, advice: string): Finding {
  return { check, level: 'problem', message, advice };
}
