import { globSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aFolder } from './processes.ts';

/** A wall clock of its own for a process, which can be set while the process runs. */
export type FalseClock = {
  /** For the process; timers keep to the real time. */
  env: Record<string, string>;
  /** Sets it so far ahead of the real one; behind when negative. */
  setAhead(seconds: number): void;
};

/** Why there is none, for whoever skips a test. */
export const whyNoFalseClock = 'libfaketime is not installed (apt-get install faketime)';

/** A clock that shows the real time until it is set; undefined without libfaketime. */
export function aFalseClock(): FalseClock | undefined {
  const [library] = globSync('/usr/lib/{*/,}faketime/libfaketimeMT.so.1');
  if (library === undefined) return undefined;
  const file = join(aFolder(), 'clock');
  const setAhead = (seconds: number) => {
    // In one step, or the process could read half of it.
    writeFileSync(`${file}.next`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${file}.next`, file);
  };
  setAhead(0);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    setAhead,
  };
}
