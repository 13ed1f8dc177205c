import { problem } from '../lib/domain/problems.ts';
import { CommandError, inputError } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** @throws CommandError when the file cannot be read. */
export function readFileBytes({ readFile }: Terminal, file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFile(file));
  } catch (cause) {
    throw new CommandError(
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      2,
    );
  }
}

/** @throws CommandError when the file cannot be read, or is no UTF-8 text. */
export function readTextFile(terminal: Terminal, file: string): string {
  const bytes = readFileBytes(terminal, file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw inputError([problem('', 'not_utf8', {})], file);
  }
}
