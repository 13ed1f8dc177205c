import type { Problem, Warning } from '../../../lib/domain/codes/problems.ts';
import type { Definition } from '../../../lib/domain/schedule/definition.ts';
import type { DefinitionContext } from '../../../lib/domain/table/definition-context.ts';
import { parseDefinition } from '../../../lib/domain/table/definition-parser.ts';
import type { Instant } from '../../../lib/domain/time/instant.ts';

/** A test's words for an instant. */
export const at = (iso: string): Instant => Date.parse(iso);

export const now = at('2026-09-01T00:00:00Z');

/** What somebody might write; a test changes only what it is about. */
export function anInput(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const plain = {
    id: 'eod',
    pools: ['finance'],
    cron: '0 18 * * *',
    message: 'Bye in {{timeLeft}}',
    ...changes,
  };
  return Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
}

export function read(
  input: unknown,
  context: Partial<DefinitionContext> = {},
): ReturnType<typeof parseDefinition> {
  return parseDefinition(input, { calendars: {}, messageLimit: 400, now, ...context });
}

export function aDefinition(
  changes: Record<string, unknown> = {},
  context: Partial<DefinitionContext> = {},
): Definition {
  const { definition, problems } = read(anInput(changes), context);
  if (definition === undefined)
    throw new Error(problems.map(({ path, message }) => `${path} ${message}`).join('\n'));
  return definition;
}

/** The places and codes, which is what most tests are about. */
export function told(found: readonly (Problem | Warning)[]): string[] {
  return found.map(({ path, code }) => `${path} ${code}`);
}
