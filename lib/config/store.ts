import { defaultDataDir } from './data-folder.ts';
import { readKeptDays } from './limits.ts';
import { createReader, type Environment } from './reader.ts';

/** Which store a command works on that needs no server. */
export type StoreConfig = {
  /** The DynamoDB table; absent for the file in the data folder. */
  tableName?: string;
  keptDays: number;
  dataDir: string;
};

/** @throws InvalidConfigError */
export function readStoreConfig(environment: Environment): StoreConfig {
  const reader = createReader(environment);
  const tableName = reader.text('DESKBELL_TABLE_NAME');
  const config = {
    ...(tableName === undefined ? {} : { tableName }),
    keptDays: readKeptDays(reader),
    dataDir: reader.text('DESKBELL_DATA_DIR') ?? defaultDataDir,
  };
  reader.finish();
  return config;
}
