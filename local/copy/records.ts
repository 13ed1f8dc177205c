import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { InvalidInputError } from '../../lib/domain/codes/errors.ts';
import { problem } from '../../lib/domain/codes/problems.ts';
import type { StoredRecord } from '../../lib/usecases/copy-store.ts';

const kinds = new Set(['target', 'calendars', 'schedule', 'act', 'gap', 'delivery', 'end']);

/**
 * The records of a file that was exported, one line after the other.
 *
 * @throws InvalidInputError when a line is none.
 */
export async function* readRecords(file: string): AsyncGenerator<StoredRecord, void> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line += 1;
    yield recordIn(text, line);
  }
}

function recordIn(text: string, line: number): StoredRecord {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null && 'kind' in read && kinds.has(String(read.kind)))
      return read as StoredRecord;
  } catch {
    // Told below, with its line.
  }
  throw new InvalidInputError([{ ...problem('', 'export_line', {}), line }]);
}
