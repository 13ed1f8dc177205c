import { DeskbellError, InvalidInputError } from '../../lib/domain/codes/errors.ts';
import { exportStore, importStore } from '../../lib/usecases/copy-store.ts';
import { openStore } from '../../local/copy/open-store.ts';
import { readRecords } from '../../local/copy/records.ts';
import { CommandError, inputError } from '../failure.ts';
import { readOptions } from '../options.ts';
import type { Command, Terminal } from '../terminal.ts';

/** `deskbell export`: everything that the store holds, one line of JSON each. */
export const exportAll: Command = (args, terminal) => {
  readOptions(args, []);
  return withStore(terminal, { isNew: false }, async (store) => {
    for await (const record of exportStore(store)) terminal.print(JSON.stringify(record));
  });
};

/** `deskbell import FILE`: writes what was exported into another store. */
export const importFile: Command = (args, terminal) => {
  const { words, json } = readOptions(args, [], ['FILE']);
  const [file = ''] = words;
  return withStore(terminal, { isNew: true }, async (store) => {
    const { records, alreadyThere } = await importStore(store, readRecords(file)).catch((cause: unknown) => {
      throw whyNot(file, cause);
    });
    const told = `${records} records are in ${store.name}; ${alreadyThere} of them were there before`;
    terminal.print(json ? JSON.stringify({ records, alreadyThere, store: store.name }) : told);
  });
};

async function withStore(
  { environment }: Terminal,
  options: Parameters<typeof openStore>[1],
  work: (store: ReturnType<typeof openStore>) => Promise<void>,
): Promise<0> {
  try {
    const store = openStore(environment, options);
    try {
      await work(store);
    } finally {
      store.close();
    }
    return 0;
  } catch (cause) {
    if (cause instanceof InvalidInputError || !(cause instanceof DeskbellError)) throw cause;
    throw new CommandError(cause.message, 1);
  }
}

function whyNot(file: string, cause: unknown): unknown {
  if (cause instanceof InvalidInputError) return inputError(cause.problems, file);
  if (cause instanceof DeskbellError) return cause;
  const isOfFile = cause instanceof Error && 'code' in cause;
  return isOfFile ? new CommandError(`${file} cannot be read: ${cause.message}`, 2) : cause;
}
