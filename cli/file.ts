import { problem } from '../lib/domain/codes/problems.ts';
import { CommandError, inputError } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** @throws CommandError when the file cannot be read. */
export function readFileBytes({ readFile }: Terminal, file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFile(file));
  } catch (cause) {
    throw new CommandError(whyUnreadable(file, cause), 2);
  }
}

function whyUnreadable(file: string, cause: unknown): string {
  switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
    case 'ENOENT':
      return `there is no file ${file}`;
    case 'EISDIR':
      return `${file} is a folder; name a file`;
    case 'EACCES':
      return `${file} belongs to somebody else, and you may not read it`;
    default:
      return `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
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
