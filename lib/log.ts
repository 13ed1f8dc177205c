import { escapeControls } from './domain/input/characters.ts';
import { isoOf } from './domain/time/instant.ts';
import type { Clock, Log, LogEvent, LogFields } from './ports.ts';

/** One line per event: time, level, event, then `name=value`, quoted where it holds spaces. */
export function createLog(clock: Pick<Clock, 'now'>, writeLine: (line: string) => void): Log {
  const at =
    (level: string) =>
    (event: LogEvent, fields: LogFields = {}) => {
      const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
      const words = pairs.map(([name, value]) => `${name}=${quoted(String(value))}`);
      writeLine(escapeControls([isoOf(clock.now()), level.padEnd(5), event, ...words].join(' ')));
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

function quoted(text: string): string {
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
